"""Which files a request log has, and the lines in them."""

import glob
import gzip
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from src.errors import InputError

# api_requests.jsonl, and what rotation makes of it: .jsonl.1, .jsonl-20261124, .jsonl.1.gz
LOG_NAME = re.compile(r"\.jsonl([.-]\d+)?(\.gz)?$")

Places = str | Path | Sequence[str | Path]


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


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file, with their line ends; what ends in .gz is unpacked.

    Raises
    ------
    EOFError, gzip.BadGzipFile, zlib.error
        After the last whole line, when the packed data end early or are damaged.
    """
    with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
        yield from file
