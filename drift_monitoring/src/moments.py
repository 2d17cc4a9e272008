"""Mean and standard deviation of values that come in parts."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Count, mean, squared deviations and extremes; those of two parts add up to those of both.

    Chan, Golub & LeVeque (1983), "Algorithms for computing the sample variance", The American
    Statistician 37, 242-247.

    Attributes
    ----------
    count : int
    mean : float
    squares : float
        Sum of the squared deviations from the mean.
    lowest, highest : float
        Infinite where there is no value.
    """

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    lowest: float = math.inf
    highest: float = -math.inf

    @classmethod
    def of(cls, values: Values) -> "Moments":
        """Those of an array of finite values."""
        if not len(values):
            return cls()
        lowest, highest = float(values.min()), float(values.max())
        if lowest == highest:
            # NumPy's sums would leave a tiny deviation where there is none.
            return cls(len(values), lowest, 0.0, lowest, highest)
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(values.mean())
            return cls(len(values), mean, float(((values - mean) ** 2).sum()), lowest, highest)

    def __add__(self, other: "Moments") -> "Moments":
        if not self.count or not other.count:
            return self if self.count else other
        count = self.count + other.count
        apart = other.mean - self.mean
        return Moments(
            count,
            self.mean + apart * other.count / count,
            self.squares + other.squares + apart * apart * (self.count * other.count / count),
            min(self.lowest, other.lowest),
            max(self.highest, other.highest),
        )

    @property
    def deviation(self) -> float | None:
        """The sample standard deviation; None for fewer than two values, or an overflow."""
        if self.count < 2:
            return None
        return _finite(math.sqrt(self.squares / (self.count - 1)))

    @property
    def average(self) -> float | None:
        """The mean; None without values, or for an overflow."""
        return _finite(self.mean) if self.count else None


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
