"""Output files that are either whole or not there."""

import fcntl
import glob
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from src.command import raise_swallowed

SUFFIX = ".part"


@contextmanager
def written_together(*paths: str | Path) -> Iterator[tuple[BinaryIO, ...]]:
    """Open files for writing that take their names only when the block ends without an error.

    The bytes go to hidden files beside them. When all are complete they are renamed, one right
    after the other, and otherwise removed; files that were there before stay as they were until
    then. What a killed process left behind is removed the next time. Folders are made.

    Parameters
    ----------
    paths : path
        The files to write.

    Yields
    ------
    tuple of binary files
        One for each path, in their order.

    Raises
    ------
    OSError
        When a file cannot be written; the message names it.
    """
    targets = [Path(path) for path in paths]
    with ExitStack() as stack:
        drafts = [stack.enter_context(_draft(target)) for target in targets]
        yield tuple(file for file, _ in drafts)
        for (file, _), target in zip(drafts, targets, strict=True):
            with named_errors(target):
                os.fchmod(file.fileno(), 0o644)
                file.close()
        raise_swallowed()
        for (_, name), target in zip(drafts, targets, strict=True):
            os.replace(name, target)


@contextmanager
def written_whole(path: str | Path) -> Iterator[BinaryIO]:
    """Open one file as `written_together` does."""
    with written_together(path) as (file,):
        yield file


@contextmanager
def named_errors(path: str | Path) -> Iterator[None]:
    """Let an error of writing say which file it is about: that the disk is full does not."""
    try:
        yield
    except OSError as error:
        if error.filename is not None:
            raise
        raise OSError(f"{path} cannot be written: {error.strerror or error}") from error


@contextmanager
def _draft(target: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A hidden file beside `target`, gone in the end unless it was renamed."""
    if target.is_dir():
        raise IsADirectoryError(f"{target} is a folder, and a file is to be written there")
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(target)
    file, name = _locked_file(target)
    try:
        yield file, name
    finally:
        # After an error the rest of the bytes can go, and the error is known already.
        with suppress(OSError):
            file.close()
        name.unlink(missing_ok=True)


def _locked_file(target: Path) -> tuple[BinaryIO, Path]:
    """A new hidden file, locked as long as this process has it open."""
    while True:
        descriptor, name = tempfile.mkstemp(SUFFIX, f".{target.name}.", target.parent)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return os.fdopen(descriptor, "wb"), Path(name)
        os.close(descriptor)  # somebody took it for a leftover before it was locked


def _remove_leftovers(target: Path) -> None:
    """Remove what killed processes left of the same target: files that nobody has locked."""
    for name in target.parent.glob(f".{glob.escape(target.name)}.*{SUFFIX}"):
        with suppress(FileNotFoundError, BlockingIOError), open(name, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            name.unlink()
