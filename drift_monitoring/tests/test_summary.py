from pathlib import Path

import polars as pl

from src.comparison import Thresholds
from src.report import build_report
from src.samples import sample_from_frame
from src.summary import summary
from tests.conftest import made_songs


def test_the_condition_that_is_not_met() -> None:
    """For a feature that has not drifted the table says which condition it does not meet."""
    train, prod = made_songs(150, 1), made_songs(150, 2)
    prod = prod.with_columns(train["energy"], pl.col("tempo") + 1000)
    reference, current = sample_from_frame(train, "train"), sample_from_frame(prod, "prod")
    report = build_report(reference, current, Thresholds(), mode="batch", inputs={})
    lines = summary(report, Path("r.json"), Path("r.html")).splitlines()
    rows = {line.split()[0]: line for line in lines if line}
    assert rows["tempo"].endswith("  yes")
    assert rows["energy"].endswith("  no: D < 0.05, p >= 0.05")
    assert rows["loudness"].endswith("  no: p >= 0.05")
    assert lines[1] == "  alert: D is 0.2 or more: tempo (1.000)"
