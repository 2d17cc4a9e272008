"""The songs in a request log of the service, read line by line."""

import gzip
import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np

from src.features import FEATURE_RANGES, FEATURES, FeatureRange
from src.log_files import Places, lines_of, log_files
from src.samples import FeatureSample, Sample

REJECTED = 400  # the HTTP status from which on an answer is no genre
# What a line can do to the decoder, a line of a thousand brackets included.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def _value_type(limits: FeatureRange) -> Any:
    step = 1 if limits.whole else None
    return Annotated[float, msgspec.Meta(ge=limits.lowest, le=limits.highest, multiple_of=step)]


SongLine = msgspec.defstruct(
    "SongLine",
    [
        *((feature, _value_type(limits)) for feature, limits in FEATURE_RANGES.items()),
        ("status", int, 200),
        ("timestamp", Any, None),
    ],
)


class AnyLine(msgspec.Struct):
    """What is asked of a line that holds no song."""

    status: int = 200
    timestamp: Any = None


@dataclass
class LogCounts:
    """What was found in a request log; every line that is not blank counts as one kind.

    Attributes
    ----------
    files, damaged_files : list of str
        All files, and those of them whose packed data are damaged or end early; what comes before
        the damage is used.
    lines : int
        Lines read: used, rejected, invalid and torn ones.
    used : int
        Songs that were answered.
    rejected : int
        Requests that were answered by an error (status 400 and above); no song is taken from them.
    invalid : int
        No JSON object, or a feature that is missing, no number, or outside its range.
    torn : int
        Last lines of files that were cut off, or were just being written.
    first_timestamp, last_timestamp : str or None
        Of the used and rejected lines, ISO 8601 in UTC.
    """

    files: list[str] = field(default_factory=list)
    damaged_files: list[str] = field(default_factory=list)
    lines: int = 0
    used: int = 0
    rejected: int = 0
    invalid: int = 0
    torn: int = 0
    first_timestamp: str | None = None
    last_timestamp: str | None = None


def read_request_log(places: Places) -> tuple[Sample, LogCounts]:
    """Read the songs that the service was asked about; lines that hold none are counted.

    Parameters
    ----------
    places : path, or a sequence of them
        Files, folders and globs, as `log_files` takes them.

    Raises
    ------
    InputError
        When there is no log.
    """
    log = _Log()
    for path in log_files(places):
        log.read(path)
    return log.sample(), log.counted()


class _Log:
    def __init__(self) -> None:
        self._counts = LogCounts()
        # Packed, a song takes 96 bytes; and packing is faster than growing an array by floats.
        self._values = bytearray()
        self._pack = struct.Struct(f"{len(FEATURES)}d").pack
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._decode_song: Callable[[bytes], Any] = msgspec.json.Decoder(SongLine).decode
        self._decode_any = msgspec.json.Decoder(AnyLine).decode

    def read(self, path: Path) -> None:
        self._counts.files.append(str(path))
        try:
            self._take(lines_of(path))
        except (EOFError, gzip.BadGzipFile, zlib.error):
            self._counts.damaged_files.append(str(path))

    def _take(self, lines: Iterable[bytes]) -> None:
        # A million times round: names looked up once save a quarter of the time.
        decode, astuple, pack = self._decode_song, msgspec.structs.astuple, self._pack
        values, counts, width = self._values, self._counts, len(FEATURES)
        for line in lines:
            try:
                song = decode(line)
            except UNREADABLE:
                self._take_without_song(line)
                continue
            if song.status < REJECTED:
                values += pack(*astuple(song)[:width])
                counts.used += 1
            else:
                counts.rejected += 1
            self._note_time(song.timestamp)

    def _take_without_song(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            entry = self._decode_any(line)
        except UNREADABLE as error:
            # ValidationError: whole JSON, and so not torn, but no entry of a request log.
            if line.endswith(b"\n") or isinstance(error, msgspec.ValidationError):
                self._counts.invalid += 1
            else:
                self._counts.torn += 1
            return
        if entry.status < REJECTED:
            self._counts.invalid += 1
        else:
            self._counts.rejected += 1
            self._note_time(entry.timestamp)

    def _note_time(self, timestamp: Any) -> None:
        try:
            time = datetime.fromisoformat(timestamp)
        except (TypeError, ValueError):
            # A song is no worse for a clock that nobody can read; it has no say in the span.
            return
        if time.tzinfo is None:
            time = time.replace(tzinfo=UTC)
        if self._first is None or time < self._first:
            self._first = time
        if self._last is None or time > self._last:
            self._last = time

    def counted(self) -> LogCounts:
        counts = self._counts
        counts.lines = counts.used + counts.rejected + counts.invalid + counts.torn
        counts.first_timestamp = _utc(self._first)
        counts.last_timestamp = _utc(self._last)
        return counts

    def sample(self) -> Sample:
        table = np.frombuffer(self._values, dtype=np.float64).reshape(-1, len(FEATURES))
        columns = zip(FEATURES, table.T.copy(), strict=True)
        return Sample(
            rows=len(table),
            features={feature: FeatureSample(values) for feature, values in columns},
        )


def _utc(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat(timespec="milliseconds") if time else None
