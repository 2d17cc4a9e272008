"""A CSV file in chunks of whole records, each checked before anything parses it."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from src.command import PipelineError
from src.csv_scan import NEWLINE, BrokenQuoteError, Records, find_records

# With less, the fixed cost of Polars' calls counts; with more, memory is mapped anew each time.
CHUNK = 16 << 20
LONGEST_RECORD = 64 << 20
# What files begin with that hold something else than UTF-8 text.
SIGNATURES = {
    b"\x1f\x8b": "is packed with gzip; unpack it ('gunzip')",
    b"PK\x03\x04": "is a ZIP archive; unpack it ('unzip')",
    b"BZh": "is packed with bzip2; unpack it ('bunzip2')",
    b"\x28\xb5\x2f\xfd": "is packed with zstd; unpack it ('unzstd')",
    codecs.BOM_UTF16_LE: "is in UTF-16; convert it ('iconv -f UTF-16 -t UTF-8')",
    codecs.BOM_UTF16_BE: "is in UTF-16; convert it ('iconv -f UTF-16 -t UTF-8')",
}


class Readable(Protocol):
    """A binary file, as open, gzip and fsspec give it: a buffer is filled unless the file ends."""

    def readinto(self, buffer: memoryview, /) -> int: ...


@dataclass(frozen=True)
class Chunk:
    """Whole records of a CSV file.

    Attributes
    ----------
    text : bytes
        The records as they stand in the file, each with its line break. What comes after the last
        one is the beginning of the next chunk.
    ends : ndarray of int, shape (records,)
        Where in the text each record ends.
    fields : ndarray of int, shape (records,)
        How many fields each record has.
    lines : ndarray of int, shape (records,)
        The line of the file, from 1, in which each record starts.
    """

    text: bytes
    ends: npt.NDArray[np.int64]
    fields: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def size(self) -> int:
        """How long the records are, in bytes."""
        return int(self.ends[-1]) if len(self) else 0

    def take(self, wanted: npt.NDArray[np.bool_]) -> "Chunk":
        """The chunk with some of its records only; `wanted` has shape (records,)."""
        if wanted.all():
            return self
        starts = np.concatenate([[0], self.ends[:-1]])
        spans = zip(starts[wanted].tolist(), self.ends[wanted].tolist(), strict=True)
        sizes = (self.ends - starts)[wanted]
        return Chunk(
            text=b"".join(self.text[start:end] for start, end in spans),
            ends=np.cumsum(sizes),
            fields=self.fields[wanted],
            lines=self.lines[wanted],
        )


def read_chunks(file: Readable, name: str, size: int = CHUNK) -> Iterator[Chunk]:
    """Read a CSV file, header and all, in chunks of at most `size` bytes or one record.

    Parameters
    ----------
    file : binary file
        At its start, with commas between fields, with or without a byte-order mark. That it is in
        UTF-8 is not checked here.
    name : str
        What errors call it.
    size : int
        Bytes to look at at once; memory use is a small multiple of it.

    Raises
    ------
    PipelineError
        When the file is no text, a quote is out of place, a record is longer than 64 MiB, or the
        file is packed and damaged.
    """
    rest, line = _without_mark(_continued(b"", file, name, 4, 1), name), 1
    while True:
        text = _continued(rest, file, name, size, line)
        if not text:
            return
        _refuse_nul(name, text, line)
        last = len(text) < size
        if last and text[-1] != NEWLINE:
            text += b"\n"
        records = _records(name, text, last, line)
        if len(records.ends):
            lines = line + np.concatenate([[0], records.breaks])
            yield Chunk(text, records.ends, records.fields, lines[:-1])
            if last:
                return
            rest, line = text[records.ends[-1] :], int(lines[-1])
        elif size > LONGEST_RECORD:
            raise PipelineError(
                f"{name}, line {line}: a row of more than {LONGEST_RECORD >> 20} MiB "
                "begins here; take it out, or close the quote in it that is open"
            )
        else:
            rest, size = text, min(2 * size, LONGEST_RECORD + 1)


def _continued(rest: bytes, file: Readable, name: str, size: int, line: int) -> bytes:
    """What is left of the chunk before, and what follows in the file: `size` bytes, if there are.

    A sum of the two would be another piece of memory, which the system hands out page by page; of
    zeros, it hands out those that are written to, and no others of a file that ends soon.
    """
    buffer = io.BytesIO(bytes(max(size, len(rest))))
    try:
        with buffer.getbuffer() as view:
            view[: len(rest)] = rest
            length = len(rest) + file.readinto(view[len(rest) :])
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise PipelineError(
            f"{name}, line {line} or later: what is packed is damaged or cut off ({error}); fetch "
            "the file again, or make it anew"
        ) from None
    buffer.truncate(length)
    return buffer.getvalue()


def _without_mark(start: bytes, name: str) -> bytes:
    """The first bytes without the byte-order mark of UTF-8; other marks are refused."""
    for signature, what in SIGNATURES.items():
        if start.startswith(signature):
            raise PipelineError(f"{name} {what}, and give that file")
    return start.removeprefix(codecs.BOM_UTF8)


def _refuse_nul(name: str, text: bytes, line: int) -> None:
    place = text.find(b"\0")
    if place >= 0:
        line += text.count(b"\n", 0, place)
        raise PipelineError(
            f"{name}, line {line}: a NUL byte, which no text has. The file is damaged (fetch it "
            "again) or no CSV text in UTF-8"
        )


def _records(name: str, text: bytes, last: bool, line: int) -> Records:
    try:
        return find_records(text, last)
    except BrokenQuoteError as error:
        line += text.count(b"\n", 0, error.place)
        raise PipelineError(f"{name}, line {line}: {error}") from None
