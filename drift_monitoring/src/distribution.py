"""The distribution of a feature in the reference, and current values counted against it.

Between two neighbouring values of the reference its cumulative distribution is flat. So all that
the Kolmogorov-Smirnov distance needs of the current values is how many lie at or below each value
of the reference, and how many lie below it: counters of a fixed size, which add up over the parts
of any number of files.
"""

from dataclasses import dataclass, field

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from src.moments import Exact, Moments, Values, added, exact

Counts = npt.NDArray[np.integer]


@dataclass(frozen=True)
class Distribution:
    """The empirical distribution of one feature.

    Attributes
    ----------
    values : ndarray of float64, shape (distinct values,)
        Rising.
    at_or_below, below : ndarray of int64, shape (distinct values,)
        How many values are at most, and how many are less than, each of them.
    moments : Moments
    """

    values: Values
    at_or_below: Counts
    below: Counts
    moments: Moments

    @classmethod
    def of(cls, values: Values) -> "Distribution":
        """That of finite values, in any order."""
        moments = Moments.of(values)
        # Zero is added because of -0.0, which equals 0.0: which of them is kept must be certain.
        values, counts = np.unique(values + 0.0, return_counts=True)
        at_or_below = np.cumsum(counts, dtype=np.int64)
        return cls(values, at_or_below, at_or_below - counts, moments)

    def __add__(self, other: "Distribution") -> "Distribution":
        """That of the values of both."""
        values = np.union1d(self.values, other.values)
        at_or_below = self._at_or_below(values) + other._at_or_below(values)
        counts = np.diff(at_or_below, prepend=0)
        return Distribution(
            values, at_or_below, at_or_below - counts, self.moments + other.moments
        )

    def _at_or_below(self, values: Values) -> Counts:
        before = np.searchsorted(self.values, values, side="right")
        return np.append(0, self.at_or_below)[before]

    @property
    def count(self) -> int:
        return self.moments.count

    def thinned(self, points: int) -> "Distribution":
        """The same counts, kept at so many of the values at most, at equal steps of rank.

        A distance measured at fewer points is smaller by 1 / points at most, unless single values
        have more than that share; those are kept.
        """
        if len(self.values) <= points:
            return self
        ranks = np.linspace(1, self.count, points)
        kept = np.unique(np.searchsorted(self.at_or_below, ranks))
        return Distribution(
            self.values[kept], self.at_or_below[kept], self.below[kept], self.moments
        )


@dataclass
class Tally:
    """Current values counted at the values of a reference.

    Attributes
    ----------
    at_or_below, below : ndarray of int, shape (values of the reference,)
        How many current values are at most, and how many are less than, each of them.
    moments : Moments
        Of the current values.
    lower_tail, upper_tail : Fraction or None
        Sums of the current values below the lowest and above the highest value of the reference;
        None where they are too large.
    """

    at_or_below: Counts
    below: Counts
    moments: Moments = field(default_factory=Moments)
    lower_tail: Exact = Fraction(0)
    upper_tail: Exact = Fraction(0)

    @classmethod
    def of(cls, values: Values, reference: Distribution) -> "Tally":
        """Count finite values, in any order, against a reference."""
        values = np.sort(values)
        at_or_below, below = _counted_at(reference.values, values)
        first, last = (below[0], at_or_below[-1]) if len(below) else (0, 0)
        with np.errstate(over="ignore"):
            return cls(
                at_or_below,
                below,
                Moments.of(values),
                exact(float(values[:first].sum())),
                exact(float(values[last:].sum())),
            )

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            np.add(self.at_or_below, other.at_or_below, dtype=np.int64),
            np.add(self.below, other.below, dtype=np.int64),
            self.moments + other.moments,
            added(self.lower_tail, other.lower_tail),
            added(self.upper_tail, other.upper_tail),
        )

    @property
    def count(self) -> int:
        return self.moments.count

    def counts(self) -> Counts:
        """Current values at each value of the reference, and, last, at none of them."""
        at = self.at_or_below - self.below
        return np.append(at, self.count - at.sum())


def _counted_at(points: Values, values: Values) -> tuple[Counts, Counts]:
    """How many of rising values are at or below each point, and how many below it."""
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1])[: len(values)])
    distinct = values[starts]
    # No part has two thousand million songs, and half the bytes are half the way to send.
    counts = np.append(starts, len(values)).astype(np.int32)
    # One search for both: a point is among the distinct values or it is not.
    places = np.searchsorted(distinct, points)
    found = np.append(distinct, np.nan)[places] == points
    return counts[places + found], counts[places]
