"""The rows that are kept for what needs rows: those with the smallest hashes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from src.features import FEATURES
from src.hashes import Hashes
from src.moments import Values

# For what needs the probabilities; a share is known to 0.4 points at worst then.
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
    size : int
        So many rows are kept at most, of parts together too.
    """

    hashes: Hashes
    columns: Values
    probabilities: npt.NDArray[np.float32]
    size: int = ROWS

    @classmethod
    def of(cls, hashes: Hashes, columns: Values, size: int = ROWS) -> "RowSample":
        """The rows with the smallest hashes, at most `size`; without probabilities."""
        kept = smallest(hashes, size)
        nothing = np.empty((len(kept), 0), dtype=np.float32)
        return cls(hashes[kept], columns[:, kept], nothing, size)

    @classmethod
    def empty(cls, genres: int = 0, size: int = ROWS) -> "RowSample":
        """The sample of nothing."""
        return cls(
            np.zeros(0, dtype=np.uint64),
            np.zeros((len(FEATURES), 0)),
            np.zeros((0, genres), dtype=np.float32),
            size,
        )

    @classmethod
    def merged(cls, parts: Sequence["RowSample"]) -> "RowSample":
        """The sample of some parts together, of the least size; their hashes need not rise."""
        size = min(part.size for part in parts)
        hashes = np.concatenate([part.hashes for part in parts])
        kept = smallest(hashes, size)
        return cls(
            hashes[kept],
            np.concatenate([part.columns for part in parts], axis=1)[:, kept],
            np.concatenate([part.probabilities for part in parts])[kept],
            size,
        )

    def __add__(self, other: "RowSample") -> "RowSample":
        return self.merged([self, other])

    def __len__(self) -> int:
        return len(self.hashes)


class Sampling:
    """A sample in the making: rows come some thousands at a time, and few of them are kept.

    Parameters
    ----------
    genres : int
        How many probabilities a row has.
    size : int
    """

    def __init__(self, genres: int = 0, size: int = ROWS) -> None:
        self.size = size
        self._sample = RowSample.empty(genres, size)
        self._parts: list[RowSample] = []
        self._waiting = 0

    def wanted(self, hashes: Hashes) -> npt.NDArray[np.intp]:
        """Which of other rows may be in the sample."""
        if len(self._sample) < self.size:
            return np.arange(len(hashes))
        return np.flatnonzero(hashes < self._sample.hashes[-1])

    def add(self, rows: RowSample) -> None:
        """Take up rows, in any order."""
        self._parts.append(rows)
        self._waiting += len(rows)
        # To put them in order takes as long for a few as for many.
        if self._waiting >= self.size:
            self.sample()

    def sample(self) -> RowSample:
        """That of all rows so far."""
        self._sample = RowSample.merged([self._sample, *self._parts])
        self._parts.clear()
        self._waiting = 0
        return self._sample


def smallest(hashes: Hashes, size: int) -> npt.NDArray[np.intp]:
    """Where the smallest hashes are, the smallest first; of equal ones those that come first."""
    if len(hashes) <= size:
        return np.argsort(hashes, kind="stable")
    limit = np.partition(hashes, size - 1)[size - 1]
    kept = np.flatnonzero(hashes <= limit)
    return kept[np.argsort(hashes[kept], kind="stable")][:size]
