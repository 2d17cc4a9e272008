"""Processes that read a large request log side by side."""

import multiprocessing
import os
import pickle
import signal
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import lru_cache, reduce
from itertools import islice
from operator import add
from pathlib import Path
from typing import Any

from src.beside import Done
from src.cores import cores
from src.errors import InputError
from src.log_files import Places, log_files
from src.log_part import LogPart
from src.log_reading import read_blocks
from src.log_tasks import Task, tasks_of
from src.plan import Plan

# Results that may wait for the sum, and tasks that wait for a process: so much is held in memory.
AHEAD = 2


class Processes:
    """Reads tasks with an executor on this machine; the plan is sent by a file, once.

    Parameters
    ----------
    executor : Executor
    count : int
        How many tasks it can work on at a time.
    meanwhile : callable
        Is called when it has got so many.
    """

    def __init__(self, executor: Executor, count: int, meanwhile: Callable[[], None]) -> None:
        self.executor = executor
        self.count = count
        self.meanwhile = meanwhile

    def sum_of(self, tasks: Sequence[Task], plan: Plan) -> LogPart:
        """As in `Readers`."""
        with tempfile.TemporaryDirectory(prefix="drift-") as folder:
            path = Path(folder) / "plan"
            path.write_bytes(pickle.dumps(plan, pickle.HIGHEST_PROTOCOL))
            with _ended_is_told():
                return reduce(add, self._parts(tasks, path))

    def while_starting(self, work: Callable[..., Done], *about: Any) -> Done:
        """As in `Readers`: they have started."""
        return work(*about)

    def beside(self, work: Callable[..., Done], *about: Any) -> Callable[[], Done]:
        """Begin some work in one of the processes, as `Beside` has it.

        Raises
        ------
        InputError
            When a process was ended from outside.
        """
        with _ended_is_told():
            future = self.executor.submit(work, *about)

        def result() -> Done:
            with _ended_is_told():
                return future.result()

        return result

    def _parts(self, tasks: Sequence[Task], plan: Path) -> Iterator[LogPart]:
        left = iter(tasks)
        waiting: deque[Future[LogPart]] = deque()

        def submit(count: int) -> None:
            for task in islice(left, count):
                waiting.append(self.executor.submit(_read, task, plan))

        submit(AHEAD * self.count)
        self.meanwhile()
        while waiting:
            part = waiting.popleft().result()
            submit(1)
            yield part


@contextmanager
def _ended_is_told() -> Iterator[None]:
    try:
        yield
    except BrokenExecutor as error:
        raise InputError(
            "a process that read the request log, or the reference, was ended from outside, as the "
            "system does when memory runs out: free some, or read fewer files at a time"
        ) from error


def _read(task: Task, plan: Path) -> LogPart:
    return read_blocks(task.blocks, _plan(plan))


@lru_cache(maxsize=1)
def _plan(path: Path) -> Plan:
    # Written above, by this very program, into a folder that nobody else can write to.
    plan: Plan = pickle.loads(path.read_bytes())
    return plan


@contextmanager
def reading_processes(
    places: Places, meanwhile: Callable[[], None]
) -> Iterator[Processes | None]:
    """As many processes as there are cores and tasks; None for a small log, or none."""
    try:
        files = log_files(places)
    except InputError:
        # It is said by whoever reads the log, after the reference was read.
        yield None
        return
    count = min(cores(), len(tasks_of(files)))
    if count < 2:
        yield None
        return
    with started(count, meanwhile) as processes:
        yield processes


@contextmanager
def started(count: int, meanwhile: Callable[[], None] = lambda: None) -> Iterator[Processes]:
    """So many processes, which end with the context."""
    executor = ProcessPoolExecutor(count, mp_context=_context(), initializer=_begin)
    try:
        _start(executor)
        yield Processes(executor, count, meanwhile)
    finally:
        executor.shutdown(cancel_futures=True)


def _start(executor: Executor) -> None:
    """Start its processes; Ctrl-C meanwhile waits until they have begun to ignore it."""
    former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        executor.submit(int)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


def _begin() -> None:
    # Ctrl-C goes to all processes of a terminal; the one that was started ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _context() -> multiprocessing.context.BaseContext:
    # A fork has the libraries that are loaded, in no time; but of the locks of other threads it has
    # copies that nobody opens again. Those of libraries, such as polars', Python does not know of.
    alone = sys.platform == "linux" and len(os.listdir("/proc/self/task")) == 1
    return multiprocessing.get_context("fork" if alone else "spawn")
