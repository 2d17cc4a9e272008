"""What the workers of a Dask cluster still do though nobody waits for it any more."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from src.command import PipelineError
from src.presence import present_workers

LOOK_SECONDS = 0.5
ANSWER_SECONDS = 10


def given_up(dask_worker: Any) -> int:
    """How many tasks a worker is still at though nobody waits for them any more."""
    tasks = dask_worker.state.tasks
    running = list(dask_worker.active_threads.values())
    return sum(key not in tasks or tasks[key].state == "cancelled" for key in running)


def wait_until_free(client: Any, workers: Sequence[str], seconds: float) -> None:
    """Wait until those workers that are left have ended what has failed.

    A worker does one thing at a time, and ends a step that waits for a lost one only after a while.
    One that does not answer has not ended it.

    Parameters
    ----------
    client : distributed.Client
    workers : sequence of str
        Their addresses.
    seconds : float
        How long at most.

    Raises
    ------
    PipelineError
        When some have not by then.
    """
    deadline = time.monotonic() + seconds
    while True:
        present = present_workers(client)
        left = [address for address in workers if address in present]
        busy = client.sync(_busy, client, left)
        if not busy:
            return
        if time.monotonic() > deadline:
            raise PipelineError(
                f"the workers {', '.join(busy)} do not end a training that has failed; start them "
                "anew"
            )
        time.sleep(LOOK_SECONDS)


async def _busy(client: Any, workers: Sequence[str]) -> list[str]:
    """Those workers that are at what nobody waits for, or do not answer."""

    async def count(worker: str) -> int:
        asked = client.run(given_up, workers=[worker], on_error="ignore")
        try:
            return int((await asyncio.wait_for(asked, ANSWER_SECONDS)).get(worker, 0))
        except TimeoutError:
            return 1

    counts = await asyncio.gather(*map(count, workers))
    return [worker for worker, number in zip(workers, counts, strict=True) if number]
