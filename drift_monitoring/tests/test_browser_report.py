"""What a reader does with the drift report: pytest -m browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from src.features import FEATURES
from tests.reports import report, segment
from tests.whole_report import whole_report

pytestmark = pytest.mark.browser
pytest_plugins = ["tests.chromium"]

Open = Callable[..., Page]


def names(page: Page) -> list[str]:
    """The features from the top."""
    return page.locator("table.features > tbody > tr > th").all_text_contents()


def test_sorted_by_click(open_report: Open) -> None:
    """A click on the head of a column sorts by it, a second one the other way."""
    page = open_report(whole_report())
    head = page.get_by_role("columnheader", name="Feature", exact=True)
    assert names(page)[:3] == ["loudness", "key", "tempo"]
    expect(head).not_to_have_attribute("aria-sort", "ascending")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert names(page) == sorted(FEATURES)
    expect(page.get_by_role("status")).to_have_text("Sorted by Feature, ascending")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert names(page) == sorted(FEATURES, reverse=True)
    expect(page.locator("table.features [aria-sort]")).to_have_count(1)


def test_sorted_by_keyboard(open_report: Open) -> None:
    """Tab reaches the heads; Enter and Space sort; what has no value stays last both ways."""
    page = open_report(whole_report())
    page.get_by_role("button", name="Feature", exact=True).focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Effect", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    found = names(page)
    assert (found[-4:-1], found[-1]) == (["tempo", "key", "loudness"], "energy")
    page.keyboard.press("Space")
    found = names(page)
    assert (found[:3], found[-1]) == (["loudness", "key", "tempo"], "energy")


def test_a_feature_keeps_its_details(open_report: Open) -> None:
    """After sorting, the line below a feature still opens the details of that feature."""
    page = open_report(whole_report())
    page.get_by_role("button", name="Feature", exact=True).click()
    details = page.locator("#feature-acousticness details")
    summary = details.locator("summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(details).to_have_attribute("open", "")
    expect(details.get_by_role("img")).to_have_accessible_name(
        "acousticness: share of songs by value, reference and production"
    )
    assert page.locator("table.features tbody").first.get_attribute("id") == "feature-acousticness"


def test_all_details_at_once(open_report: Open) -> None:
    """One button opens the details of all features, and closes them again."""
    page = open_report(whole_report())
    page.get_by_role("button", name="Open all details").click()
    expect(page.locator(".features details[open]")).to_have_count(len(FEATURES))
    page.get_by_role("button", name="Close all details").click()
    expect(page.locator(".features details[open]")).to_have_count(0)


def test_segments_can_be_sorted(open_report: Open) -> None:
    """Segments are sorted by their number of songs as numbers, not as text."""
    page = open_report(report(segments=[segment("genre", name, songs=songs)
                                        for name, songs in (("A", 900), ("B", 1000), ("C", 20))]))
    page.get_by_role("button", name="Songs", exact=True).click()
    assert page.locator("table.heat tbody th").all_text_contents() == ["B", "A", "C"]


def test_without_scripts_it_is_whole(open_report: Open) -> None:
    """Without scripts everything is there, by effect, and no button pretends to do something."""
    page = open_report(whole_report(), java_script_enabled=False)
    assert names(page)[:3] == ["loudness", "key", "tempo"]
    expect(page.get_by_role("button")).to_have_count(0)
    page.locator("#feature-key summary").click()
    expect(page.locator("#feature-key").get_by_text("Chi-square 12.50")).to_be_visible()
