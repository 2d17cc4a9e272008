"""Which ids have been before, in 12 to 23 bytes for each."""

import numpy as np
import numpy.typing as npt
import polars as pl

SEED = 2010
NO_ID = np.uint64(0)
FIRST_BITS = 16
FULL = 0.7  # with more of the slots taken, the next free one is far
MOVED_AT_ONCE = 1 << 20

Hashes = npt.NDArray[np.uint64]


def hashes_of(ids: pl.Series) -> Hashes:
    """A hash of each id, never 0, and 0 for null; shape (n,)."""
    hashes = np.maximum(ids.hash(SEED).to_numpy(), np.uint64(1))
    return np.where(ids.is_null().to_numpy(), NO_ID, hashes)


class SeenIds:
    """Tells the first row of each id in a table that comes block by block.

    Ids are compared by a 64-bit hash. Of n different ids, n^2 / 2^65 songs are expected to be taken
    for a repetition of another by chance: 8e-9 of 550,000, 3e-6 of 11 million, 0.03 of a billion.

    The hashes stand in a table with open addressing (Knuth, The Art of Computer Programming 3, 6.4,
    algorithm L), where 0 is a free slot; all ids of a block are looked up together.
    """

    def __init__(self) -> None:
        self._table: Hashes = np.zeros(1 << FIRST_BITS, np.uint64)
        self._count = 0

    def first(self, ids: Hashes) -> npt.NDArray[np.bool_]:
        """Which rows have an id that no row had before, or none.

        Parameters
        ----------
        ids : ndarray of uint64, shape (n,)
            Hashes of the ids of the next rows of the table; 0 where a row has none.

        Returns
        -------
        ndarray of bool, shape (n,)
        """
        first: npt.NDArray[np.bool_] = ids == NO_ID
        rows = np.flatnonzero(pl.Series(ids).is_first_distinct().to_numpy() & ~first)
        first[rows] = self._add(ids[rows])
        return first

    def _add(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """Keep distinct hashes, and say which of them were not there."""
        while self._count + len(hashes) > FULL * len(self._table):
            self._grow()
        new = self._insert(hashes)
        self._count += int(new.sum())
        return new

    def _grow(self) -> None:
        former, self._table = self._table, np.zeros(2 * len(self._table), np.uint64)
        for start in range(0, len(former), MOVED_AT_ONCE):
            moved = former[start : start + MOVED_AT_ONCE]
            self._insert(moved[moved != 0])

    def _insert(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        table, bits = self._table, len(self._table).bit_length() - 1
        new = np.zeros(len(hashes), np.bool_)
        left = np.arange(len(hashes))
        slots = (hashes >> np.uint64(64 - bits)).astype(np.int64)
        while len(left):
            wanted = hashes[left]
            free = table[slots] == 0
            table[slots[free]] = wanted[free]  # of several for one slot, one stays
            placed = table[slots] == wanted
            new[left[free & placed]] = True
            left, slots = left[~placed], (slots[~placed] + 1) & (len(table) - 1)
        return new
