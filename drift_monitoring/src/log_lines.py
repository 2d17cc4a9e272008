"""Lines of the request log, taken apart into columns; those that hold no song are counted."""

import gzip
import operator
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import compress, starmap
from typing import Any

import msgspec
import numpy as np

from src.features import FEATURES
from src.log_entries import UNREADABLE, decode_any, decoded, lines_in
from src.log_files import Block, texts_of
from src.moments import Values
from src.songs import Faults, faults_of

REJECTED = 400  # the HTTP status from which on an answer is no genre
DAMAGED_FILE = (EOFError, gzip.BadGzipFile, zlib.error)
NAMED = 20  # lines without a song whose places are told


@dataclass
class LineCounts:
    """What the lines of a block are; every line that is not blank is of one kind.

    Attributes
    ----------
    numbered : int
        All lines, blank ones too: by how much the numbers of the next block's lines are higher.
    used, rejected, invalid, torn : int
        As in `LogCounts`.
    missing, out_of_range : int
        Invalid lines that lack a number for a feature, or have one outside its range.
    unusable : list of tuple
        Number, from 1, and fault of the first lines that are invalid or torn.
    damaged : bool
        The packed data are damaged, or end early.
    """

    numbered: int = 0
    used: int = 0
    rejected: int = 0
    invalid: int = 0
    torn: int = 0
    missing: int = 0
    out_of_range: int = 0
    unusable: list[tuple[int, str]] = field(default_factory=list)
    damaged: bool = False

    def note(self, number: int, fault: str) -> None:
        self.unusable.append((number, fault))

    def keep_first(self) -> None:
        """Forget all unusable lines but the first."""
        self.unusable = sorted(self.unusable)[:NAMED]


@dataclass(frozen=True)
class Lines:
    """Used lines, and the timestamps of the rejected ones.

    Attributes
    ----------
    columns : ndarray of float64, shape (12, songs)
        Every value is in the range of its feature.
    confidences : ndarray of float64, shape (songs,)
        NaN where there is none.
    songs : list of SongLine
    rejected : list
        Timestamps as they are in the log, of any type.
    """

    columns: Values
    confidences: Values
    songs: list[Any]
    rejected: list[Any]

    @property
    def timestamps(self) -> list[Any]:
        """Those of the songs."""
        return [song.timestamp for song in self.songs]


def read_lines(block: Block, counts: LineCounts) -> Iterator[Lines]:
    """The lines of a block, some thousands at a time; `counts` is kept up to date."""
    try:
        for text in texts_of(block):
            yield _taken_apart(text, counts)
    except DAMAGED_FILE:
        counts.damaged = True


NUMBERS = len(FEATURES) + 1  # with the confidence
_pack = struct.Struct(f"{NUMBERS}d").pack
_numbers = operator.itemgetter(slice(-NUMBERS, None))


def _taken_apart(text: bytes | memoryview, counts: LineCounts) -> Lines:
    entries = decoded(text)
    known, rejected = entries, []
    if not all(entries):
        for number, (entry, line) in enumerate(zip(entries, lines_in(text), strict=True), 1):
            if entry is None:
                rejected += _without_song(line, counts.numbered + number, counts)
        known = list(filter(None, entries))
    songs = [entry for entry in known if entry.status < REJECTED]
    if len(songs) < len(known):
        rejected += [entry.timestamp for entry in known if entry.status >= REJECTED]
    # Packed first: many times faster than an array of floats made from as many objects.
    packed = b"".join(starmap(_pack, map(_numbers, map(msgspec.structs.astuple, songs))))
    table = np.frombuffer(packed).reshape(-1, NUMBERS).T.copy()
    confidences, columns = table[0], table[1:]
    gaps, outside = faults_of(columns)
    if gaps.any() or outside.any():
        numbers = [
            counts.numbered + place + 1
            for place, entry in enumerate(entries)
            if entry is not None and entry.status < REJECTED
        ]
        good = _in_range(gaps, outside, numbers, counts)
        columns, confidences = columns[:, good], confidences[good]
        songs = list(compress(songs, good))
    counts.keep_first()
    counts.numbered += len(entries)
    counts.used += len(songs)
    counts.rejected += len(rejected)
    return Lines(columns, confidences, songs, rejected)


def _without_song(line: bytes, number: int, counts: LineCounts) -> list[Any]:
    """Count a line that is no song; the timestamp, in a list, if it is a rejected request."""
    if not line.strip():
        return []
    try:
        entry = decode_any(line)
    except UNREADABLE as error:
        # ValidationError: whole JSON, and so not torn, but no entry of a request log.
        if line.endswith(b"\n") or isinstance(error, msgspec.ValidationError):
            counts.invalid += 1
            counts.note(number, _fault(error))
        else:
            counts.torn += 1
            counts.note(number, "the last line is cut off, or just being written")
        return []
    if entry.status >= REJECTED:
        return [entry.timestamp]
    counts.invalid += 1
    counts.missing += 1
    counts.note(number, "a feature is no number")
    return []


def _fault(error: Exception) -> str:
    if isinstance(error, msgspec.ValidationError):
        return "no entry of a request log"
    return "no JSON object" if isinstance(error, msgspec.DecodeError) else "no text in UTF-8"


def _in_range(gaps: Faults, outside: Faults, numbers: list[int], counts: LineCounts) -> Faults:
    """Which songs have nothing but numbers in their ranges; the others are counted."""
    missing: Faults = np.any(gaps, axis=0)
    strange: Faults = np.any(outside, axis=0)
    bad: Faults = missing | strange
    for song in np.flatnonzero(bad)[:NAMED]:
        what, faults = ("no value for ", gaps) if missing[song] else ("out of range: ", outside)
        names = [feature for feature, fault in zip(FEATURES, faults[:, song], strict=True) if fault]
        counts.note(numbers[song], what + ", ".join(names))
    counts.missing += int(missing.sum())
    counts.out_of_range += int((strange & ~missing).sum())
    counts.invalid += int(bad.sum())
    return ~bad
