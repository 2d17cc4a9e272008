import json

import numpy as np
import polars as pl
import pytest

from src.comparison import Thresholds
from src.features import FEATURES
from src.report import DRIFT_DETECTED, INSUFFICIENT_DATA, NORMAL, build_report
from src.samples import sample_from_frame
from tests.conftest import made_songs


def report(train: pl.DataFrame, prod: pl.DataFrame, **thresholds: float) -> dict:
    """The report of two frames, which JSON must be able to hold."""
    reference, current = sample_from_frame(train, "train"), sample_from_frame(prod, "prod")
    found = build_report(reference, current, Thresholds(**thresholds), mode="batch", inputs={})
    json.dumps(found, allow_nan=False)
    return found


def shifted(frame: pl.DataFrame, *features: str, by: float) -> pl.DataFrame:
    """The same songs, with these features moved by so many standard deviations."""
    return frame.with_columns(pl.col(f) + by * pl.col(f).std() for f in features)


def test_the_same_songs(train: pl.DataFrame) -> None:
    """Songs compared with themselves are NORMAL: every D is 0 and every p is 1."""
    found = report(train, train)
    assert (found["status"], found["alert"], found["alert_reasons"]) == (NORMAL, False, [])
    assert (found["features_with_drift"], found["drifted_features"]) == (0, [])
    assert {d["ks_statistic"] for d in found["details"].values()} == {0.0}
    assert {d["p_value"] for d in found["details"].values()} == {1.0}


def test_false_alarms() -> None:
    """Of 40 comparisons of songs of one kind, about alpha (2) find drift in any feature at all."""
    # By p-value alone and uncorrected, 1 - 0.95 ** 12 of them would: 18.
    reports = [
        report(made_songs(500, seed), made_songs(500, 100 + seed), min_effect=0)
        for seed in range(40)
    ]
    assert sum(found["features_with_drift"] > 0 for found in reports) <= 5
    assert sum(min(p["p_value"] for p in r["details"].values()) < 0.05 for r in reports) > 10


def test_a_known_shift_is_found(train: pl.DataFrame, prod: pl.DataFrame) -> None:
    """Exactly the features that were moved are reported, the one moved furthest first."""
    moved = shifted(shifted(prod, "energy", by=0.3), "valence", "tempo", by=0.6)
    found = report(train, moved)
    assert found["drifted_features"][2] == "energy"
    assert set(found["drifted_features"]) == {"valence", "tempo", "energy"}
    assert found["features_with_drift"] == 3
    assert found["drift_percentage"] == 25.0
    assert (found["status"], found["alert"]) == (DRIFT_DETECTED, True)
    energy = found["details"]["energy"]
    assert energy["drift_detected"] and energy["significant"] and energy["effect_large_enough"]
    # Of two normal distributions a shift of 0.3 deviations makes D = 2 Phi(0.15) - 1 = 0.119.
    assert energy["ks_statistic"] == pytest.approx(0.119, abs=0.04)


@pytest.mark.parametrize(("count", "status"), [(2, NORMAL), (3, DRIFT_DETECTED)])
def test_up_to_a_fifth_of_the_features_is_normal(
    train: pl.DataFrame, count: int, status: str
) -> None:
    """Two drifted features of twelve (16.7 %) are NORMAL, three (25 %) are drift."""
    found = report(train, shifted(train, *FEATURES[-1 - count : -1], by=0.4))
    assert found["features_with_drift"] == count
    assert found["drift_percentage"] == pytest.approx(100 * count / 12)
    assert (found["status"], found["alert"]) == (status, status == DRIFT_DETECTED)


