"""The figures of metrics.json, without lists: `dvc metrics show` leaves those out."""

from dataclasses import asdict
from typing import Any

from src.appraisal import Appraisal
from src.bootstrap import Estimate
from src.gate import Check, Verdict
from src.prior_adaptation import PriorAdaptation


def figures(appraisal: Appraisal, verdict: Verdict, margin: float) -> dict[str, Any]:
    """What was measured of a model and of its difference to the champion.

    Parameters
    ----------
    appraisal : Appraisal
    verdict : Verdict
    margin : float
        evaluate.margin.

    Returns
    -------
    dict
        Scores with the ends of their intervals (`_low`, `_high`); the differences to the champion,
        None where there is none; `prior_adaptation`, None where there are no newer songs;
        `margin`; and, as lists, `warnings` and `checks`.
    """
    scores: dict[str, float] = {}
    for name, value in appraisal.scores.items():
        scores[name] = value
        if ends := appraisal.intervals.get(name):
            scores[f"{name}_low"], scores[f"{name}_high"] = ends
    slices = appraisal.slices
    accuracy = next((check for check in verdict.checks if check.kind == "accuracy"), None)
    eras = [check for check in verdict.checks if check.kind == "era"]
    old, newest = eras if eras else (None, None)
    compared = accuracy.difference if accuracy else None
    return {
        **scores,
        **_ends("prod_sim_accuracy", slices.newer_songs),
        **_ends("prod_sim_unseen_artists_accuracy", slices.newer_unseen),
        **_ends("prod_sim_seen_artists_accuracy", slices.newer_seen),
        "prod_sim_songs_scored": slices.newer_songs.songs if slices.newer_songs else 0,
        "prior_adaptation": _adaptation(appraisal.prior_adaptation),
        "compared_with_version": int(verdict.compared_with) if verdict.compared_with else None,
        "compared_songs": compared.songs if compared else 0,
        **_ends("accuracy_difference", compared),
        "margin": margin,
        **_ends("old_era_accuracy_difference", _difference(old)),
        **_ends("newest_era_accuracy_difference", _difference(newest)),
        "warnings": list(verdict.warnings),
        "checks": [asdict(check) for check in verdict.checks],
    }


def _difference(check: Check | None) -> Estimate | None:
    return check.difference if check else None


def _adaptation(found: PriorAdaptation | None) -> dict[str, float] | None:
    if found is None:
        return None
    return {
        "accuracy_before": found.accuracy_before,
        "accuracy_after": found.accuracy_after,
        "gain": found.gain.value,
        "low": found.gain.low,
        "high": found.gain.high,
    }


def _ends(name: str, estimate: Estimate | None) -> dict[str, float | None]:
    if estimate is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
