"""The workers of a Dask cluster, which read a request log at the same paths; imports Dask."""

import os
import pickle
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from operator import add, call
from pathlib import Path
from typing import Any
from uuid import uuid4

import dask
from distributed import (
    CancelledError,
    Client,
    Future,
    KilledWorker,
    TimeoutError,
    get_worker,
    wait,
)

from src.beside import Done
from src.cluster import WORKER_SECONDS, code_digest
from src.core_turns import a_core
from src.errors import InputError
from src.log_part import LogPart
from src.log_reading import read_blocks
from src.log_tasks import Task
from src.plan import Plan

POLL_SECONDS = 2
READ = "drift-read"
WARN_FROM = "distributed.admin.large-graph-warning-threshold"


class ClusterReaders:
    """Reads tasks on the workers of a cluster, which also add up what they say, as a tree.

    Parameters
    ----------
    client : distributed.Client
    meanwhile : callable
        Is called when the workers have got something to read.
    """

    def __init__(self, client: Client, meanwhile: Callable[[], None]) -> None:
        self.client = client
        self.meanwhile = meanwhile

    def sum_of(self, tasks: Sequence[Task], plan: Plan) -> LogPart:
        """As in `Readers`.

        Raises
        ------
        InputError
            When a worker does not find a file as it is here, or is lost again and again over the
            same task, or when no worker, or no scheduler, is left.
        """
        run = uuid4().hex
        # What comes of a task goes from worker to worker. So the plan, as a task, is sent once, and
        # is made again when its worker is lost, as data that are scattered are not. It is packed,
        # and so are the tasks, because the scheduler opens what it is sent and has no src.
        reading = partial(read_on_worker, plan, os.getcwd(), code_digest())
        reader = self._sent(reading, f"drift-plan-{run}")
        packed = list(map(_packed, tasks))
        keys = [(f"{READ}-{run}", number) for number in range(len(tasks))]
        parts = self.client.map(call, [reader] * len(tasks), packed, key=keys)
        level = 0
        while len(parts) > 1:
            level += 1
            keys = [(f"drift-add-{level}-{run}", number) for number in range(len(parts) // 2)]
            # What can be added is added first, or the parts would fill the workers' memory.
            sums = self.client.map(add, parts[::2], parts[1::2], key=keys, priority=level)
            parts = sums + parts[2 * len(sums) :]
        self.meanwhile()
        whole: LogPart = self._result(parts[0], tasks)
        return whole

    def beside(self, work: Callable[..., Done], *about: Any) -> Callable[[], Done]:
        """Begin some work on a worker, as `Beside` has it.

        Raises
        ------
        InputError
            By what waits: when workers are lost over it, or no worker, or no scheduler, is left.
        """
        run = uuid4().hex
        working = partial(work_on_worker, code_digest(), work, *about)
        sent = self._sent(working, f"drift-sent-{run}")
        begun = self.client.submit(call, sent, key=f"drift-beside-{run}")
        return lambda: self._result(begun)

    def _sent(self, what: Any, key: str) -> Future:
        with dask.config.set({WARN_FROM: "1 TiB"}):
            return self.client.submit(pickle.loads, _packed(what), key=key)

    def _result(self, whole: Future, tasks: Sequence[Task] = ()) -> Any:
        last = time.monotonic()
        while True:
            try:
                wait(whole, timeout=POLL_SECONDS)
                return whole.result()
            except TimeoutError:
                if self._works():
                    last = time.monotonic()
                elif time.monotonic() - last > WORKER_SECONDS:
                    raise InputError(
                        f"no worker of {self._address} has been able to work for {WORKER_SECONDS} "
                        "s: start some, or such as have more memory (dask worker --memory-limit)"
                    ) from None
            except KilledWorker as error:
                raise InputError(self._lost_over(error, tasks)) from error
            except (CancelledError, OSError) as error:
                raise InputError(
                    f"the scheduler {self._address} was lost while the report was made: start it "
                    "and its workers anew, or name none to read the log on this machine"
                ) from error

    @property
    def _address(self) -> str:
        return str(self.client.scheduler.address)

    def _lost_over(self, error: KilledWorker, tasks: Sequence[Task]) -> str:
        over = "part of the log" if tasks else "work"
        if error.task[0].startswith(READ):
            paths = list(dict.fromkeys(block.path for block in tasks[error.task[1]].blocks))
            more = f" and {len(paths) - 1} more files" if len(paths) > 1 else ""
            # Dask counts against what waits behind it too.
            over += f", which is in {paths[0]}{more}, or is read before that"
        return (
            f"{error.allowed_failures + 1} workers of {self._address} were lost, one after the "
            f"other, with the same {over}; if it was for lack of memory, start workers with more "
            "of it (dask worker --memory-limit)"
        )

    def _works(self) -> bool:
        # Nothing is known of any while the connection to the scheduler is lost.
        workers: dict[str, Any] = self.client.scheduler_info().get("workers", {})
        return any(worker["status"] == "running" for worker in workers.values())


def read_on_worker(plan: Plan, folder: str, digest: str, packed: bytes) -> LogPart:
    """Read a task, which is packed, where this runs, on a worker.

    Parameters
    ----------
    plan : Plan
    folder : str
        What the paths of the task start from, if they are not absolute.
    digest : str
        Of the code that is to run.
    packed : bytes

    Raises
    ------
    InputError
        When a file is not there, cannot be read, or is shorter than where the task was made; or
        when the worker, which may have come after all were checked, runs other code.
    """
    _check_code(digest)
    task: Task = pickle.loads(packed)
    blocks = [replace(block, path=str(Path(folder, block.path))) for block in task.blocks]
    try:
        for block, size in zip(blocks, task.sizes, strict=True):
            found = Path(block.path).stat().st_size
            if found < size:
                raise _not_seen(block.path, f"it has {found:,} bytes there, and {size:,} here")
        with a_core():
            part = read_blocks(blocks, plan)
    except OSError as error:
        path = str(error.filename or blocks[0].path)
        raise _not_seen(path, error.strerror or str(error)) from None
    # In the report the files are called what they were called where it was asked for.
    counts = [counts for _, counts in part.blocks]
    return replace(part, blocks=list(zip(task.blocks, counts, strict=True)))


def work_on_worker(digest: str, work: Callable[..., Done], *about: Any) -> Done:
    """Do some work where this runs, on a worker, by the code with this digest.

    Raises
    ------
    InputError
        When the worker, which may have come after all were checked, runs other code.
    """
    _check_code(digest)
    return work(*about)


def _check_code(digest: str) -> None:
    if code_digest() != digest:
        raise InputError(
            f"the worker {get_worker().address}, which came after all were checked, runs other "
            "code: start it anew from the same commit"
        )


def _packed(what: Any) -> bytes:
    return pickle.dumps(what, pickle.HIGHEST_PROTOCOL)


def _not_seen(path: str, why: str) -> InputError:
    return InputError(
        f"the worker {get_worker().address} cannot read {path} ({why}): workers read the log at "
        "the paths that it has here, so put it on storage that all machines share, or name no "
        "scheduler"
    )
