"""Mean and standard deviation of values that come in parts."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
# A sum; None where it is too large for a float. As a fraction, because sums of floats differ in
# their last digits with the order: the same report must come of every order.
Exact = Fraction | None


@dataclass(frozen=True)
class Moments:
    """Count, sums and extremes; those of two parts add up to those of both, in any order.

    The sums of a part are floats, and what is made of them is exact: so the mean and the deviation
    depend on how the values are cut into parts, but not on how these are put together.

    Attributes
    ----------
    count : int
    total, squares : Fraction or None
        Sums of the values and of their squares.
    lowest, highest : float
        Infinite where there is no value.
    """

    count: int = 0
    total: Exact = Fraction(0)
    squares: Exact = Fraction(0)
    lowest: float = math.inf
    highest: float = -math.inf

    @classmethod
    def of(cls, values: Values) -> "Moments":
        """Those of an array of finite values."""
        if not len(values):
            return cls()
        # Zero is added because -0.0 is another float than 0.0, and neither is the lower.
        lowest, highest = float(values.min()) + 0.0, float(values.max()) + 0.0
        if lowest == highest:
            # NumPy's sums would leave a tiny deviation where there is none.
            return cls.known(len(values), lowest, 0.0, lowest, highest)
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(values.mean())
            deviations = float(((values - mean) ** 2).sum())
        return cls.known(len(values), mean, deviations, lowest, highest)

    @classmethod
    def known(
        cls, count: int, mean: float, deviations: float, lowest: float, highest: float
    ) -> "Moments":
        """Those with a mean and a sum of squared deviations from it."""
        centre, spread = exact(mean), exact(deviations)
        if centre is None:
            return cls(count, None, None, lowest, highest)
        squares = None if spread is None else spread + count * centre * centre
        return cls(count, count * centre, squares, lowest, highest)

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(
            self.count + other.count,
            added(self.total, other.total),
            added(self.squares, other.squares),
            min(self.lowest, other.lowest),
            max(self.highest, other.highest),
        )

    @property
    def deviations(self) -> float | None:
        """The sum of the squared deviations from the mean; None for an overflow."""
        if self.total is None or self.squares is None:
            return None
        return rounded(self.squares - self.total * self.total / max(self.count, 1))

    @property
    def deviation(self) -> float | None:
        """The sample standard deviation; None for fewer than two values, or an overflow."""
        deviations = self.deviations
        if self.count < 2 or deviations is None:
            return None
        return math.sqrt(deviations / (self.count - 1))

    @property
    def average(self) -> float | None:
        """The mean; None without values, or for an overflow."""
        if not self.count or self.total is None:
            return None
        return rounded(self.total / self.count)


def exact(number: float) -> Exact:
    """A float as a fraction, which it equals."""
    return Fraction(number) if math.isfinite(number) else None


def added(one: Exact, other: Exact) -> Exact:
    """Both together."""
    return None if one is None or other is None else one + other


def rounded(number: Exact) -> float | None:
    """The nearest float; None where there is none."""
    if number is None:
        return None
    try:
        return float(number)
    except OverflowError:
        return None
