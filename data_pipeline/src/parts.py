"""The parts that a table is spread over, and the list of them that pins what is in each.

The list is a CSV file with a header of its own, by which `process` knows it from a table of songs.
"""

import csv
import io
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from src.command import PipelineError

PACKED = ".gz"
# How many bytes a packed byte of a table of songs becomes, about.
UNPACKED = 3
# To send a worker something to do, and to fetch what it found, takes as long as to read 1 MB.
TOGETHER = 1 << 25
COLUMNS = ("part", "bytes", "version")
HEADER = ",".join(COLUMNS).encode()
URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
SHA256 = "sha256:"
VERSION = re.compile(rf"{SHA256}[0-9a-f]{{64}}|[a-z0-9]+:\S.*")


@dataclass(frozen=True)
class Part:
    """A CSV file with a header of its own.

    Attributes
    ----------
    path : str
        Of a file on this machine, or a URL that fsspec understands. With .gz at its end it is
        packed.
    size : int or None
        How many bytes it must have; None is any number.
    version : str or None
        What it must be: `sha256:` and the hash of its bytes, or what the storage calls the content,
        as `etag:...`. None is anything.
    folder : str
        What the path starts from, if it is not absolute; the current folder as it is.
    """

    path: str
    size: int | None = None
    version: str | None = None
    folder: str = ""

    @property
    def is_remote(self) -> bool:
        return bool(URL.match(self.path))

    @property
    def place(self) -> Path:
        """Where a part on this machine is."""
        return Path(self.folder, self.path)

    def anywhere(self) -> "Part":
        """The same part, called the same, for a process that is in another folder."""
        return replace(self, folder=os.getcwd())


def list_text(parts: Iterable[Part]) -> bytes:
    """The list of parts as it is written: a line for each, in their order."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((part.path, part.size, part.version) for part in parts)
    return file.getvalue().encode()


def read_list(path: Path) -> list[Part] | None:
    """The parts that a file lists, or None where it is another file.

    Raises
    ------
    PipelineError
        When the list is damaged or empty; the message names the line.
    """
    if not path.is_file():
        return None
    with open(path, "rb") as file:
        if file.read(len(HEADER) + 1).rstrip() != HEADER:
            return None
    parts: dict[str, Part] = {}
    try:
        rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
        for row in list(rows)[1:]:
            name, size, version = row
            if name in parts or not size.isascii() or not size.isdigit():
                raise ValueError(name)
            if not VERSION.fullmatch(version):
                raise ValueError(version)
            parts[name] = Part(name, int(size), version)
    except (ValueError, csv.Error) as error:
        raise PipelineError(
            f"{path}, line {len(parts) + 2}: no part of its own with its bytes and version "
            f"({error}); list the parts anew (src/load.py)"
        ) from None
    if not parts:
        raise PipelineError(f"{path} lists no part; list them anew (src/load.py)")
    return list(parts.values())


def together(parts: Sequence[Part], shares: int) -> list[list[Part]]:
    """Parts that are read by one worker, one after the other: what follows each other and is small.

    Parameters
    ----------
    parts : sequence of Part
    shares : int
        Into at least about so many they are divided.
    """
    sizes = [(part.size or 0) * (UNPACKED if part.path.endswith(PACKED) else 1) for part in parts]
    most = min(TOGETHER, sum(sizes) / shares)
    found: list[list[Part]] = []
    held = 0.0
    for part, size in zip(parts, sizes, strict=True):
        if not found or held + size > most:
            found.append([])
            held = 0.0
        found[-1].append(part)
        held += size
    return found


def changed(part: Part, how: str) -> PipelineError:
    """What to raise when a part is not what was listed."""
    return PipelineError(
        f"{part.path} has changed since the parts were listed ({how}): fetch it again, or list "
        "them anew (src/load.py, 'dvc repro --force load')"
    )
