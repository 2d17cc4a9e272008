import re

import jsonschema
import numpy as np
import polars as pl
import pytest

from src.features import FEATURES
from src.verdict import DRIFT_DETECTED, INSUFFICIENT_DATA, NORMAL
from tests.conftest import check_schema, made_songs, report_of

report = report_of


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
    assert {d["wasserstein"] for d in found["details"].values()} <= {0.0, None}


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
    assert found["alert_reasons"] == ["an effect of 0.2 or more: duration_ms (1.000)"]


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
    assert found["alert_reasons"] == [
        "too few usable values to compare: key",
        "missing values: 100.0 %, was 0.0 %",
    ]
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


def test_shift_of_correlation_alone() -> None:
    """Features that changed together, none by itself, are an alert with its own reason."""
    train, prod = made_songs(2000, 1), made_songs(2000, 2)
    together = prod.with_columns(pl.col("energy", "valence").sort())
    found = report(train, together)
    assert found["features_with_drift"] == 0
    assert found["multivariate"]["drift_detected"]
    assert found["status"] == NORMAL
    assert len(found["alert_reasons"]) == 1
    assert "features changed together" in found["alert_reasons"][0]


def test_keys_are_categories(train: pl.DataFrame) -> None:
    """Keys that swapped their shares drift by chi-square and V, and the report says so."""
    swapped = train.with_columns(key=pl.when(pl.col("key") == 5).then(6).otherwise("key"))
    found = report(train, swapped)["details"]["key"]
    assert found["drift_detected"]
    assert found["test"] == "chi_square"
    assert found["effect"] == found["cramers_v"] > found["ks_statistic"]
    assert found["chi_square"]["degrees"] == 11
    tempo = report(train, swapped)["details"]["tempo"]
    assert (tempo["test"], tempo["chi_square"]) == ("kolmogorov_smirnov", None)
    assert tempo["effect"] == tempo["ks_statistic"]


def by_genre(frame: pl.DataFrame) -> pl.DataFrame:
    rock = pl.int_range(pl.len()) % 2 == 0
    return frame.with_columns(genre=pl.when(rock).then(pl.lit("Rock")).otherwise(pl.lit("R&B")))


def test_a_verdict_for_each_genre(train: pl.DataFrame, prod: pl.DataFrame) -> None:
    """A genre is compared with its own songs of training, inside the one correction."""
    rock = pl.col("genre") == "Rock"
    moved = [
        pl.when(rock).then(pl.col(f) + 2 * pl.col(f).std()).otherwise(f).alias(f)
        for f in ("energy", "tempo", "valence")
    ]
    found = report(by_genre(train), by_genre(prod).with_columns(moved), by=("genre",))
    assert found["tests"] == 12 * 3 + 3
    statuses = {part["key"]: part["status"] for part in found["segments"]}
    assert statuses == {"Rock": DRIFT_DETECTED, "R&B": NORMAL}
    assert "genres that drifted: Rock (3 features)" in found["alert_reasons"]
    rock_part = next(part for part in found["segments"] if part["key"] == "Rock")
    assert set(rock_part["drifted_features"]) == {"energy", "tempo", "valence"}


def test_more_tests_make_each_more_careful(train: pl.DataFrame, prod: pl.DataFrame) -> None:
    """Segments that show nothing raise the corrected p-values of the whole."""
    prod = shifted(prod, "energy", by=0.1)
    alone = report(by_genre(train), by_genre(prod))["details"]["energy"]
    among = report(by_genre(train), by_genre(prod), by=("genre",))["details"]["energy"]
    assert among["test_p_value"] == alone["test_p_value"]
    assert among["p_value_corrected"] > alone["p_value_corrected"]


def test_false_alarms_over_segments() -> None:
    """Of 30 reports with ten segments each, about alpha find drift anywhere by p-value alone."""
    random = np.random.default_rng(0)
    alarms = 0
    for seed in range(30):
        genres = [
            pl.Series("genre", random.integers(0, 10, 3000).astype(str)) for _ in range(2)
        ]
        train, prod = (
            made_songs(3000, seed + 100 * side).with_columns(genres[side]) for side in range(2)
        )
        found = report(train, prod, by=("genre",), min_effect=0)
        everywhere = [found["details"], *(part["details"] for part in found["segments"])]
        alarms += any(d["drift_detected"] for details in everywhere for d in details.values())
    assert alarms <= 5


def test_the_verdict_in_plain_words(train: pl.DataFrame, prod: pl.DataFrame) -> None:
    """The verdict says how many features drifted, and what happened to the one that did most."""
    assert report(train, prod)["verdict"] == "None of 12 features drifted."
    louder = prod.with_columns(pl.col("loudness") + 3)
    found = report(train, louder)
    gain = found["details"]["loudness"]["prod_mean"] - found["details"]["loudness"]["train_mean"]
    assert found["verdict"] == (
        f"1 of 12 features drifted; loudness most: +{gain:.2g} dB on average."
    )
    minor = report(train, prod.with_columns(mode=pl.lit(0)))
    assert re.fullmatch(
        r"1 of 12 features drifted; mode most: mode 0: \d\d\.\d % of songs, now 100\.0 %\.",
        minor["verdict"],
    )


def test_what_to_do(train: pl.DataFrame, prod: pl.DataFrame) -> None:
    """There is always a next step, and an impossible change asks for the unit first."""
    assert report(train, prod)["what_to_do"] == ["Nothing. Look again with the next songs."]
    seconds = report(train, prod.with_columns(pl.col("duration_ms") / 1000))
    assert "unit and the source of duration_ms" in seconds["what_to_do"][0]
    gaps = report(train, prod.with_columns(key=pl.lit(None)))
    assert gaps["what_to_do"][0].startswith("Ask who sends what is rejected or lacks values")
    assert "min-samples" in report(train, prod.head(9))["what_to_do"][0]


def test_every_key_is_described() -> None:
    """The schema allows no key that it does not describe, and misses none that is there."""
    found = report(made_songs(200, 1), made_songs(200, 2))
    for change in ({"more": 1}, {"status": "FINE"}, {"details": {}}):
        with pytest.raises(jsonschema.ValidationError):
            check_schema(found | change)
    with pytest.raises(jsonschema.ValidationError):
        check_schema({key: found[key] for key in found.keys() - {"rates"}})
