from typing import Any

import pytest

from src.page import render_page
from tests.outline import Outline
from tests.reports import report
from tests.whole_report import LOG


def text_of(**changes: Any) -> str:
    """What is read on the page of a small report."""
    return Outline(render_page(report(**changes))).text


def test_rates_have_rows_of_their_own() -> None:
    """Each rate shows both sides, or that the reference does not know it, and the decision."""
    text = text_of()
    assert "missing values 0.0 % 0 of 2,000 5.0 % 75 of 1,500 1e-19 too high" in text
    assert "rejected requests unknown 0.2 % 3 of 1,503 - no rise" in text


def test_all_features_together() -> None:
    """The multivariate test is a sentence, also where there was none."""
    assert "with an AUC of 0.61 (p = 0.002 < 0.05), so the features, taken" in text_of()
    assert "Not tested: one side has too few songs with all features" in text_of(multivariate=None)


def test_the_log_and_its_unusable_lines() -> None:
    """Of a log the page says what was read, and where the first unusable lines are."""
    text = text_of(
        mode="online", inputs={"train_data": "t", "api_logs": LOG["files"]}, request_log=LOG,
        model_versions={"3": 1500}, production_effective_samples=700.4,
    )  # fmt: skip
    assert "1,510 lines in logs/a.jsonl: 1,500 used, 3 rejected, 6 invalid, 1 torn" in text
    assert "The first 2 unusable lines" in text
    assert "logs/a.jsonl, line 1,234: energy: 7 is not from 0 to 1" in text
    assert "1,500 songs, worth 700 independent ones" in text
    assert "model 3 (1,500 songs)" in text


@pytest.mark.parametrize("model", ["absent", None, {}])
def test_without_a_model_no_section(model: Any) -> None:
    """Where nothing is known of the model's answers, the page does not speak of them."""
    changes = {} if model == "absent" else {"model": model}
    assert "The model's answers" not in text_of(**changes)
