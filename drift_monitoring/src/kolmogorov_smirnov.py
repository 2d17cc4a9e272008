"""The two-sample Kolmogorov-Smirnov test of current values against a distribution."""

import numpy as np
from scipy import special, stats

from src.distribution import Distribution, Tally

# Of so many values the exact sum takes long, and below exp(-70), some 1e-30, the limit is near it.
MANY = 10_000
FAR = 70


def ks_statistic(reference: Distribution, current: Tally) -> float | None:
    """The largest distance D between both cumulative distributions, 0 to 1; None without values.

    At the values of the reference and just below them, it is that of all values: in between the
    reference is flat and the current distribution rises, so the distance is largest at an end.
    """
    if not reference.count or not current.count:
        return None
    at = reference.at_or_below / reference.count - current.at_or_below / current.count
    below = reference.below / reference.count - current.below / current.count
    return float(max(np.abs(at).max(), np.abs(below).max()))


def ks_p_value(statistic: float, reference_count: float, current_count: float) -> float | None:
    """The probability of a distance of at least this between samples of one distribution.

    With m and n values it is that of a one-sample test of mn / (m + n) values, rounded, as in
    SciPy's asymptotic method; see Hodges (1958), "The significance probability of the Smirnov
    two-sample test", Ark. Mat. 3, 469-486. Where values repeat, it is conservative.

    Parameters
    ----------
    statistic : float
    reference_count, current_count : float
        Independent values of both sides. None is returned where they are worth less than one.
    """
    independent = reference_count * current_count / (reference_count + current_count)
    if round(independent) < 1:
        return None
    if independent > MANY and 2 * independent * statistic**2 > FAR:
        # The limit for many values: Kolmogorov (1933), "Sulla determinazione empirica di una legge
        # di distribuzione", G. Ist. Ital. Attuari 4, 83-91.
        return float(special.kolmogorov(np.sqrt(independent) * statistic))
    return float(np.clip(stats.kstwo.sf(statistic, round(independent)), 0.0, 1.0))
