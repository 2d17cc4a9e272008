"""Processes that read a large request log side by side."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from src.errors import InputError
from src.log_files import blocks_of, log_files

# A smaller log is read sooner than a process has started.
LARGE_BYTES = 1 << 25


@contextmanager
def reading_processes(places: Sequence[str | Path]) -> Iterator[Executor | None]:
    """As many processes as there are cores and blocks of the log; None for a small log, or none."""
    try:
        files = log_files(places)
    except InputError:
        # It is said by whoever reads the log, after the reference was read.
        yield None
        return
    processes = min(len(os.sched_getaffinity(0)), len(blocks_of(files)))
    if processes < 2 or sum(file.stat().st_size for file in files) < LARGE_BYTES:
        yield None
        return
    # A fork would copy the locks of libraries that have threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as executor:
        yield executor
