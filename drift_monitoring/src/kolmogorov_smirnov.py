"""The two-sample Kolmogorov-Smirnov test of current values against a distribution."""

import numpy as np
from scipy import special

from src.distribution import Distribution, Tally

# Of more independent values the exact sum takes long, and the corrected limit is as good: a p-value
# of .001 is off by less than a part in 3,000, and one of 1e-10 by less than one in 200.
MANY = 10_000


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
    two-sample test", Ark. Mat. 3, 469-486. Of many values it is Kolmogorov's limit, corrected after
    Vrbik (2018), "Small-sample corrections to Kolmogorov-Smirnov test statistic", Pioneer J. Theor.
    Appl. Stat. 15, 15-23. Where values repeat, it is conservative.

    Parameters
    ----------
    statistic : float
    reference_count, current_count : float
        Independent values of both sides. None is returned where they are worth less than one.
    """
    independent = reference_count * current_count / (reference_count + current_count)
    if round(independent) < 1:
        return None
    if independent > MANY:
        root = np.sqrt(independent)
        scaled = root * statistic
        return float(special.kolmogorov(scaled + 1 / (6 * root) + (scaled - 1) / (4 * independent)))
    # Here, because it takes a large part of a second to load.
    from scipy.stats import kstwo

    return float(np.clip(kstwo.sf(statistic, round(independent)), 0.0, 1.0))
