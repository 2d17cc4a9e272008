"""Which files a request log has, the blocks that they are read in, and the lines of a block."""

import glob
import gzip
import math
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from src.errors import InputError

# api_requests.jsonl, and what rotation makes of it: .jsonl.1, .jsonl-20261124, .jsonl.1.gz
LOG_NAME = re.compile(r"\.jsonl([.-]\d+)?(\.gz)?$")
CHUNK_BYTES = 1 << 20
LINE_BYTES = 1 << 12
CHUNK_LINES = 8192

Places = str | Path | Sequence[str | Path]


@dataclass(frozen=True)
class Block:
    """The lines of a file that begin at or after one of its bytes and before another.

    Attributes
    ----------
    path : str
    start, end : int
        Bytes; of a packed file there is one block, whose end is not known.
    """

    path: str
    start: int = 0
    end: int | None = None


def log_files(places: Places) -> list[Path]:
    """The files of a request log, each once.

    Parameters
    ----------
    places : path, or a sequence of them
        Files, folders (whose *.jsonl files are taken, rotated and packed ones too) and globs.

    Raises
    ------
    InputError
        When one of the places has no file.
    """
    files: dict[Path, Path] = {}
    for place in [places] if isinstance(places, str | Path) else places:
        found = sorted(file for file in _found(place) if file.is_file())
        if not found:
            raise InputError(
                f"no request log at {place}; wanted a file, a folder with *.jsonl files "
                "(also .jsonl.1 and .jsonl.gz), or a quoted glob such as 'logs/*.jsonl*'"
            )
        files |= {file.resolve(): file for file in found}
    return list(files.values())


def _found(place: str | Path) -> list[Path]:
    path = Path(place)
    if path.is_dir():
        return [file for file in path.iterdir() if LOG_NAME.search(file.name)]
    if path.exists():
        return [path]
    return [Path(match) for match in glob.glob(str(place), recursive=True)]


def blocks_of(files: Sequence[Path], size: int) -> list[Block]:
    """The blocks of files, in their order; a file that is longer than `size` is cut evenly."""
    blocks = []
    for path in files:
        if path.suffix == ".gz":
            blocks.append(Block(str(path)))
            continue
        length = path.stat().st_size
        count = max(math.ceil(length / size), 1)
        starts = [length * number // count for number in range(count)]
        # What is written to the last block while the others are read belongs to it.
        ends = [*starts[1:], None]
        blocks += [Block(str(path), *span) for span in zip(starts, ends, strict=True)]
    return blocks


def texts_of(block: Block) -> Iterator[bytes | memoryview]:
    """The text of a block, some thousands of whole lines at a time; .gz is unpacked.

    Raises
    ------
    EOFError, gzip.BadGzipFile, zlib.error
        After the last whole line, when the packed data end early or are damaged.
    """
    if block.path.endswith(".gz"):
        with gzip.open(block.path) as packed:
            yield from _unpacked(packed)
        return
    with open(block.path, "rb", buffering=0) as file:
        # The line that the byte before belongs to is the former block's, and the last one whole.
        start = _line_after(file, block.start)
        end = sys.maxsize if block.end is None else _line_after(file, block.end)
        yield from _whole_lines(file, start, end)


def _line_after(file: FileIO, place: int) -> int:
    """Where the first line begins that does not begin before a place."""
    if not place:
        return 0
    file.seek(place - 1)
    found = place - 1
    while text := file.read(LINE_BYTES):
        if end := text.find(b"\n") + 1:
            return found + end
        found += len(text)
    return found


def _whole_lines(file: FileIO, start: int, end: int) -> Iterator[memoryview]:
    """What lies between two places, where lines begin; each byte is copied once."""
    wanted, before = CHUNK_BYTES, 0
    while start < end:
        file.seek(start)
        text = file.read(min(wanted, end - start))
        whole = text.rfind(b"\n") + 1
        if not whole and len(text) > before:
            # A line that is longer, or the end of the file: then no more comes of the next try.
            wanted, before = 2 * wanted, len(text)
            continue
        if not text:
            return
        yield memoryview(text)[: whole or len(text)]
        start += whole or len(text)
        wanted, before = CHUNK_BYTES, 0


def _unpacked(packed: gzip.GzipFile) -> Iterator[bytes]:
    """Line by line, so that damage takes no more than what comes after it."""
    lines: list[bytes] = []
    try:
        for line in packed:
            lines.append(line)
            if len(lines) == CHUNK_LINES:
                yield b"".join(lines)
                lines = []
    finally:
        if lines:
            yield b"".join(lines)
