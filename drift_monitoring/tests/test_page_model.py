from typing import Any

import pytest

from src.page import render_page
from tests.outline import Outline
from tests.reports import report
from tests.whole_report import MODEL


def text_of(**changes: Any) -> str:
    """What is read of a model that differs from the example in these parts."""
    model = {part: found for part, found in (MODEL | changes).items() if found != "absent"}
    text = Outline(render_page(report(model=model))).text
    return text[text.index("The model's answers") : text.index("What was compared")]


def test_predictions_on_both_sides() -> None:
    """Genres and confidence have a decision each; a genre of one side only is 0 on the other."""
    text = text_of()
    assert "version 3 1,500 answered requests" in text
    assert "Predicted genres drifted Large enough to matter" in text
    assert "Rock 60.0 % 0.0 % R&B 40.0 % 70.0 % Jazz 0.0 % 30.0 %" in text
    assert "effect: V = 0.3400 ≥ 0.05" in text
    assert "Confidence no drift Too small to matter (< 0.05), and may be chance" in text
    assert "effect: D = 0.0000 < 0.05" in text


def test_an_estimate_is_conditional() -> None:
    """The estimate never stands without its assumption, its interval and what training gave."""
    text = text_of()
    assert "Accuracy without labels 47.0 % (44.0 % to 50.0 %) Conditional on label shift:" in text
    assert "In training it was 55.0 %." in text
    assert "Mean confidence 52.0 % (CBPE" in text
    assert "By BBSE 46.0 %" in text
    assert "Misfit 0.020" in text
    assert "Mix of genres now Rock 30.0 %, R&B 70.0 %" in text


def test_no_estimate_where_it_would_mislead() -> None:
    """Where the assumption does not fit, no number stands for the accuracy, but the reason."""
    refused = {
        key: None for key in ("estimate", "low", "high", "cbpe", "bbse", "current_priors")
    } | {"estimable": False, "reason": "The mixture does not explain the answers.", "misfit": 0.31}
    text = text_of(accuracy=MODEL["accuracy"] | refused)
    assert "Accuracy without labels Not estimable The mixture does not explain the answers." in text
    assert "Misfit 0.310" in text
    assert "Conditional on" not in text
    assert "47.0 %" not in text


def test_scores_by_labels() -> None:
    """The true accuracy has its interval, and each genre its scores, or a dash."""
    text = text_of()
    assert "Accuracy by labels 46.0 % (42.0 % to 50.0 %) Measured on 500 requests" in text
    assert "Rock 0.500 0.400 0.444 120" in text
    assert "R&B - 0.000 - 7" in text


@pytest.mark.parametrize(
    ("low", "said"),
    [(0.05, "The interval lies above 0: it helps."), (-0.01, "leave the priors as they are.")],
)
def test_what_new_priors_would_gain(low: float, said: str) -> None:
    """The gain is told in points with its interval, and whether that lies above 0."""
    text = text_of(adaptation=MODEL["adaptation"] | {"low": low})
    assert f"a gain of +9.0 points ({100 * low:+.1f} to +13.0)" in text
    assert said in text


@pytest.mark.parametrize("left_out", [None, "absent"])
@pytest.mark.parametrize(
    ("part", "title"),
    [
        ("predictions", "Predicted genres"),
        ("accuracy", "Accuracy without labels"),
        ("labels", "Accuracy by labels"),
        ("adaptation", "What new priors would gain"),
    ],
)
def test_only_what_is_known(part: str, title: str, left_out: Any) -> None:
    """A part that is null or missing leaves no trace, and the others stay."""
    assert title in text_of()
    assert title not in text_of(**{part: left_out})
