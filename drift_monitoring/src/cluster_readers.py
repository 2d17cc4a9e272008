"""The workers of a Dask cluster, which read a request log at the same paths; imports Dask."""

import os
import pickle
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from copy import copy
from functools import partial
from itertools import cycle, islice, zip_longest
from operator import add, call
from typing import Any
from uuid import uuid4

import dask
from distributed import (
    CancelledError,
    Client,
    Future,
    KilledWorker,
    TimeoutError,
    wait,
)
from distributed.comm import get_address_host

from src.beside import Done
from src.cluster import WORKER_SECONDS, code_digest
from src.cores import cores
from src.errors import InputError
from src.log_part import LogPart
from src.log_tasks import Task
from src.plan import Plan
from src.worker_tasks import read_on_worker, work_on_worker

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
        self._first = one_for_each_core(client.run(cores, on_error="ignore"))

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
        readers = self._at_workers(self._sent(reading, f"drift-plan-{run}"), len(tasks), run)
        packed = list(map(_packed, tasks))
        keys = [(f"{READ}-{run}", number) for number in range(len(tasks))]
        parts = self.client.map(call, list(islice(cycle(readers), len(tasks))), packed, key=keys)
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

    def _at_workers(self, sent: Future, count: int, run: str) -> list[Future]:
        """The same at so many workers at most, each of which is to have it.

        A task goes to a worker that has what it needs, and only much later to an idle one: all of
        them to the first if it alone had it. What these cannot do in time others take from them.
        """
        return [
            self.client.submit(
                copy, sent, key=f"drift-copy-{number}-{run}", workers=[worker],
                allow_other_workers=True,
            )
            for number, worker in enumerate(self._first[:count])
        ] or [sent]  # fmt: skip

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


def one_for_each_core(cores_of: dict[str, int]) -> list[str]:
    """Of workers by address as many of a machine as it has cores; those of all machines by turns.

    More would wait for each other, and each be slower than one that has the memory at hand.
    """
    machines: dict[str, list[str]] = defaultdict(list)
    for worker, count in sorted(cores_of.items()):
        own = machines[get_address_host(worker)]
        if len(own) < count:
            own.append(worker)
    by_turns = zip_longest(*machines.values())
    return [worker for turn in by_turns for worker in turn if worker]


def _packed(what: Any) -> bytes:
    return pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
