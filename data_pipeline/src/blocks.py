"""Cleaned rows, ready to be written: what comes back of a part, from this machine or another."""

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pickle import PickleBuffer
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from src.cleaning import clean
from src.counts import REPEATED, Counts
from src.csv_scan import find_records
from src.parts import Part
from src.seen_ids import Hashes, hashes_of
from src.song_batches import kept_columns, read_batches, read_header
from src.songs import GENRE, ID, YEAR

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Side:
    """Rows for one of the two outputs.

    Attributes
    ----------
    text : bytes or memoryview
        The rows as CSV, without a header.
    genres, years : Counter
        How many rows there are of each.
    """

    text: bytes | memoryview
    genres: Counter[str]
    years: Counter[int]

    def __reduce__(self) -> tuple[Any, ...]:
        # Whoever sends it to another process can send the text as it is, and need not copy it.
        return Side, (PickleBuffer(self.text), self.genres, self.years)

    @classmethod
    def of(cls, songs: pl.DataFrame) -> "Side":
        text = io.BytesIO()
        songs.write_csv(text, include_header=False)
        return cls(text.getvalue(), _count(songs[GENRE]), _count(songs[YEAR]))

    def only(self, wanted: Mask, columns: list[str]) -> "Side":
        """Some of the rows, which have these columns; `wanted` has shape (rows,)."""
        if wanted.all():
            return self
        ends = find_records(self.text, last=True).ends
        turns = np.flatnonzero(wanted[1:] != wanted[:-1])  # where the next row is of the other kind
        cuts = [0, *ends[turns].tolist(), len(self.text)]
        runs = [self.text[start:end] for start, end in pairwise(cuts)]
        kept, others = (runs[::2], runs[1::2]) if wanted[0] else (runs[1::2], runs[::2])
        dropped = pl.read_csv(
            b"".join(others), has_header=False, new_columns=columns, infer_schema=False
        )
        return Side(
            b"".join(kept),
            self.genres - _count(dropped[GENRE]),
            self.years - _count(dropped[YEAR].cast(pl.Int64)),
        )


@dataclass(frozen=True)
class Block:
    """Consecutive rows of a part.

    Attributes
    ----------
    part : str
        The file that they are in.
    columns : list of str
        Of the rows.
    is_old : ndarray of bool, shape (rows,)
        Which of the rows are in `train`, the others being in `prod`.
    ids : ndarray of uint64, shape (rows,), or None
        Hashes of the ids, where the part has some; see `src.seen_ids`.
    lines : ndarray of int, shape (rows,)
        In which each row starts.
    train, prod : Side
    counts : Counts
        What was read and dropped to come to them.
    size : int
        How much of the part they were, in bytes.
    """

    part: str
    columns: list[str]
    is_old: Mask
    ids: Hashes | None
    lines: npt.NDArray[np.int64]
    train: Side
    prod: Side
    counts: Counts
    size: int

    def without_repeated(self, first: Mask) -> "Block":
        """Without the rows that are not the first of their id; `first` has shape (rows,)."""
        if first.all():
            return self
        return replace(
            self,
            is_old=self.is_old[first],
            ids=None if self.ids is None else self.ids[first],
            lines=self.lines[first],
            train=self.train.only(first[self.is_old], self.columns),
            prod=self.prod.only(first[~self.is_old], self.columns),
            counts=self.counts + Counts.of_dropped(REPEATED, self.part, self.lines[~first]),
        )


def read_blocks(part: Part, year_threshold: int, size: int) -> Iterator[Block]:
    """Read a part, clean its rows and split them by year; at least one block, be it without rows.

    Parameters
    ----------
    part : Part
    year_threshold : int
        Last year of the training songs.
    size : int
        How many bytes of the part to take for a block.

    Raises
    ------
    PipelineError
        When the part cannot be read; the message names it, and the line.
    """
    header = read_header(part)
    for batch in read_batches(part, header, size):
        cleaned = clean(batch)
        songs = cleaned.songs
        is_old = songs[YEAR] <= year_threshold
        yield Block(
            part=part.path,
            columns=kept_columns(header),
            is_old=is_old.to_numpy(),
            ids=hashes_of(songs[ID]) if ID in songs.columns else None,
            lines=cleaned.lines,
            train=Side.of(songs.filter(is_old)),
            prod=Side.of(songs.filter(~is_old)),
            counts=cleaned.counts,
            size=batch.size,
        )


def read_all_blocks(parts: Sequence[Part], year_threshold: int, size: int) -> list[Block]:
    """All blocks of some parts at once, for a worker that sends them back."""
    return [block for part in parts for block in read_blocks(part, year_threshold, size)]


def _count(values: pl.Series) -> Counter[Any]:
    return Counter(dict(values.value_counts().iter_rows()))
