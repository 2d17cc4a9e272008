"""The drift report on every screen, on paper, and for everybody: pytest -m browser."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.whole_report import whole_report

pytestmark = pytest.mark.browser
pytest_plugins = ["tests.chromium"]

Open = Callable[..., Page]


@pytest.mark.parametrize("width", [320, 600, 800, 1200])
def test_nothing_is_wider_than_the_screen(open_report: Open, width: int) -> None:
    """On a small phone, and at 200 % on a laptop, the page itself scrolls in one direction only."""
    page = open_report(whole_report(), viewport={"width": width, "height": 700})
    page.get_by_role("button", name="Open all details").click()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_long_table_keeps_its_names(open_report: Open) -> None:
    """Scrolled to the end, a table of many windows still shows the features and the windows."""
    page = open_report(whole_report(), viewport={"width": 360, "height": 700})
    table = page.get_by_role("region", name="Table by window")
    table.focus()
    table.evaluate("region => region.scrollTo(region.scrollWidth, region.scrollHeight)")
    table.scroll_into_view_if_needed()
    expect(table.get_by_text("2026-10-30", exact=True)).to_be_in_viewport()
    expect(table.get_by_text("liveness", exact=True)).to_be_in_viewport()


def test_print_has_nothing_to_press(open_report: Open) -> None:
    """On paper there are no buttons, no scrolling, and dark screens print dark on white."""
    page = open_report(whole_report(), color_scheme="dark")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Open all details")).to_be_hidden()
    for region in page.locator(".scroll").all():
        expect(region).to_have_css("overflow-x", "visible")
    expect(page.locator("body")).to_have_css("color", "rgb(27, 33, 38)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_everybody_can_read_and_use_it(open_report: Open, scheme: str, width: int) -> None:
    """axe finds nothing to object to, in light and dark; all text has a contrast of 4.5."""
    page = open_report(whole_report(), color_scheme=scheme,
                       viewport={"width": width, "height": 900})
    page.get_by_role("button", name="Open all details").click()
    results = Axe().run(page, options={"resultTypes": ["violations", "incomplete", "passes"]})
    assert results.response["violations"] == [], results.generate_report()
    # axe cannot tell the ground of text in a picture, nor measure a mark such as ✓; both have
    # the colours of the text beside them.
    unsure = [node for rule in results.response["incomplete"] for node in rule["nodes"]]
    assert [
        node["html"]
        for node in unsure
        if not node["html"].startswith("<text") and node["any"][0]["data"]["messageKey"] != "nonBmp"
    ] == []
    (contrast,) = [rule for rule in results.response["passes"] if rule["id"] == "color-contrast"]
    measured = [node["any"][0]["data"] for node in contrast["nodes"]]
    ratios = [data["contrastRatio"] for data in measured if data.get("messageKey") != "hidden"]
    assert len(ratios) > 200
    assert min(ratios) >= 4.5
