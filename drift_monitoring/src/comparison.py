"""Whether the features of two samples have the same distributions: tests and effect sizes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from src.errors import InputError
from src.samples import FeatureSample, Sample, Values

ALPHA = 0.05
MIN_EFFECT = 0.05
MIN_SAMPLES = 100


@dataclass(frozen=True)
class Thresholds:
    """When a feature counts as drifted.

    Attributes
    ----------
    alpha : float
        Largest false discovery rate: the corrected p-value must be smaller.
    min_effect : float
        Smallest KS statistic that matters. With very many songs any difference is significant;
        0 leaves the p-value alone to decide.
    min_samples : int
        Songs on either side under which nothing is decided.

    Raises
    ------
    InputError
        When one of them is outside its range.
    """

    alpha: float = ALPHA
    min_effect: float = MIN_EFFECT
    min_samples: int = MIN_SAMPLES

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise InputError(f"alpha: {self.alpha} is not between 0 and 1")
        if not 0 <= self.min_effect <= 1:
            raise InputError(f"min_effect: {self.min_effect} is not from 0 to 1")
        if self.min_samples < 1:
            raise InputError(f"min_samples: {self.min_samples} is not 1 or more")


@dataclass(frozen=True)
class FeatureComparison:
    """One feature on both sides; None where something cannot be computed.

    Attributes
    ----------
    ks_statistic : float or None
        Largest distance between the two cumulative distributions, 0 to 1.
    p_value, p_value_corrected : float or None
        Of the KS test, before and after the correction for testing 12 features. None is corrected
        where one side has too few values for a decision.
    significant, effect_large_enough, drifted : bool
        The two conditions, and whether both are met.
    """

    ks_statistic: float | None
    p_value: float | None
    p_value_corrected: float | None
    significant: bool
    effect_large_enough: bool

    @property
    def tested(self) -> bool:
        """Both sides have enough values for a decision."""
        return self.p_value_corrected is not None

    @property
    def drifted(self) -> bool:
        return self.significant and self.effect_large_enough


def ks_two_sample(reference: Values, current: Values) -> tuple[float | None, float | None]:
    """The two-sample Kolmogorov-Smirnov test, with its asymptotic p-value from SciPy.

    With m and n values, p is that of a one-sample test of mn / (m + n) values; see Hodges (1958),
    "The significance probability of the Smirnov two-sample test", Ark. Mat. 3, 469-486. Among
    values that repeat, as those of key and mode do, the test is conservative.

    Parameters
    ----------
    reference, current : ndarray of float64
        Finite values, in any order.

    Returns
    -------
    tuple of two float or None
        D and p; None for what the number of values does not allow.
    """
    if not len(reference) or not len(current):
        return None, None
    # One value against one gives a D, but no p-value: SciPy divides by zero.
    with np.errstate(divide="ignore"):
        result = stats.ks_2samp(reference, current, method="asymp")
    return float(result.statistic), _finite(float(result.pvalue))


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for the number of tests, controlling the false discovery rate.

    Benjamini & Hochberg (1995), "Controlling the false discovery rate: a practical and powerful
    approach to multiple testing", J. R. Stat. Soc. B 57, 289-300.
    """
    if not p_values:
        return []
    return [float(p) for p in stats.false_discovery_control(p_values, method="bh")]


def compare(
    reference: Sample, current: Sample, thresholds: Thresholds
) -> dict[str, FeatureComparison]:
    """Compare every feature of two samples; tested are those with `min_samples` values on both."""
    results = {
        feature: ks_two_sample(sample.values, current.features[feature].values)
        for feature, sample in reference.features.items()
    }
    tested = {
        feature: p_value
        for feature, (_, p_value) in results.items()
        if p_value is not None
        and all(
            len(sample.features[feature].values) >= thresholds.min_samples
            for sample in (reference, current)
        )
    }
    corrected = dict(zip(tested, benjamini_hochberg(list(tested.values())), strict=True))
    return {
        feature: FeatureComparison(
            ks_statistic=statistic,
            p_value=p_value,
            p_value_corrected=corrected.get(feature),
            significant=corrected.get(feature, 1.0) < thresholds.alpha,
            effect_large_enough=statistic is not None and statistic >= thresholds.min_effect,
        )
        for feature, (statistic, p_value) in results.items()
    }


def mean_and_deviation(sample: FeatureSample) -> tuple[float | None, float | None]:
    """Mean and sample standard deviation; None for what cannot be computed."""
    values = sample.values
    if not len(values):
        return None, None
    if values.min() == values.max():
        # NumPy's sums would leave a tiny deviation where there is none.
        return float(values[0]), 0.0 if len(values) > 1 else None
    with np.errstate(over="ignore", invalid="ignore"):
        return _finite(float(np.mean(values))), _finite(float(np.std(values, ddof=1)))


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
