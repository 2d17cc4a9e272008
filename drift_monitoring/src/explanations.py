"""Sentences of the page that say why something was decided as it was."""

from collections.abc import Mapping
from typing import Any

from src import wording


def effect_name(detail: Mapping[str, Any]) -> str:
    """D of Kolmogorov-Smirnov, or Cramer's V of categories."""
    return "V" if detail["test"] == "chi_square" else "D"


def effect(value: float | None) -> str:
    """An effect in three decimals, or a dash."""
    return wording.ABSENT if value is None else f"{value:.3f}"


def small_p(value: float | None) -> str:
    """A p-value, none of which is 0."""
    return "< 1e-300" if value is not None and value < 1e-300 else wording.p_value(value)


def p_condition(found: Mapping[str, Any], alpha: float) -> str:
    """The corrected p-value held against its limit."""
    shown = small_p(found["p_value_corrected"])
    if shown.startswith("<"):
        return f"p {shown}"
    return f"p = {shown} {'<' if found['significant'] else '≥'} {alpha:g}"


def state(found: Mapping[str, Any]) -> str:
    """What was decided, in two words: drifted, no drift, or not tested."""
    if found["p_value_corrected"] is None:
        return "not tested"
    return "drifted" if found["drift_detected"] else "no drift"


def decision(found: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    """Why something has drifted or not, by both conditions.

    Parameters
    ----------
    found : mapping
        With effect, p_value_corrected and the two conditions.
    report : mapping
        With the limits.
    """
    if found["effect"] is None:
        return "One side has no usable values."
    if found["p_value_corrected"] is None:
        return (
            f"Too few values to test: {report['min_samples']:,} independent ones are needed on "
            "either side."
        )
    least, alpha = report["min_effect"], report["alpha"]
    large, certain = found["effect_large_enough"], found["significant"]
    matters = f"{'Large enough' if large else 'Too small'} to matter"
    size = f"{matters} ({'≥' if large else '<'} {least:g})"
    chance = "not by chance" if certain else f"may be chance (p ≥ {alpha:g})"
    return f"{size}, {'and' if large == certain else 'but'} {chance}."


def distance(detail: Mapping[str, Any]) -> str:
    """How far the values moved, in standard deviations of the reference."""
    moved = detail["wasserstein"]
    return wording.ABSENT if moved is None else f"{moved:,.2f}"


def together(found: Mapping[str, Any] | None, report: Mapping[str, Any]) -> str:
    """What the multivariate test found, and what that means."""
    if found is None:
        return (
            "Not tested: one side has too few songs with all features "
            f"({report['min_samples']:,} are needed)."
        )
    meaning = (
        "so the features, taken together, have changed"
        if found["drift_detected"]
        else "so nothing shows beyond what single features tell"
    )
    return (
        "A classifier that sees all features at once tells production songs from those of the "
        f"reference with an AUC of {found['auc']:.2f} ({p_condition(found, report['alpha'])}), "
        f"{meaning}. An AUC of 0.5 is guessing, 1 is always right; {found['min_auc']:g} or more "
        f"with p < {report['alpha']:g} counts as drift. It learned from "
        f"{found['train_rows']:,} songs of the reference and {found['prod_rows']:,} of production."
    )
