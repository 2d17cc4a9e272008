"""A lock between the processes of one machine."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path, waiting: str = "") -> Iterator[None]:
    """Hold a lock file, which the system lets go when the process ends, however it ends.

    Parameters
    ----------
    path : path
        The file; it and its folder are made, and stay.
    waiting : str
        What to print where another process holds it, before waiting for that.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting:
                print(waiting, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
