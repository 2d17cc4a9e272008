"""What follows from the numbers: the status, and what is worth an alert."""

from typing import Any

from src.features import FEATURES
from src.model_wording import percent_interval
from src.slices import WINDOW

DRIFT_DETECTED = "DRIFT_DETECTED"
NORMAL = "NORMAL"
INSUFFICIENT_DATA = "INSUFFICIENT_DATA"

# Percentage of drifted features above which the data as a whole have drifted.
TOLERATED_PERCENTAGE = 20.0
# The effect of one feature that is an alarm by itself: a duration sent in seconds must not pass
# for being 1 of 12.
ALERT_EFFECT = 0.2
# An accuracy that is certainly lower by more than this is an alarm.
ACCURACY_DROP = 0.03
# Drifted parts that an alert names, those with the most drifted features.
NAMED = 5
# Requests worth so many times fewer songs are told about.
MANY_REPEATS = 1.5


def status_of(drifted: int, enough: bool) -> str:
    """The status for so many drifted features of songs that are, or are not, enough to decide."""
    if not enough:
        return INSUFFICIENT_DATA
    drift = 100 * drifted / len(FEATURES) > TOLERATED_PERCENTAGE
    return DRIFT_DETECTED if drift else NORMAL


def alert_reasons(report: dict[str, Any]) -> list[str]:
    """Why somebody should look, a sentence each; empty where nobody need."""
    if report["status"] == INSUFFICIENT_DATA:
        return []
    reasons = []
    if report["status"] == DRIFT_DETECTED:
        reasons.append(f"more than {TOLERATED_PERCENTAGE:g} % of the features drifted")
    details = sorted(report["details"].items(), key=lambda item: -(item[1]["effect"] or 0.0))
    far_off = [
        f"{feature} ({found['effect']:.3f})"
        for feature, found in details
        if found["p_value_corrected"] is not None and found["effect"] >= ALERT_EFFECT
    ]
    if far_off:
        reasons.append(f"an effect of {ALERT_EFFECT:g} or more: {', '.join(far_off)}")
    untested = [feature for feature, found in details if found["p_value_corrected"] is None]
    if untested:
        reasons.append(f"too few usable values to compare: {', '.join(untested)}")
    apart = report["multivariate"]
    if apart and apart["drift_detected"] and not report["features_with_drift"]:
        reasons.append(
            f"a classifier tells production from training (AUC {apart['auc']:.2f}), though no "
            "feature drifted by itself: features changed together"
        )
    for found in report["rates"]:
        if found["drift_detected"]:
            reasons.append(f"{found['name']}: {100 * found['prod_share']:.1f} %{_before(found)}")
    return reasons + _model_reasons(report["model"]) + _segment_reasons(report["segments"])


def _model_reasons(model: dict[str, Any] | None) -> list[str]:
    if model is None:
        return []
    reasons = []
    for name, found in (model["predictions"] or {}).items():
        if found["drift_detected"]:
            reasons.append(f"the model's {name} changed (effect {found['effect']:.3f})")
    before = model["accuracy"]["training_accuracy"]
    truth, estimate = model["labels"], model["accuracy"]
    if truth and truth["high"] < before - ACCURACY_DROP:
        now = percent_interval(truth, "accuracy")
        reasons.append(f"the accuracy is {now}, was {100 * before:.1f} %")
    elif estimate["estimable"] and estimate["high"] < before - ACCURACY_DROP:
        now = percent_interval(estimate, "estimate")
        reasons.append(
            f"if only the mix of genres changed, the accuracy is {now}, was {100 * before:.1f} %"
        )
    return reasons


def _before(found: dict[str, Any]) -> str:
    share = found["train_share"]
    return " (unknown before)" if share is None else f", was {100 * share:.1f} %"


def segment_name(found: dict[str, Any]) -> str:
    """A genre, a version, or when a week or window starts, to the day where that is enough."""
    key = str(found["key"])
    if found["by"] in ("week", WINDOW):
        start = key.removesuffix("T00:00:00+00:00").replace("T", " ").replace("+00:00", " UTC")
        return f"from {start}"
    return key


def _segment_reasons(segments: list[dict[str, Any]]) -> list[str]:
    reasons = []
    for by in dict.fromkeys(found["by"] for found in segments):
        drifted = sorted(
            (f for f in segments if f["by"] == by and f["status"] == DRIFT_DETECTED),
            key=lambda found: -len(found["drifted_features"]),
        )
        named = [
            f"{segment_name(found)} ({len(found['drifted_features'])} features)"
            for found in drifted[:NAMED]
        ]
        if len(drifted) > NAMED:
            named.append(f"{len(drifted) - NAMED} more")
        if named:
            reasons.append(f"{by.replace('_', ' ')}s that drifted: {', '.join(named)}")
    return reasons


def notes(report: dict[str, Any]) -> list[str]:
    """What to know when reading the report, a sentence each."""
    found = []
    versions = report["model_versions"]
    if len(versions) > 1:
        listed = ", ".join(f"{version} ({count:,} songs)" for version, count in versions.items())
        found.append(
            f"Several model versions answered: {listed}. Their answers are never added up; "
            "--by model_version judges the songs of each."
        )
    model = report["model"]
    if model and not model["rows"]:
        found.append(f"No answer in the log is of version {model['model_version']}, the champion.")
    samples, independent = report["production_samples"], report["production_effective_samples"]
    if samples and samples / max(independent, 1.0) > MANY_REPEATS:
        found.append(
            f"Songs were asked about repeatedly: the {samples:,} requests are worth "
            f"{independent:,.0f} independent ones, and p-values are of these. "
            "--distinct-songs counts each song once."
        )
    if any(part["by"] == "genre" for part in report["segments"]) and report["mode"] == "online":
        found.append(
            "Genres of the log are those that the model answered; its errors move songs from one "
            "to another."
        )
    if any(part["by"] in ("week", WINDOW) for part in report["segments"]):
        found.append("The first and the last window may be cut short by the ends of the log.")
    return found
