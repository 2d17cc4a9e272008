"""The songs of a log, each once, however often it was asked about."""

from dataclasses import dataclass

import numpy as np

from src.hashes import Hashes
from src.moments import Values

# Enough that a distance of 0.01 is plain; 10 MB.
SONGS = 100_000


@dataclass(frozen=True)
class DistinctSongs:
    """The distinct songs with the smallest hashes: all of them, or a random sample of a fixed size.

    Attributes
    ----------
    hashes : ndarray of uint64, shape (songs,)
        Rising, each once.
    columns : ndarray of float64, shape (12, songs)
    """

    hashes: Hashes
    columns: Values

    @classmethod
    def of(cls, hashes: Hashes, columns: Values, size: int = SONGS) -> "DistinctSongs":
        hashes, first = np.unique(hashes, return_index=True)
        return cls(hashes[:size], columns[:, first[:size]])

    def __add__(self, other: "DistinctSongs") -> "DistinctSongs":
        return DistinctSongs.of(
            np.concatenate([self.hashes, other.hashes]),
            np.concatenate([self.columns, other.columns], axis=1),
        )
