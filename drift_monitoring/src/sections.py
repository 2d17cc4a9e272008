"""The parts of the report, each as a dict of what JSON can hold."""

from dataclasses import asdict, dataclass
from typing import Any

from src.comparison import FeatureComparison
from src.current import Current
from src.domain_classifier import MIN_AUC, Separation
from src.features import FEATURE_RANGES
from src.histogram import histogram
from src.population import Counted, Population
from src.rates import Rate
from src.reference import Reference
from src.slices import Segment
from src.songs import Quality
from src.thresholds import Thresholds
from src.verdict import status_of

Key = tuple[str, ...]


@dataclass(frozen=True)
class Tests:
    """What the p-values of the report became in the correction for all of them.

    Attributes
    ----------
    corrected : dict of Key to float
        Without the tests that were not made.
    thresholds : Thresholds
    """

    corrected: dict[Key, float]
    thresholds: Thresholds

    def decision(self, key: Key, effect: float | None, least: float) -> dict[str, Any]:
        """A corrected p-value, the two conditions, and whether both are met."""
        p_value = self.corrected.get(key)
        significant = p_value is not None and p_value < self.thresholds.alpha
        large_enough = effect is not None and effect >= least
        return {
            "p_value_corrected": p_value,
            "significant": significant,
            "effect_large_enough": large_enough,
            "drift_detected": significant and large_enough,
        }


def detail(
    feature: str, reference: Reference, current: Current, result: FeatureComparison
) -> dict[str, Any]:
    """One feature on both sides, as far as it does not depend on what else is tested."""
    train, prod = reference.population.distributions[feature], current.counted.tallies[feature]
    bins = histogram(feature, train, prod)
    test = result.chi_square
    return {
        "ks_statistic": result.ks_statistic,
        "p_value": result.p_value,
        "test": "chi_square" if FEATURE_RANGES[feature].whole else "kolmogorov_smirnov",
        "effect": result.effect,
        "test_p_value": result.test_p_value,
        "chi_square": test and {"statistic": test.statistic, "degrees": test.degrees},
        "cramers_v": test and test.cramers_v,
        "wasserstein": result.wasserstein,
        "unit": FEATURE_RANGES[feature].unit,
        "train_mean": train.moments.average,
        "prod_mean": prod.moments.average,
        "train_std": train.moments.deviation,
        "prod_std": prod.moments.deviation,
        **_gaps("train", feature, reference.quality),
        **_gaps("prod", feature, current.quality),
        "histogram": bins and asdict(bins),
    }


def _gaps(side: str, feature: str, quality: Quality | None) -> dict[str, int]:
    kinds = ("missing", "invalid", "out_of_range")
    return {f"{side}_{kind}": getattr(quality, kind)[feature] if quality else 0 for kind in kinds}


def drifted_by_effect(details: dict[str, dict[str, Any]]) -> list[str]:
    """The drifted features, the largest effect first."""
    drifted = [feature for feature, found in details.items() if found["drift_detected"]]
    return sorted(drifted, key=lambda feature: -details[feature]["effect"])


def effective(side: Population | Counted) -> float:
    """How many independent songs a side is worth."""
    return side.rows / side.design_effect


def rate(found: Rate, tests: Tests) -> dict[str, Any]:
    """A share of rows that something is wrong with, on both sides."""
    p_value = tests.corrected.get(("rate", found.name))
    by_chance = p_value is not None and p_value >= tests.thresholds.alpha
    enough = found.current[1] >= tests.thresholds.min_samples
    return {
        "name": found.name,
        "train": found.reference and {"rows": found.reference[0], "of": found.reference[1]},
        "prod": {"rows": found.current[0], "of": found.current[1]},
        "train_share": found.reference_share,
        "prod_share": found.current_share,
        "p_value": found.p_value,
        "p_value_corrected": p_value,
        "drift_detected": found.rose and enough and not by_chance,
    }


def multivariate(found: Separation | None, tests: Tests) -> dict[str, Any] | None:
    """How well a classifier tells both sides apart; None where there are too few whole songs."""
    if found is None:
        return None
    return {
        "auc": found.auc,
        "p_value": found.p_value,
        **tests.decision(("multivariate",), found.auc, MIN_AUC),
        "min_auc": MIN_AUC,
        "train_rows": found.reference_rows,
        "prod_rows": found.current_rows,
        "permutations": found.permutations,
    }


def segment(
    name: Segment, counted: Counted, results: dict[str, FeatureComparison], tests: Tests
) -> dict[str, Any]:
    """A part of the current songs, with its own verdict."""
    least = tests.thresholds.min_effect
    details = {
        feature: {
            "effect": result.effect,
            "mean": counted.tallies[feature].moments.average,
            **tests.decision((name.by, name.key, feature), result.effect, least),
        }
        for feature, result in results.items()
    }
    drifted = drifted_by_effect(details)
    enough = effective(counted) >= tests.thresholds.min_samples
    return {
        "by": name.by,
        "key": name.key,
        "samples": counted.rows,
        "effective_samples": effective(counted),
        "status": status_of(len(drifted), enough),
        "drifted_features": drifted,
        "details": details,
    }
