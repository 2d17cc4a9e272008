"""How far the values moved: the Wasserstein distance in standard deviations of the reference."""

import math

import numpy as np

from src.distribution import Distribution, Tally
from src.moments import Values, rounded


def wasserstein(reference: Distribution, current: Tally) -> float | None:
    """The first Wasserstein distance over the standard deviation of the reference.

    It is the area between both cumulative distributions; see Ramdas, Garcia Trillos & Cuturi
    (2017), "On Wasserstein two-sample testing", Entropy 19(2), 47. Between two neighbouring values
    of the reference the current values are taken as evenly spread, which errs by less than the
    gap; beyond its extremes their sums are known.

    Returns
    -------
    float or None
        None where a side has no values, or the reference has no deviation to measure by.
    """
    deviation = reference.moments.deviation
    lower, upper = rounded(current.lower_tail), rounded(current.upper_tail)
    if not reference.count or not current.count or not deviation or lower is None or upper is None:
        return None
    points = reference.values
    flat = reference.at_or_below[:-1] / reference.count
    start = current.at_or_below[:-1] / current.count
    end = current.below[1:] / current.count
    with np.errstate(over="ignore", invalid="ignore"):
        inside = np.diff(points) * _mean_distance(flat, start, end)
        first, last = int(current.below[0]), current.count - int(current.at_or_below[-1])
        below = first * points[0] - lower
        above = upper - last * points[-1]
        distance = float((inside.sum() + (below + above) / current.count) / deviation)
    return distance if math.isfinite(distance) else None


def _mean_distance(flat: Values, start: Values, end: Values) -> Values:
    """The mean distance of a constant from a line between two values."""
    mean = np.abs((start + end) / 2 - flat)
    crossing = (start < flat) & (flat < end)
    rise = np.where(crossing, end - start, 1.0)
    halves = ((flat - start) ** 2 + (end - flat) ** 2) / (2 * rise)
    return np.asarray(np.where(crossing, halves, mean))
