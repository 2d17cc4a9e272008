"""The drift report as a dict: the verdict, what it rests on, and every feature in detail."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from src.comparison import FeatureComparison, Thresholds, compare, mean_and_deviation
from src.features import FEATURES
from src.samples import Sample

DRIFT_DETECTED = "DRIFT_DETECTED"
NORMAL = "NORMAL"
INSUFFICIENT_DATA = "INSUFFICIENT_DATA"

# Percentage of drifted features above which the data as a whole have drifted.
TOLERATED_PERCENTAGE = 20.0
# The KS statistic of one feature that is an alarm by itself: a duration sent in seconds must not
# pass for being 1 of 12.
ALERT_EFFECT = 0.2


def build_report(
    reference: Sample, current: Sample, thresholds: Thresholds, **about: Any
) -> dict[str, Any]:
    """Compare two samples and say what follows.

    Parameters
    ----------
    reference, current : Sample
        Training songs and production songs.
    thresholds : Thresholds
    **about
        What else the report is to hold, such as mode and inputs.

    Returns
    -------
    dict
        Of what JSON can hold. `details` is in the order of FEATURES, `drifted_features` begins
        with the largest effect.
    """
    results = compare(reference, current, thresholds)
    by_effect = sorted(results, key=lambda f: results[f].ks_statistic or 0.0, reverse=True)
    drifted = [feature for feature in by_effect if results[feature].drifted]
    percentage = 100 * len(drifted) / len(FEATURES)
    if min(reference.rows, current.rows) < thresholds.min_samples:
        status, reasons = INSUFFICIENT_DATA, []
    else:
        status = DRIFT_DETECTED if percentage > TOLERATED_PERCENTAGE else NORMAL
        reasons = _alert_reasons({feature: results[feature] for feature in by_effect}, status)
    return {
        "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
        "status": status,
        "alert": bool(reasons),
        "alert_reasons": reasons,
        "train_samples": reference.rows,
        "production_samples": current.rows,
        "features_with_drift": len(drifted),
        "drifted_features": drifted,
        "drift_percentage": percentage,
        **asdict(thresholds),
        "tolerated_percentage": TOLERATED_PERCENTAGE,
        "alert_effect": ALERT_EFFECT,
        **about,
        "details": {
            feature: _detail(reference, current, feature, result)
            for feature, result in results.items()
        },
    }


def _alert_reasons(results: dict[str, FeatureComparison], status: str) -> list[str]:
    reasons = []
    if status == DRIFT_DETECTED:
        reasons.append(f"more than {TOLERATED_PERCENTAGE:g} % of the features drifted")
    far_off = [
        f"{feature} ({result.ks_statistic:.3f})"
        for feature, result in results.items()
        if result.tested and (result.ks_statistic or 0.0) >= ALERT_EFFECT
    ]
    if far_off:
        reasons.append(f"D is {ALERT_EFFECT:g} or more: {', '.join(far_off)}")
    untested = [feature for feature, result in results.items() if not result.tested]
    if untested:
        reasons.append(f"too few usable values to compare: {', '.join(untested)}")
    return reasons


def _detail(
    reference: Sample, current: Sample, feature: str, result: FeatureComparison
) -> dict[str, Any]:
    train, prod = reference.features[feature], current.features[feature]
    train_mean, train_std = mean_and_deviation(train)
    prod_mean, prod_std = mean_and_deviation(prod)
    return {
        "ks_statistic": result.ks_statistic,
        "p_value": result.p_value,
        "p_value_corrected": result.p_value_corrected,
        "significant": result.significant,
        "effect_large_enough": result.effect_large_enough,
        "drift_detected": result.drifted,
        "train_mean": train_mean,
        "prod_mean": prod_mean,
        "train_std": train_std,
        "prod_std": prod_std,
        "train_missing": train.missing,
        "prod_missing": prod.missing,
        "train_invalid": train.invalid,
        "prod_invalid": prod.invalid,
    }
