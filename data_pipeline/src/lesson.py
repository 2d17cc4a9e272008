"""What a model learns from."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Lesson:
    """Songs to learn from.

    Attributes
    ----------
    seen : ndarray of float32, shape (songs, 18)
        See `src.derived.seen`.
    labels : ndarray of int, shape (songs,)
    weights : ndarray of float, shape (songs,)
    """

    seen: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]

    def part(self, rows: npt.NDArray[np.bool_]) -> "Lesson":
        """The songs of a mask."""
        return Lesson(self.seen[rows], self.labels[rows], self.weights[rows])
