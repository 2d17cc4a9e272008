"""Each feature of current songs compared with that of a population: tests and effect sizes."""

from dataclasses import dataclass

import numpy as np

from src.categories import ChiSquare, chi_square
from src.distribution import Distribution, Tally
from src.features import FEATURE_RANGES
from src.kolmogorov_smirnov import ks_p_value, ks_statistic
from src.population import Counted, Population
from src.thresholds import Thresholds
from src.wasserstein import wasserstein


@dataclass(frozen=True)
class FeatureComparison:
    """One feature on both sides; None where something cannot be computed.

    Attributes
    ----------
    ks_statistic, p_value : float or None
        The distance D of the distributions, 0 to 1, and its p-value if each song were independent.
    chi_square : ChiSquare or None
        Of a feature whose values are categories.
    wasserstein : float or None
        In standard deviations of the reference; of no meaning, and None, for categories.
    effect : float or None
        What is held against `min_effect`: D, or Cramer's V of categories.
    test_p_value : float or None
        Of the test that decides, Kolmogorov-Smirnov or chi-square, for as many independent songs
        as there are. None also where one side has too few.
    """

    ks_statistic: float | None
    p_value: float | None
    chi_square: ChiSquare | None
    wasserstein: float | None
    effect: float | None
    test_p_value: float | None

    @property
    def tested(self) -> bool:
        """Both sides have enough values for a decision."""
        return self.test_p_value is not None


def compare(
    reference: Population, current: Counted, thresholds: Thresholds
) -> dict[str, FeatureComparison]:
    """Compare every feature of current songs with the population that they were counted against.

    Repeated requests for a song are no independent songs: what they are worth is taken from the
    design effect of either side.
    """
    effects = (reference.design_effect, current.design_effect)
    return {
        feature: _compared(feature, distribution, current.tallies[feature], effects, thresholds)
        for feature, distribution in reference.distributions.items()
    }


def _compared(
    feature: str,
    reference: Distribution,
    current: Tally,
    effects: tuple[float, float],
    thresholds: Thresholds,
) -> FeatureComparison:
    statistic = ks_statistic(reference, current)
    if statistic is None:
        return FeatureComparison(None, None, None, None, None, None)
    independent = (reference.count / effects[0], current.count / effects[1])
    enough = min(independent) >= thresholds.min_samples
    raw = ks_p_value(statistic, reference.count, current.count)
    if not FEATURE_RANGES[feature].whole:
        p_value = raw if effects == (1.0, 1.0) else ks_p_value(statistic, *independent)
        moved = wasserstein(reference, current)
        return FeatureComparison(
            statistic, raw, None, moved, statistic, p_value if enough else None
        )
    at = reference.at_or_below - reference.below
    test = chi_square(np.append(at, 0), current.counts(), *effects)
    p_value = test.p_value if enough else None
    return FeatureComparison(statistic, raw, test, None, test.cramers_v, p_value)
