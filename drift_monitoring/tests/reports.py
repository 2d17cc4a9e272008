"""Reports for tests of the page: small ones as a dict, and such as the program makes."""

from typing import Any

import polars as pl

from src.current import current_of_table
from src.features import FEATURES
from src.reference import reference_of_table
from src.report import build_report
from src.tables import songs_from_frame
from src.thresholds import Thresholds

CATEGORIES = ("key", "mode")
DECIDED = {"significant": True, "effect_large_enough": True, "drift_detected": True}
UNDECIDED = {"significant": False, "effect_large_enough": False, "drift_detected": False}


def detail(feature: str, effect: float | None = 0.01, **changes: Any) -> dict[str, Any]:
    """One feature: drifted from an effect of .05 on, unless the changes say otherwise."""
    category = feature in CATEGORIES
    drifted = effect is not None and effect >= 0.05
    return {
        "ks_statistic": effect,
        "p_value": None if effect is None else 1e-9 if drifted else 0.4,
        "test": "chi_square" if category else "kolmogorov_smirnov",
        "effect": effect,
        "test_p_value": None if effect is None else 1e-9 if drifted else 0.4,
        "p_value_corrected": None if effect is None else 1e-8 if drifted else 0.5,
        **(DECIDED if drifted else UNDECIDED),
        "chi_square": {"statistic": 12.5, "degrees": 1} if category else None,
        "cramers_v": effect if category else None,
        "wasserstein": None if category or effect is None else 2 * effect,
        "unit": "dB" if feature == "loudness" else "",
        "train_mean": 0.5,
        "prod_mean": 0.75,
        "train_std": 0.2,
        "prod_std": 0.25,
        **{f"{side}_{kind}": 0 for side in ("train", "prod")
           for kind in ("missing", "invalid", "out_of_range")},
        "histogram": {
            "bars": category,
            "edges": [0.0, 1.0] if category else [0.0, 0.25, 0.5, 1.0],
            "reference": [0.6, 0.4] if category else [0.25, 0.25, 0.5],
            "current": [0.5, 0.5] if category else [0.1, 0.2, 0.7],
            "below": False,
            "above": not category,
        },
        **changes,
    }  # fmt: skip


def segment(by: str, key: str, effect: float = 0.2, songs: int = 500) -> dict[str, Any]:
    """A part of the songs in which loudness has drifted; too few of them under 100."""
    enough = songs >= 100
    details = {
        feature: {"effect": 0.01, "mean": 0.5, "p_value_corrected": 0.5 if enough else None}
        | UNDECIDED
        for feature in FEATURES
    }
    details["loudness"] |= {"effect": effect} | (DECIDED if enough else {})
    return {
        "by": by,
        "key": key,
        "samples": songs,
        "effective_samples": float(songs),
        "status": "DRIFT_DETECTED" if enough else "INSUFFICIENT_DATA",
        "drifted_features": ["loudness"] if enough else [],
        "details": details,
    }


def report(effects: dict[str, float | None] | None = None, **changes: Any) -> dict[str, Any]:
    """A report of a table in which loudness, key and tempo have drifted."""
    effects = {"loudness": 0.31, "key": 0.12, "tempo": 0.07} if effects is None else effects
    return {
        "schema": 2,
        "timestamp": "2026-11-25T22:23:21+00:00",
        "status": "DRIFT_DETECTED",
        "train_samples": 2000,
        "production_samples": 1500,
        "train_effective_samples": 2000.0,
        "production_effective_samples": 1500.0,
        "features_with_drift": 3,
        "drifted_features": ["loudness", "key", "tempo"],
        "drift_percentage": 25.0,
        "alpha": 0.05,
        "min_effect": 0.05,
        "min_samples": 100,
        "tolerated_percentage": 20.0,
        "alert_effect": 0.2,
        "tests": 15,
        "reference": "train.csv",
        "mode": "batch",
        "inputs": {"train_data": "train.csv", "prod_data": "prod.csv"},
        "details": {f: detail(f, effects.get(f, 0.01)) for f in FEATURES},
        "rates": [
            {
                "name": "missing values",
                "train": {"rows": 0, "of": 2000},
                "prod": {"rows": 75, "of": 1500},
                "train_share": 0.0,
                "prod_share": 0.05,
                "p_value": 1e-20,
                "p_value_corrected": 1e-19,
                "drift_detected": True,
            },
            {
                "name": "rejected requests",
                "train": None,
                "prod": {"rows": 3, "of": 1503},
                "train_share": None,
                "prod_share": 3 / 1503,
                "p_value": None,
                "p_value_corrected": None,
                "drift_detected": False,
            },
        ],
        "multivariate": {
            "auc": 0.61, "p_value": 0.001, "p_value_corrected": 0.002, **DECIDED,
            "min_auc": 0.55, "train_rows": 1500, "prod_rows": 1500, "permutations": 999,
        },
        "segments": [],
        "model_versions": {},
        "alert": True,
        "alert_reasons": ["more than 20 % of the features drifted"],
        "notes": [],
        "verdict": "3 of 12 features drifted; loudness most: +0.25 dB on average.",
        "what_to_do": ["Get genres for some of the songs.", "If it fell: train again."],
        **changes,
    }  # fmt: skip


def built(train: pl.DataFrame, prod: pl.DataFrame) -> dict[str, Any]:
    """The report that the program makes of two tables."""
    reference = reference_of_table(songs_from_frame(train, "train"), "train")
    current = current_of_table(songs_from_frame(prod, "prod"), reference, "prod")
    return build_report(reference, current, Thresholds(), mode="batch", inputs={})
