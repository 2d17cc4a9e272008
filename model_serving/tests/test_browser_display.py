"""The page on every screen and for everybody: pytest -m browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from browser import PREDICT, Open, refusal
from playwright.sync_api import expect

from app.schemas import FEATURES

pytestmark = pytest.mark.browser
pytest_plugins = ["chromium"]


@pytest.mark.parametrize("width", [320, 600, 1200])
def test_nothing_is_wider_than_the_screen(open_page: Open, width: int) -> None:
    """On a small phone, and at 200 % on a laptop, one scrolls in one direction only."""
    page = open_page(viewport={"width": width, "height": 700})
    expect(page.locator("#genres li")).to_have_count(3)
    page.route(PREDICT, lambda route: route.fulfill(status=401, json=refusal("x", "m" * 200)))
    page.locator("#energy").press("End")
    expect(page.get_by_label("API key")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_verdict_hides_no_focused_slider(open_page: Open) -> None:
    """On a phone the verdict stays in sight, and the slider that is moved does too."""
    page = open_page(viewport={"width": 360, "height": 640})
    expect(page.locator("#genres li")).to_have_count(3)
    page.get_by_role("button", name="Country ballad").focus()
    for feature in FEATURES:
        page.keyboard.press("Tab")
        slider = page.locator(f"input[name={feature}]")
        expect(slider).to_be_focused()
        bottom, top = page.evaluate(
            """() => [document.activeElement.getBoundingClientRect().bottom,
                      document.querySelector(".verdict").getBoundingClientRect().top]"""
        )
        assert bottom <= top
        expect(page.locator("#genre")).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("status", [200, 401, 503])
def test_everybody_can_read_and_use_it(open_page: Open, scheme: str, status: int) -> None:
    """axe finds nothing to object to, in light and dark; all text has a contrast of 4.5."""
    page = open_page(color_scheme=scheme)
    expect(page.locator("#genres li")).to_have_count(3)
    if status != 200:
        page.route(PREDICT, lambda route: route.fulfill(status=status, json=refusal("x", "no")))
        page.locator("#energy").press("End")
        expect(page.locator("#problem")).to_be_visible()
    results = Axe().run(page, options={"resultTypes": ["violations", "incomplete", "passes"]})
    assert results.response["violations"] == [], results.generate_report()
    assert results.response["incomplete"] == []
    (contrast,) = [rule for rule in results.response["passes"] if rule["id"] == "color-contrast"]
    measured = [node["any"][0]["data"] for node in contrast["nodes"]]
    ratios = [data["contrastRatio"] for data in measured if data.get("messageKey") != "hidden"]
    assert len(ratios) > 50
    assert min(ratios) >= 4.5


def test_motion_is_left_out_for_who_wants_none(open_page: Open) -> None:
    """The bars grow slowly, unless the system asks for reduced motion."""
    for wanted, duration in (("no-preference", "0.2s"), ("reduce", "0s")):
        page = open_page(reduced_motion=wanted)
        expect(page.locator("#genres li").first.locator(".track span")).to_have_css(
            "transition-duration", duration
        )
