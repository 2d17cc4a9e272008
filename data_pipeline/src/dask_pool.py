"""The workers of a Dask cluster as a pool, and what it means when they do not answer."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
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
        # Here, because without a scheduler nothing of it is needed.
        from src.sent_work import Workers

        client.direct_to_workers = True  # rows need not go through the scheduler
        threads = sum(client.nthreads().values())
        yield Pool(
            executor=Workers(client),
            at_once=PARTS_PER_THREAD * threads,
            check=_watch(client, address),
            explained=lambda error, what: _explained(error, what, address),
        )


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
