"""Both distributions of one feature, counted over the same bins."""

from dataclasses import dataclass

import numpy as np

from src.features import FEATURE_RANGES
from src.samples import Values

BINS = 40
# A few extreme values must not squeeze the others into one bin; they count in the outermost bins.
INNER = (0.005, 0.995)
MOST_BARS = 24


@dataclass(frozen=True)
class Histogram:
    """Shares of the songs of each side by bin.

    Attributes
    ----------
    edges : ndarray, shape (bins + 1,)
        In the unit of the feature; where there is a bar for each value, halfway between them.
    reference, current : ndarray, shape (bins,)
        They add up to 1, or are all 0 on a side without values.
    bars : bool
        Each bin is one value, as of key and mode.
    below, above : bool
        The first or the last bin also holds values from beyond its edge.
    """

    edges: Values
    reference: Values
    current: Values
    bars: bool
    below: bool = False
    above: bool = False


def histogram(feature: str, reference: Values, current: Values) -> Histogram | None:
    """Count both sides over shared bins; None where neither side has a value.

    The bins span the inner 99 % of both sides; of key and mode, each value has a bin of its own.
    """
    sides = [side for side in (reference, current) if len(side)]
    if not sides:
        return None
    lowest = float(min(side.min() for side in sides))
    highest = float(max(side.max() for side in sides))
    if FEATURE_RANGES[feature].whole and highest - lowest < MOST_BARS and _are_whole(sides):
        edges = np.arange(lowest - 0.5, highest + 1.0)
        return Histogram(edges, _shares(reference, edges), _shares(current, edges), bars=True)
    inner = [np.quantile(side, INNER) for side in sides]
    low, high = float(min(q[0] for q in inner)), float(max(q[1] for q in inner))
    if not low < high:
        low, high = low - 0.5, low + 0.5
    # In halves, lest the distance between two huge values overflow.
    edges = 2 * np.linspace(low / 2, high / 2, BINS + 1)
    return Histogram(
        edges,
        _shares(reference, edges),
        _shares(current, edges),
        bars=False,
        below=lowest < low,
        above=highest > high,
    )


def _are_whole(sides: list[Values]) -> bool:
    return all(bool((side == np.floor(side)).all()) for side in sides)


def _shares(values: Values, edges: Values) -> Values:
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return counts / max(len(values), 1)
