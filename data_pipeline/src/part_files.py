"""A part of a table as a stream of its bytes, which are those that were listed or an error."""

import gzip
import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from src.command import PipelineError
from src.csv_chunks import Readable
from src.parts import PACKED, SHA256, Part, changed
from src.remote_parts import open_remote

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BUFFER = 1 << 20


@contextmanager
def opened(part: Part, ahead: int) -> Iterator[Readable]:
    """Open a part for reading from its start, unpacked where its name ends with .gz.

    Parameters
    ----------
    part : Part
    ahead : int
        How many bytes to ask object storage for at once.

    Raises
    ------
    PipelineError
        When it is not there or cannot be read, or is not what was listed. A file on this machine is
        known for certain when its last byte is read, and by its length at once.
    """
    with open_remote(part, ahead) if part.is_remote else _open_local(part) as file:
        if part.path.endswith(PACKED):
            with gzip.open(file) as unpacked:
                yield unpacked
        else:
            yield file


@contextmanager
def _open_local(part: Part) -> Iterator[Any]:
    path = part.place
    if not path.is_file():
        what = "is a folder, not a CSV file" if path.is_dir() else "is not there"
        hint = "; parts stay where they were listed, and each worker must reach them there"
        raise PipelineError(f"{part.path} {what}{hint if part.version else ''}")
    with open(path, "rb") as file:
        if part.version is None:
            yield file
            return
        if (size := os.fstat(file.fileno()).st_size) != part.size:
            raise changed(part, f"{part.size:,} bytes then, {size:,} now")
        with io.BufferedReader(_Pinned(part, file), BUFFER) as pinned:
            yield pinned


class _Pinned(io.RawIOBase):
    """A file that is hashed as it is read, and raises at its end when it is another."""

    def __init__(self, part: Part, file: io.BufferedReader) -> None:
        self._part = part
        self._file = file
        self._hash = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        size = self._file.readinto(view)
        self._hash.update(view[:size])
        if not size and SHA256 + self._hash.hexdigest() != self._part.version:
            raise changed(self._part, "its length is the same, its bytes are not")
        return size
