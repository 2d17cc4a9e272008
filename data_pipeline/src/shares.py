"""The songs of a training, shared out among the workers of a Dask cluster."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any

import dask.array
import numpy as np
import numpy.typing as npt
from distributed import Client

from src.command import PipelineError
from src.cores import cores
from src.lesson import Lesson
from src.presence import present_workers

# Sent at once, 9 MB: what goes to a worker passes through the scheduler's memory.
BLOCK_SONGS = 100_000
# After each level of a tree they wait for each other, and fewer songs are soon looked through.
SONGS_WORTH_A_SHARE = 20_000
RETURN_SECONDS = 30
LOOK_SECONDS = 0.1
ANSWER_SECONDS = 10
CLOSE_SECONDS = 10


@dataclass
class Life:
    """Signs of life of a training on the workers.

    Attributes
    ----------
    last : float
        When there was one, in seconds of the monotonic clock.
    rounds : int
    """

    last: float
    rounds: int = 0


@dataclass(frozen=True)
class Shares:
    """Equal shares of songs, one for each of some workers.

    Attributes
    ----------
    client : distributed.Client
        Of these shares alone: when it is closed, the workers let go of them, and of all that is
        still done with them.
    workers : dict
        Address of each worker to that of its nanny, or None where it has none; in the order in
        which XGBoost ranks them, so that the same share is always learnt from in the same rank.
    threads : int
        That each of them has.
    life : Life
    """

    client: Any
    workers: dict[str, str | None]
    threads: int
    life: "Life" = field(default_factory=lambda: Life(monotonic()))

    @property
    def scheduler(self) -> str:
        """Address of the scheduler."""
        return str(self.client.scheduler.address)

    async def send(self, lesson: Lesson) -> tuple[Any, Any, Any]:
        """Send songs to the workers.

        Parameters
        ----------
        lesson : Lesson

        Returns
        -------
        tuple of dask.array.Array
            What is seen of the songs, their labels and their weights; each block of rows is on one
            worker.
        """
        blocks: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
        bounds = np.linspace(0, len(lesson.labels), len(self.workers) + 1).astype(int)
        for worker, first, end in zip(self.workers, bounds[:-1], bounds[1:], strict=True):
            for start in range(first, end, BLOCK_SONGS):
                rows = slice(start, min(start + BLOCK_SONGS, end))
                columns: list[npt.NDArray[Any]] = [lesson.seen, lesson.labels, lesson.weights]
                for column, sent in zip(columns, blocks, strict=True):
                    part = column[rows]
                    future = await self.client.scatter(
                        part, workers=[worker], direct=False, hash=False
                    )
                    sent.append(dask.array.from_delayed(future, part.shape, part.dtype))
                self.life.last = monotonic()
        seen, labels, weights = (dask.array.concatenate(sent) for sent in blocks)
        return seen, labels, weights


@contextmanager
def shares_of(cluster: Any, songs: int) -> Iterator[Shares]:
    """Shares for the machines that a cluster has now; in the end nothing of them is left there.

    Parameters
    ----------
    cluster : distributed.Client
    songs : int
        That are to be learnt from. There is no share of less than 20,000 of them, and one for each
        machine: workers of one machine would wait for each other at each step, so that one of them
        works, with the threads of all.

    Raises
    ------
    PipelineError
        When the scheduler is gone, or has no worker and gets none within 30 s.
    """
    address = cluster.scheduler.address
    try:
        client = Client(
            address,
            timeout=CLOSE_SECONDS,
            security=cluster.security,
            loop=cluster.loop,
            set_as_default=False,
        )
    except OSError as error:
        raise PipelineError(f"the scheduler {address} is gone ({error})") from error
    try:
        found = _workers_of(client)
        running = [worker for worker in found if found[worker]["status"] == "running"]
        ranked = sorted(found, key=lambda worker: _rank(worker, found[worker]))
        ranked.sort(key=lambda worker: worker not in running)
        known = _cores_of(client, running)
        threads = _chosen(ranked, found, known, max(songs // SONGS_WORTH_A_SHARE, 1))
        workers = sorted(threads, key=lambda worker: _rank(worker, found[worker]))
        yield Shares(
            client,
            {worker: found[worker]["nanny"] for worker in workers},
            min(threads.values()),
        )
    finally:
        client.close(timeout=CLOSE_SECONDS)


def _rank(worker: str, known: dict[str, Any]) -> str:
    """What XGBoost sorts workers by."""
    return f"{known['name']}]:{worker}"


def _cores_of(client: Any, workers: list[str]) -> dict[str, int]:
    """How many cores the machines of workers have; nothing is known where one does not answer."""
    asked = client.run(cores, workers=workers, on_error="ignore", asynchronous=True)
    try:
        found: dict[str, int] = client.sync(asyncio.wait_for, asked, ANSWER_SECONDS)
    except (OSError, RuntimeError):
        return {}  # who sends the songs is told then whether there still is a scheduler
    return found


def _chosen(
    ranked: list[str], found: dict[str, Any], known: dict[str, int], most: int
) -> dict[str, int]:
    """At most so many workers, one of each machine, and how many threads each may have.

    Parameters
    ----------
    ranked : list of str
        Those that take work before those that do not.
    found : dict
        What the scheduler knows of each worker.
    known : dict
        How many cores the machine of each has, where that is known.
    most : int
    """
    machines: dict[str, list[str]] = {}
    for worker in ranked:
        machines.setdefault(found[worker]["host"], []).append(worker)
    threads = {
        first: min(
            sum(found[worker]["nthreads"] for worker in (first, *others)),
            known.get(first, sys.maxsize),
        )
        for first, *others in machines.values()
    }
    return dict(list(threads.items())[:most])


def _workers_of(client: Any) -> dict[str, Any]:
    """All workers, as soon as one of them takes work."""
    deadline = monotonic() + RETURN_SECONDS
    while True:
        found = present_workers(client)
        if any(worker["status"] == "running" for worker in found.values()):
            return found
        if monotonic() > deadline:
            raise PipelineError(
                f"the scheduler {client.scheduler.address} has had no worker that takes work for "
                f"{RETURN_SECONDS} s"
            )
        sleep(LOOK_SECONDS)
