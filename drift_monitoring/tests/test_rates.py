from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from src.analyze_drift import analyze_online_drift, run_ks_analysis
from src.slices import Slices, moment
from tests.conftest import REJECTED, log_line


def with_gaps(frame: pl.DataFrame, every: int) -> pl.DataFrame:
    """One song in `every` lacks its tempo, and half of those the energy as well."""
    row = pl.int_range(pl.len())
    return frame.with_columns(
        tempo=pl.when(row % every != 0).then(pl.col("tempo")),
        energy=pl.when(row % (2 * every) != 0).then(pl.col("energy")),
    )


def rate(report: dict, name: str) -> dict:
    return next(found for found in report["rates"] if found["name"] == name)


def test_missing_values_that_became_more(
    train: pl.DataFrame, prod: pl.DataFrame, tmp_path: Path
) -> None:
    """A rise of missing values is an alert by itself; the song counts once."""
    report = run_ks_analysis(with_gaps(train, 100), with_gaps(prod, 10), tmp_path / "r.json")
    found = rate(report, "missing values")
    assert found["train"] == {"rows": 20, "of": 2000}
    assert found["prod"] == {"rows": 150, "of": 1500}
    assert found["drift_detected"] and found["p_value_corrected"] < 1e-9
    assert report["features_with_drift"] == 0
    assert report["alert_reasons"] == ["missing values: 10.0 %, was 1.0 %"]


def test_fewer_missing_values(train: pl.DataFrame, prod: pl.DataFrame, tmp_path: Path) -> None:
    """A rate that fell, or rose by less than a point, is no alert."""
    fell = run_ks_analysis(with_gaps(train, 10), prod, tmp_path / "r.json")
    assert not rate(fell, "missing values")["drift_detected"]
    rose = run_ks_analysis(train, with_gaps(prod, 150), tmp_path / "r.json")
    assert not rate(rose, "missing values")["drift_detected"]
    assert not rose["alert"]


def test_values_out_of_range(train: pl.DataFrame, prod: pl.DataFrame, tmp_path: Path) -> None:
    """A share of values that cannot be is an alert, though it moves no distribution."""
    row = pl.int_range(pl.len())
    strange = prod.with_columns(liveness=pl.when(row % 50 == 0).then(-1.0).otherwise("liveness"))
    report = run_ks_analysis(train, strange, tmp_path / "r.json")
    assert rate(report, "values out of range")["prod"] == {"rows": 30, "of": 1500}
    assert report["details"]["liveness"]["prod_out_of_range"] == 30
    assert report["alert_reasons"] == ["values out of range: 2.0 %, was 0.0 %"]


@pytest.mark.parametrize(("rejected", "alert"), [(30, False), (300, True)])
def test_rejected_requests(
    train_csv: Path,
    prod: pl.DataFrame,
    write_log: Callable[..., Path],
    tmp_path: Path,
    rejected: int,
    alert: bool,
) -> None:
    """Training knows of no rejections: more than one in twenty is an alert."""
    songs = [log_line(**song) for song in prod.iter_rows(named=True)]
    log = write_log(*songs, *[REJECTED] * rejected)
    report = analyze_online_drift(train_csv, log, tmp_path / "r.json")
    found = rate(report, "rejected requests")
    assert (found["train"], found["p_value"]) == (None, None)
    assert found["prod"] == {"rows": rejected, "of": 1500 + rejected}
    assert report["alert"] == found["drift_detected"] == alert


def test_rejected_requests_against_a_window(
    prod: pl.DataFrame, write_log: Callable[..., Path], tmp_path: Path
) -> None:
    """Against a window of the log its own rate is what is normal."""
    def day(number: int, rejected: int) -> list[str]:
        time = f"2026-11-0{number}T12:00:00Z"
        lines = [log_line(**song, timestamp=time) for song in prod.iter_rows(named=True)]
        line = REJECTED.replace("2026-11-24T23:04:13.014+00:00", time)
        return lines + [line] * rejected

    log = write_log(*day(1, 150), *day(2, 160), *day(3, 400))
    for until, alert in (("2026-11-03", False), (None, True)):
        slices = Slices(
            since=moment("2026-11-02" if until else "2026-11-03", "since"),
            until=moment(until, "until") if until else None,
        )
        report = analyze_online_drift(
            "2026-11-01/2026-11-02", log, tmp_path / "r.json", slices=slices
        )
        found = rate(report, "rejected requests")
        assert found["train"] == {"rows": 150, "of": 1650}
        assert found["drift_detected"] == alert
