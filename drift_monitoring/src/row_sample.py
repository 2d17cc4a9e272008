"""The rows that are kept for what needs rows: those with the smallest hashes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from src.features import FEATURES
from src.hashes import Hashes
from src.moments import Values

# For all that needs the probabilities; a share is known to 0.4 points at worst then.
ROWS = 20_000


@dataclass(frozen=True)
class RowSample:
    """A random sample of rows that depends on neither their order nor the files they are in.

    Attributes
    ----------
    hashes : ndarray of uint64, shape (rows,)
        Rising.
    columns : ndarray of float64, shape (12, rows)
    probabilities : ndarray of float32, shape (rows, genres)
        Without columns where none are asked for.
    """

    hashes: Hashes
    columns: Values
    probabilities: npt.NDArray[np.float32]

    @classmethod
    def of(cls, hashes: Hashes, columns: Values, size: int = ROWS) -> "RowSample":
        """The rows with the smallest hashes, at most `size`; without probabilities."""
        kept = smallest(hashes, size)
        return cls(hashes[kept], columns[:, kept], np.empty((len(kept), 0), dtype=np.float32))

    @classmethod
    def empty(cls, genres: int = 0) -> "RowSample":
        """The sample of nothing."""
        return cls(
            np.zeros(0, dtype=np.uint64),
            np.zeros((len(FEATURES), 0)),
            np.zeros((0, genres), dtype=np.float32),
        )

    def wanted(self, hashes: Hashes, size: int = ROWS) -> npt.NDArray[np.intp]:
        """Which of other rows may be in the sample of both parts together."""
        if len(self) < size:
            return smallest(hashes, size)
        return np.flatnonzero(hashes < self.hashes[-1])

    def merged(self, other: "RowSample", size: int = ROWS) -> "RowSample":
        """The sample of both parts together."""
        hashes = np.concatenate([self.hashes, other.hashes])
        kept = smallest(hashes, size)
        return RowSample(
            hashes[kept],
            np.concatenate([self.columns, other.columns], axis=1)[:, kept],
            np.concatenate([self.probabilities, other.probabilities])[kept],
        )

    def __add__(self, other: "RowSample") -> "RowSample":
        return self.merged(other)

    def __len__(self) -> int:
        return len(self.hashes)


def smallest(hashes: Hashes, size: int) -> npt.NDArray[np.intp]:
    """Where the smallest hashes are, the smallest first; of equal ones those that come first."""
    if len(hashes) <= size:
        return np.argsort(hashes, kind="stable")
    limit = np.partition(hashes, size - 1)[size - 1]
    kept = np.flatnonzero(hashes <= limit)
    return kept[np.argsort(hashes[kept], kind="stable")][:size]
