"""Turns at the cores of a machine, for the workers of clusters that share it."""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from src.cores import cores

LOOK_SECONDS = 0.02
# Longer than any task takes: who has had a turn for so long has been stopped.
PATIENCE_SECONDS = 60


@contextmanager
def a_core() -> Iterator[None]:
    """Wait until fewer tasks are at work on this machine than it has cores, at most for a minute.

    Four at once on two cores take longer than two after two: each pushes what the others work on
    out of the processor's memory. The turns are locks on files, which end with their process.
    """
    with ExitStack() as stack:
        turns = _turns(stack)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while turns and not any(map(_is_ours, turns)) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        yield


def _turns(stack: ExitStack) -> list[IO[str]]:
    """A file for each core; none where no files can be written, and then nobody waits."""
    folder = Path(tempfile.gettempdir()) / f"drift-cores-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        paths = [folder / str(core) for core in range(cores())]
        return [stack.enter_context(open(path, "w", encoding="utf-8")) for path in paths]
    except OSError:
        return []


def _is_ours(turn: IO[str]) -> bool:
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Any other error: the file system has no locks, and then nobody waits.
        return not isinstance(error, BlockingIOError)
    return True