def test_a_duration_in_seconds(train: pl.DataFrame, prod: pl.DataFrame) -> None:
    """One feature far off is 1 of 12, and so NORMAL, but it does alert and is named."""
    found = report(train, prod.with_columns(pl.col("duration_ms") // 1000))
    assert (found["status"], found["alert"]) == (NORMAL, True)
    assert found["drifted_features"] == ["duration_ms"]
    assert found["alert_reasons"] == ["D is 0.2 or more: duration_ms (1.000)"]


def test_the_rule_by_p_value_alone() -> None:
    """With min_effect 0 a feature drifts by its p-value alone, however small the effect is."""
    train = made_songs(60_000, 1)
    moved = shifted(train, "tempo", "valence", "energy", by=0.06)
    assert report(train, moved)["status"] == NORMAL
    found = report(train, moved, min_effect=0)
    assert set(found["drifted_features"]) == {"tempo", "valence", "energy"}
    assert found["status"] == DRIFT_DETECTED
    for detail in found["details"].values():
        assert detail["drift_detected"] == (detail["p_value_corrected"] < 0.05)


@pytest.mark.parametrize(("train_rows", "prod_rows"), [(99, 500), (500, 99), (1, 1), (500, 0)])
def test_too_few_songs(train_rows: int, prod_rows: int) -> None:
    """Under min_samples on either side nothing is decided, and what can be said is there."""
    train, prod = made_songs(train_rows, 1), made_songs(prod_rows, 2)
    found = report(train, prod.with_columns(pl.col("duration_ms") // 1000))
    assert (found["status"], found["alert"]) == (INSUFFICIENT_DATA, False)
    assert (found["train_samples"], found["production_samples"]) == (train_rows, prod_rows)
    assert (found["features_with_drift"], found["drift_percentage"]) == (0, 0.0)
    duration = found["details"]["duration_ms"]
    assert duration["ks_statistic"] == (1.0 if prod_rows else None)
    assert duration["p_value_corrected"] is None
    assert not duration["drift_detected"]
    assert duration["train_mean"] == pytest.approx(float(train["duration_ms"].mean()))


def test_enough_songs_at_the_limit() -> None:
    """min_samples itself is enough."""
    found = report(made_songs(100, 1), made_songs(100, 2))
    assert found["status"] == NORMAL
    assert None not in [detail["p_value_corrected"] for detail in found["details"].values()]


def test_a_constant_column(train: pl.DataFrame, prod: pl.DataFrame) -> None:
    """A feature that is constant on both sides has not drifted; one that became so has."""
    constant = pl.lit(0.5).alias("energy")
    found = report(train.with_columns(constant), prod.with_columns(constant))
    assert found["details"]["energy"]["ks_statistic"] == 0.0
    assert found["details"]["energy"]["train_std"] == 0.0
    assert not found["details"]["energy"]["drift_detected"]
    assert report(train, prod.with_columns(constant))["details"]["energy"]["drift_detected"]


def test_missing_values(train: pl.DataFrame, prod: pl.DataFrame) -> None:
    """Songs without a value are left out of that feature, counted, and move no mean."""
    every_third = pl.when(pl.int_range(pl.len()) % 3 != 0).then(pl.col("tempo"))
    found = report(train, prod.with_columns(every_third.alias("tempo")))
    tempo = found["details"]["tempo"]
    assert (tempo["train_missing"], tempo["prod_missing"]) == (0, 500)
    assert found["production_samples"] == 1500
    kept = np.delete(prod["tempo"].to_numpy(), slice(0, None, 3))
    assert tempo["prod_mean"] == pytest.approx(kept.mean())
    assert tempo["prod_std"] == pytest.approx(kept.std(ddof=1))
    assert not tempo["drift_detected"]


def test_a_feature_that_vanished(train: pl.DataFrame, prod: pl.DataFrame) -> None:
    """A feature without values in production cannot drift, and must not pass in silence."""
    found = report(train, prod.with_columns(pl.lit(None, dtype=pl.Float64).alias("key")))
    assert (found["status"], found["alert"]) == (NORMAL, True)
    assert found["alert_reasons"] == ["too few usable values to compare: key"]
    key = found["details"]["key"]
    assert (key["ks_statistic"], key["p_value"], key["prod_mean"]) == (None, None, None)
    assert key["prod_missing"] == 1500


def test_contract_keys(train: pl.DataFrame, prod: pl.DataFrame) -> None:
    """The keys that other programs read are there, with the types that they have."""
    found = report(train, prod)
    types = {
        "timestamp": str,
        "train_samples": int,
        "production_samples": int,
        "features_with_drift": int,
        "drifted_features": list,
        "drift_percentage": float,
        "status": str,
        "alert": bool,
        "details": dict,
    }
    assert {key: type(found[key]) for key in types} == types
    assert tuple(found["details"]) == FEATURES
    for detail in found["details"].values():
        for key in ("ks_statistic", "p_value", "train_mean", "prod_mean"):
            assert type(detail[key]) is float
        assert type(detail["drift_detected"]) is bool
