"""The workers of a Dask cluster as a pool, and what it means when they do not answer."""

import pickle
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from functools import partial
from typing import Any

from src.cluster import connected
from src.command import PipelineError
from src.pool import Pool

# One part under way and one waiting for its turn, for each thread.
PARTS_PER_THREAD = 2
ABANDONED_SECONDS = 60


@contextmanager
def dask_pool(address: str) -> Iterator[Pool]:
    """The workers of the cluster whose scheduler is at an address.

    Raises
    ------
    PipelineError
        When there is none that could do the work; see `src.cluster.connected`.
    """
    with connected(address) as client:
        client.direct_to_workers = True  # rows need not go through the scheduler
        threads = sum(client.nthreads().values())
        yield Pool(
            # Not pure: what an earlier run has read may be something else now.
            executor=_PackingExecutor(client.get_executor(pure=False)),
            at_once=PARTS_PER_THREAD * threads,
            check=_watch(client, address),
            explained=lambda error, what: _explained(error, what, address),
        )


class _PackingExecutor(Executor):
    """Sends what is to be done as bytes: a scheduler opens what it is sent, and has no src."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        work = partial(function, *arguments, **named)

        # Defined here it has no name to be looked up by, and goes to the scheduler as it is.
        def unpack_and_call(packed: bytes) -> Any:
            return pickle.loads(packed)()

        return self._executor.submit(unpack_and_call, pickle.dumps(work))


def _watch(client: Any, address: str) -> Callable[[], None]:
    """A check that a scheduler answers, and has had a worker that takes work not too long ago.

    A worker that is short of memory is paused: it is there, and begins nothing new.
    """
    last_seen = time.monotonic()

    def check() -> None:
        nonlocal last_seen
        try:
            # Nothing is known of any while the connection to the scheduler is lost.
            workers = client.scheduler_info().get("workers", {})
        except (OSError, RuntimeError, CancelledError) as error:
            raise _lost(address) from error
        now = time.monotonic()
        if any(worker["status"] == "running" for worker in workers.values()):
            last_seen = now
        elif now - last_seen > ABANDONED_SECONDS:
            raise PipelineError(_idle(sorted(workers), address))

    return check


def _explained(error: BaseException, what: str, address: str) -> BaseException:
    from distributed.scheduler import KilledWorker

    if isinstance(error, KilledWorker):
        return PipelineError(
            f"{what}: {error.allowed_failures + 1} workers died one after the other while they "
            f"worked on it, the last one at {error.last_worker.address}. If they ran out of memory "
            "(see their log), cut it into smaller parts, or give the workers more "
            "('dask worker --memory-limit')"
        )
    return _lost(address) if isinstance(error, CancelledError) else error


def _lost(address: str) -> PipelineError:
    return PipelineError(
        f"the Dask scheduler at {address} no longer answers: start it again ('make scheduler'), "
        "and run this again"
    )


def _idle(workers: list[str], address: str) -> str:
    if not workers:
        return (
            f"the scheduler {address} has had no worker for {ABANDONED_SECONDS} s: start some "
            "('make worker'), and run this again"
        )
    return (
        f"no worker of {address} has begun anything for {ABANDONED_SECONDS} s, being short of "
        f"memory ({', '.join(workers[:3])}): cut the parts smaller, or give the workers more "
        "('dask worker --memory-limit')"
    )
