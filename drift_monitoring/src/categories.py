"""Whether categories are as frequent on both sides: chi-square, and Cramer's V for its size."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

Frequencies = npt.NDArray[np.integer] | npt.NDArray[np.floating]


@dataclass(frozen=True)
class ChiSquare:
    """A chi-square test of homogeneity.

    Attributes
    ----------
    statistic : float
    degrees : int
        Of freedom: categories that occur, less one.
    p_value : float
    cramers_v : float
        0 for equal shares, 1 for nothing in common; for sides of equal weight, so that it does not
        depend on how many songs there are.
    """

    statistic: float
    degrees: int
    p_value: float
    cramers_v: float


def chi_square(
    reference: Frequencies,
    current: Frequencies,
    reference_effect: float = 1.0,
    current_effect: float = 1.0,
) -> ChiSquare:
    """Compare how often each category occurs on two sides.

    Pearson's test of homogeneity, its counts divided by the design effects of the two sides: the
    first-order correction of Rao & Scott (1981), "The analysis of categorical data from complex
    sample surveys", J. Am. Stat. Assoc. 76, 221-230. V is of Cramer (1946), "Mathematical Methods
    of Statistics", section 21.9; with shares p and q of two sides of equal weight it is the root
    of half the sum of (p - q)^2 / (p + q).

    Parameters
    ----------
    reference, current : ndarray, shape (categories,)
        Counts, of the same categories in the same order.
    reference_effect, current_effect : float
        Design effects: how many songs are worth one independent song.

    Raises
    ------
    ValueError
        When a side has nothing.
    """
    occurs = (reference + current) > 0
    counts = np.array([reference[occurs], current[occurs]], dtype=np.float64)
    totals = counts.sum(axis=1, keepdims=True)
    if not totals.all():
        raise ValueError("a side has nothing to compare")
    degrees = counts.shape[1] - 1
    if not degrees:
        return ChiSquare(0.0, 0, 1.0, 0.0)
    p, q = counts / totals
    v = float(np.sqrt(np.sum((p - q) ** 2 / (p + q)) / 2))
    weights = counts / np.array([[reference_effect], [current_effect]])
    expected = np.outer(weights.sum(axis=1), weights.sum(axis=0)) / weights.sum()
    statistic = float(np.sum((weights - expected) ** 2 / expected))
    return ChiSquare(statistic, degrees, float(special.chdtrc(degrees, statistic)), v)
