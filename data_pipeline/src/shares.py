"""The songs of a training, shared out among the workers of a Dask cluster."""

from dataclasses import dataclass, field
from typing import Any

import dask.array
import numpy as np

from src.command import PipelineError
from src.lesson import Lesson

# Sent at once, 9 MB: what goes to a worker passes through the scheduler's memory.
BLOCK_SONGS = 100_000
RETURN_SECONDS = 30


@dataclass(frozen=True)
class Shares:
    """Equal shares of songs, one for each worker.

    Attributes
    ----------
    client : distributed.Client
    workers : dict
        Address of each worker to that of its nanny, or None where it has none; in the order in
        which XGBoost ranks them, so that the same share is always learnt from in the same rank.
    futures : list of distributed.Future
        What was sent, which the workers hold as long as the list does.
    """

    client: Any
    workers: dict[str, str | None]
    futures: list[Any] = field(default_factory=list)

    @classmethod
    def of(cls, client: Any) -> "Shares":
        """Shares for all workers that the cluster has now.

        Raises
        ------
        PipelineError
            When it has none, and gets none within 30 s.
        """
        try:
            client.wait_for_workers(1, timeout=RETURN_SECONDS)
        except TimeoutError:
            raise PipelineError(
                f"the scheduler {client.scheduler.address} has had no worker for {RETURN_SECONDS} s"
            ) from None
        found: dict[str, Any] = client.scheduler_info()["workers"]
        ranked = sorted(found, key=lambda address: f"{found[address]['name']}]:{address}")
        return cls(client, {address: found[address]["nanny"] for address in ranked})

    @property
    def scheduler(self) -> str:
        """Address of the scheduler."""
        return str(self.client.scheduler.address)

    def send(self, lesson: Lesson) -> tuple[Any, Any, Any]:
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
        blocks: tuple[list[Any], ...] = ([], [], [])
        bounds = np.linspace(0, len(lesson.labels), len(self.workers) + 1).astype(int)
        for worker, first, end in zip(self.workers, bounds[:-1], bounds[1:], strict=True):
            for start in range(first, end, BLOCK_SONGS):
                rows = slice(start, min(start + BLOCK_SONGS, end))
                columns = (lesson.seen, lesson.labels, lesson.weights)
                for column, sent in zip(columns, blocks, strict=True):
                    part = column[rows]
                    future = self.client.scatter(part, workers=[worker], direct=False, hash=False)
                    self.futures.append(future)
                    sent.append(dask.array.from_delayed(future, part.shape, part.dtype))
        seen, labels, weights = (dask.array.concatenate(sent) for sent in blocks)
        return seen, labels, weights
