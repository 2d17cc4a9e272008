import re
from typing import Any

import polars as pl
import pytest

from src.features import FEATURES
from src.page import render_page
from tests.outline import Outline
from tests.reports import built, detail, report


def text_of(**changes: Any) -> str:
    """What is read on the page of a small report."""
    return Outline(render_page(report(**changes))).text


def order(page: str) -> list[str]:
    """The features in the order of their rows."""
    return re.findall(r'<tbody id="feature-(\w+)"', page)


def test_the_verdict_is_the_first_line() -> None:
    """The page begins with the verdict, then what to do, then why."""
    text = text_of()
    assert text.startswith("3 of 12 features drifted; loudness most: +0.25 dB on average. Alert")
    steps = "What to do next Get genres for some of the songs. If it fell: train again."
    assert 0 < text.index(steps) < text.index("Why this is an alert More than 20 %")


def test_options_stand_out() -> None:
    """An option of the command that a sentence names is marked as code; the rest stays text."""
    page = render_page(report(what_to_do=["Look at <it> (--min-samples)."]))
    assert "<li>Look at &lt;it&gt; (<code>--min-samples</code>).</li>" in page


def test_a_row_for_each_feature_by_effect() -> None:
    """Without any script each feature has one row, the largest effect first, those without last."""
    page = render_page(report({"tempo": 0.9, "mode": 0.4, "energy": None}))
    rows = order(page)
    assert sorted(rows) == sorted(FEATURES)
    assert (rows[:2], rows[-1]) == (["tempo", "mode"], "energy")


def test_the_page_of_a_real_report(train: pl.DataFrame, prod: pl.DataFrame) -> None:
    """Of the report that the program makes, verdict and effects are those of the JSON."""
    found = built(train, prod.with_columns(pl.col("tempo") + 9, pl.col("key") // 2))
    page = render_page(found)
    text = Outline(page).text
    assert text.startswith(found["verdict"])
    assert set(order(page)[:2]) == {"key", "tempo"} == set(found["drifted_features"])
    for feature, said in found["details"].items():
        name = "V" if feature in ("key", "mode") else "D"
        assert re.search(rf"{feature} {name} {said['effect']:.3f}", text)


@pytest.mark.parametrize(
    ("alert", "status", "colour", "badge"),
    [
        (True, "DRIFT_DETECTED", "bad", "Alert"),
        (False, "NORMAL", "good", "No alert"),
        (False, "INSUFFICIENT_DATA", "unsure", "No alert"),
    ],
)
def test_the_verdict_has_a_colour(alert: bool, status: str, colour: str, badge: str) -> None:
    """An alert is red, its absence green, and what cannot be said neither, beside the words."""
    page = render_page(report(alert=alert, status=status))
    assert f'<header class="{colour}">' in page
    assert f'<span class="badge status-badge">{badge}</span>' in page


@pytest.mark.parametrize(
    ("changes", "state", "why"),
    [
        ({}, "drifted", "Large enough to matter (≥ 0.05), and not by chance."),
        (
            {"effect_large_enough": False, "drift_detected": False},
            "no drift",
            "Too small to matter (< 0.05), but not by chance.",
        ),
        (
            {"significant": False, "drift_detected": False},
            "no drift",
            "Large enough to matter (≥ 0.05), but may be chance (p ≥ 0.05).",
        ),
        (
            {"p_value_corrected": None, "significant": False, "drift_detected": False},
            "not tested",
            "Too few values to test: 100 independent ones are needed on either side.",
        ),
        (
            {"effect": None, "p_value_corrected": None, "drift_detected": False},
            "not tested",
            "One side has no usable values.",
        ),
    ],
)
def test_each_decision_has_its_reason(changes: dict[str, Any], state: str, why: str) -> None:
    """In a row stand the decision and, of both conditions, which was met."""
    details = report()["details"] | {"tempo": detail("tempo", 0.2) | changes}
    text = text_of(details=details)
    row = text[text.index("tempo") :]
    assert re.match(rf"tempo .*? {state} tempo: {re.escape(why)}", row)


def test_categories_are_decided_by_chi_square() -> None:
    """For key V and chi-square are told, and that they decide; KS stands beside them."""
    text = text_of()
    row = text[text.index("key V 0.120") :]
    assert "Chi-square 12.50 with 1 degrees of freedom, p 1e-09; Cramér's V 0.120." in row
    assert "These decide: key is a category." in row
    assert "D 0.1200, p 1e-09 as if each row were an independent song, for comparison" in row


def test_a_p_value_is_never_nothing() -> None:
    """A p-value under what a number can hold is told as less than that, not as 0."""
    details = report()["details"] | {"tempo": detail("tempo", 0.2, p_value_corrected=0.0)}
    assert "D 0.200 < 1e-300" in text_of(details=details)


def test_both_distributions_are_drawn_twice() -> None:
    """Each feature has a small and a large picture, named for those who cannot see it."""
    outline = Outline(render_page(report()))
    labels = [label for label in outline.named("aria-label") if label]
    for feature in FEATURES:
        assert f"{feature}: mean 0.5000 in the reference, 0.7500 in production" in labels
        assert f"{feature}: share of songs by value, reference and production" in labels
    assert outline.tags.count("svg") == 2 * len(FEATURES)


def test_without_songs_on_one_side(train: pl.DataFrame) -> None:
    """Without current songs the page says so for each feature, and shows the reference."""
    page = render_page(built(train, train.clear()))
    text = Outline(page).text
    assert text.startswith("Not enough songs to judge")
    assert text.count("One side has no usable values.") == len(FEATURES)
    assert not re.search(r"\bnan\b", page, re.IGNORECASE)
