"""The drift report as a dict: the verdict, what it rests on, and every part in detail."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from src import sections
from src.comparison import compare
from src.correction import benjamini_hochberg
from src.current import Current, population_of
from src.domain_classifier import Separation
from src.features import FEATURES
from src.model_drift import ModelDrift
from src.rates import rates
from src.reference import Reference
from src.thresholds import Thresholds
from src.verdict import ALERT_EFFECT, TOLERATED_PERCENTAGE, alert_reasons, notes, status_of
from src.wording import verdict, what_to_do

SCHEMA = 2


def build_report(
    reference: Reference,
    current: Current,
    thresholds: Thresholds,
    separation: Callable[[], Separation | None] = lambda: None,
    model: ModelDrift | None = None,
    meanwhile: Callable[[dict[str, Any]], None] = lambda details: None,
    **about: Any,
) -> dict[str, Any]:
    """Compare two sides and say what follows.

    Parameters
    ----------
    reference : Reference
    current : Current
        Counted against that reference.
    thresholds : Thresholds
    separation : callable
        Waits for how well a classifier tells the sides apart, which is None where it was not asked.
    model : ModelDrift, optional
        What the log says of the champion.
    meanwhile : callable
        Is called before that is waited for, with what is known of each feature by then.
    **about
        What else the report is to hold, such as mode and inputs.

    Returns
    -------
    dict
        As drift_report.schema.json describes it. `details` is in the order of FEATURES,
        `drifted_features` begins with the largest effect.
    """
    whole = compare(reference.population, current.counted, thresholds)
    segments = {
        segment: compare(population_of(segment, reference), counted, thresholds)
        for segment, counted in sorted(current.segments.items())
    }
    details = {
        feature: sections.detail(feature, reference, current, result)
        for feature, result in whole.items()
    }
    meanwhile(details)
    separated = separation()
    found_rates = rates(reference, current)
    p_values: dict[sections.Key, float | None] = {
        ("feature", feature): result.test_p_value for feature, result in whole.items()
    }
    for segment, results in segments.items():
        for feature, result in results.items():
            p_values[segment.by, segment.key, feature] = result.test_p_value
    p_values |= {("rate", rate.name): rate.p_value for rate in found_rates}
    p_values["multivariate",] = separated.p_value if separated else None
    p_values |= model.p_values if model else {}
    tests = sections.Tests(benjamini_hochberg(p_values), thresholds)

    details = {
        feature: tests.decision(("feature", feature), known["effect"], thresholds.min_effect)
        | known
        for feature, known in details.items()
    }
    drifted = sections.drifted_by_effect(details)
    independent = {
        "train_effective_samples": sections.effective(reference.population),
        "production_effective_samples": sections.effective(current.counted),
    }
    enough = min(independent.values()) >= thresholds.min_samples
    report = {
        "schema": SCHEMA,
        "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
        "status": status_of(len(drifted), enough),
        "train_samples": reference.population.rows,
        "production_samples": current.counted.rows,
        **independent,
        "features_with_drift": len(drifted),
        "drifted_features": drifted,
        "drift_percentage": 100 * len(drifted) / len(FEATURES),
        **asdict(thresholds),
        "tolerated_percentage": TOLERATED_PERCENTAGE,
        "alert_effect": ALERT_EFFECT,
        "tests": len(tests.corrected),
        "reference": reference.name,
        **about,
        "details": details,
        "rates": [sections.rate(found, tests) for found in found_rates],
        "multivariate": sections.multivariate(separated, tests),
        "model": model.section(tests) if model else None,
        "segments": [
            sections.segment(segment, current.segments[segment], results, tests)
            for segment, results in segments.items()
        ],
        "model_versions": {
            version: found.genres.total() for version, found in sorted(current.predictions.items())
        },
    }
    reasons = alert_reasons(report)
    report |= {"alert": bool(reasons), "alert_reasons": reasons, "notes": notes(report)}
    return report | {"verdict": verdict(report), "what_to_do": what_to_do(report)}
