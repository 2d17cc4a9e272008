"""Which parts of a table there are in a folder, behind a glob, or on object storage."""

import glob
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from src.command import PipelineError
from src.parts import SHA256, URL, Part
from src.remote_parts import remote_parts, shown

# Neither hidden files nor what other tools put beside their parts, such as _SUCCESS.
PART_NAME = re.compile(r"(^|/)[^/._][^/]*\.csv(\.gz)?$")
BLOCK = 1 << 20


def is_in_parts(source: str) -> bool:
    """Whether a source is no file on this machine, but a folder, a glob or a URL."""
    if URL.match(source):
        return True
    path = Path(source)
    return path.is_dir() or glob.has_magic(source) and not path.exists()


def listed_parts(source: str, advance: Callable[[float], object]) -> list[Part]:
    """The parts of a table, in the order of their paths, each pinned by what is in it.

    Of a file on this machine all bytes are read for that; object storage is asked.

    Parameters
    ----------
    source : str
        A folder, of which the files *.csv and *.csv.gz are meant that are not hidden; a glob; or
        the URL of such, or of one file, as fsspec understands it.
    advance : callable
        Is called with how many bytes were read since the last call.

    Raises
    ------
    PipelineError
        When no part is there, or one cannot be read.
    """
    if URL.match(source):
        parts = remote_parts(source, PART_NAME)
    else:
        paths = sorted(glob.glob(source, recursive=True)) if glob.has_magic(source) else []
        if Path(source).is_dir():
            inside = sorted(str(path) for path in Path(source).iterdir())
            paths = [path for path in inside if PART_NAME.search(path)]
        parts = [_pinned(path, advance) for path in paths if Path(path).is_file()]
    if not parts:
        what = "is a folder" if Path(source).is_dir() else "is no place"
        raise PipelineError(
            f"{shown(source)} {what} with parts of a table: wanted a CSV file, a folder with files "
            "*.csv or *.csv.gz, or a glob or URL of such, as 's3://bucket/songs/*.csv' "
            "(data.source_path)"
        )
    return parts


def _pinned(path: str, advance: Callable[[float], object]) -> Part:
    digest, size = hashlib.sha256(), 0
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
            advance(len(block))
    return Part(path, size, SHA256 + digest.hexdigest())
