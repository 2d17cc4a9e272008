"""Two disjoint samples of songs, reference and current, drawn from one pool.

Both are random songs of the pool, so that they have the same distribution, whatever the pool is,
until changes.py changes the current one. Like changes.py, scenarios.py and judging.py this runs in
every environment of the experiment: NumPy and the standard library, Python 3.9 and newer.
"""

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Optional

import numpy as np

# Mirrors src/features.py, which the environments of the peers cannot import.
FEATURES = (
    *("danceability", "energy", "key", "loudness", "mode", "speechiness", "acousticness"),
    *("instrumentalness", "liveness", "valence", "tempo", "duration_ms"),
)
CATEGORIES = ("key", "mode")

Array = Any  # numpy.typing needs a newer NumPy than a peer may have
Random = np.random.Generator
Columns = Dict[str, Array]


@dataclass(frozen=True)
class Pool:
    """Songs to draw from.

    Attributes
    ----------
    songs : ndarray of float64, shape (songs, 12)
        In the order of FEATURES.
    genres : ndarray of int64, shape (songs,)
        Numbers of genres.
    newer_mix : ndarray of float64, shape (genres,)
        The shares of the genres after 2010.
    means, deviations : ndarray of float64, shape (12,)
        Of the features; given, not computed, because each version of NumPy sums in its own way.
    """

    songs: Array
    genres: Array
    newer_mix: Array
    means: Array
    deviations: Array

    @classmethod
    def load(cls, path: Path) -> "Pool":
        """Read a pool that `save` has written."""
        with np.load(path) as arrays:
            return cls(**arrays)

    def save(self, path: Path) -> None:
        np.savez(path, **vars(self))

    def columns(self, rows: Array) -> Columns:
        """The features of some songs, each an array of its own."""
        return {name: self.songs[rows, index] for index, name in enumerate(FEATURES)}


@dataclass(frozen=True)
class Draw:
    """Two samples, and the one feature that was changed in the current one, if it is one."""

    reference: Columns
    current: Columns
    changed: Optional[str] = None

    def checksum(self) -> int:
        """CRC-32 of every value of both samples."""
        check = 0
        for side in (self.reference, self.current):
            for values in side.values():
                check = zlib.crc32(np.ascontiguousarray(values).data, check)
        return check


def unchanged(pool: Pool, rows: int, random: Random, number: int) -> Draw:
    """Two disjoint samples of the same songs."""
    order = random.permutation(len(pool.songs))
    return Draw(pool.columns(order[:rows]), pool.columns(order[rows : 2 * rows]))
