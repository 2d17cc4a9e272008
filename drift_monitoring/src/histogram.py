"""Both distributions of one feature, counted over the same bins."""

from dataclasses import dataclass

import numpy as np

from src.distribution import Distribution, Tally
from src.features import FEATURE_RANGES

BINS = 40
# A few extreme values must not squeeze the others into one bin; they count in the outermost bins.
INNER = (0.005, 0.995)
MOST_BARS = 24


@dataclass(frozen=True)
class Histogram:
    """Shares of the songs of each side by bin.

    Attributes
    ----------
    bars : bool
        Each bin is one value, as of key and mode.
    edges : list of float
        The values; or, one more than there are bins, the edges, which are values of the reference.
        A bin holds its upper edge.
    reference, current : list of float
        They add up to 1, or are all 0 on a side without values. Behind the bars there may be one
        more entry, for all values that the reference does not have.
    below, above : bool
        The first or the last bin also holds values from beyond its edge.
    """

    bars: bool
    edges: list[float]
    reference: list[float]
    current: list[float]
    below: bool = False
    above: bool = False


def histogram(feature: str, reference: Distribution, current: Tally) -> Histogram | None:
    """Count both sides over shared bins; None where the reference has no value.

    The bins span the inner 99 % of the reference at equal steps, as far as its values allow.
    """
    values = reference.values
    if not len(values):
        return None
    if FEATURE_RANGES[feature].whole or len(values) <= MOST_BARS:
        at = reference.at_or_below - reference.below
        others = current.counts()
        keep = len(others) if others[-1] else len(values)
        return Histogram(
            True,
            values.tolist(),
            _shares(np.append(at, 0)[:keep], reference.count),
            _shares(others[:keep], current.count),
        )
    ranks = np.searchsorted(reference.at_or_below, np.array(INNER) * reference.count)
    low, high = values[np.minimum(ranks, len(values) - 1)]
    # In halves, lest the distance between two huge values overflow.
    steps = 2 * np.linspace(low / 2, high / 2, BINS + 1)
    edges = np.unique(np.minimum(np.searchsorted(values, steps), len(values) - 1))
    inner = edges[1:-1]
    return Histogram(
        False,
        values[edges].tolist(),
        _shares(_between(reference.at_or_below[inner], reference.count), reference.count),
        _shares(_between(current.at_or_below[inner], current.count), current.count),
        below=bool(min(values[0], current.moments.lowest) < values[edges[0]]),
        above=bool(max(values[-1], current.moments.highest) > values[edges[-1]]),
    )


def _between(at_or_below: np.ndarray, count: int) -> np.ndarray:
    return np.diff(at_or_below, prepend=0, append=count)


def _shares(counts: np.ndarray, total: int) -> list[float]:
    return [float(share) for share in counts / max(total, 1)]
