"""Watch over work on a Dask cluster, which would wait for ever for a worker that is gone."""

import asyncio
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import CancelledError, wait
from typing import Any, TypeVar

from src.command import PipelineError
from src.presence import present_workers
from src.shares import Shares

LOOK_SECONDS = 0.5
# Between the failure of what a lost worker did, and the news that it is lost.
NEWS_SECONDS = 5
# A worker that is short of memory begins nothing new; for so long it may get over it.
PAUSED_SECONDS = 30
# Far longer than a block of songs or a round of boosting takes.
SILENT_SECONDS = 300
# What is given up lets go of the workers in that time.
END_SECONDS = 10
OUT_OF_MEMORY = "memory budget"  # a nanny says so when it kills its worker

Outcome = TypeVar("Outcome")


class SongsLost(Exception):
    """What workers held is gone, and worth another attempt; the message says what was lost."""


def watched(shares: Shares, work: Coroutine[Any, Any, Outcome]) -> Outcome:
    """Do something with the songs that workers hold, and give it up when one of them is lost.

    Parameters
    ----------
    shares : Shares
    work : coroutine
        Runs in the loop of the shares' client, so that Ctrl-C and a look at the workers can come
        between.

    Returns
    -------
    object
        What the work returned.

    Raises
    ------
    SongsLost
    PipelineError
        When a worker was out of memory, the scheduler is gone, nothing goes on for five minutes,
        or the work has failed.
    """
    ended = threading.Event()

    async def until_the_end() -> Outcome:
        try:
            return await work
        finally:
            ended.set()

    connection, paused = shares.client.scheduler_comm, dict[str, float]()
    outcome = asyncio.run_coroutine_threadsafe(until_the_end(), shares.client.loop.asyncio_loop)
    try:
        while not outcome.done():
            if shares.client.scheduler_comm is not connection:
                raise SongsLost("lost the connection to the scheduler for a while")
            _look(shares, paused)
            wait([outcome], LOOK_SECONDS)
        error = outcome.exception()
        if error is None:
            return outcome.result()
        deadline = time.monotonic() + NEWS_SECONDS
        while time.monotonic() < deadline:
            _look(shares, paused)
            time.sleep(LOOK_SECONDS)
        first_line = (str(error) or repr(error)).strip().splitlines()[0]
        if paused:
            what = f"the worker {next(iter(paused))} is short of memory ({first_line})"
            raise PipelineError(_too_little(shares, what)) from error
        if isinstance(error, CancelledError):
            raise SongsLost(f"lost the songs that were sent ({first_line})") from error
        raise PipelineError(f"on the workers of {shares.scheduler}: {first_line}") from error
    finally:
        # It holds a lock on the workers, which the scheduler would keep for a client that is gone.
        if outcome.cancel():
            ended.wait(END_SECONDS)


def _look(shares: Shares, paused: dict[str, float]) -> None:
    """Raise an error when a worker is gone, or nothing has gone on for long.

    Parameters
    ----------
    shares : Shares
    paused : dict
        Since when each worker has been paused; changed.
    """
    present = present_workers(shares.client)
    lost = [address for address in shares.workers if address not in present]
    for address in lost:
        if _was_out_of_memory(shares, address):
            raise PipelineError(_too_little(shares, f"the worker {address} ran out of memory"))
    if lost:
        raise SongsLost(f"lost {len(lost)} of {len(shares.workers)} workers ({', '.join(lost)})")
    now = time.monotonic()
    for address in shares.workers:
        if present[address]["status"] != "paused":
            paused.pop(address, None)
        elif now - paused.setdefault(address, now) > PAUSED_SECONDS:
            what = f"the worker {address} is short of memory and has begun nothing for "
            raise PipelineError(_too_little(shares, f"{what}{PAUSED_SECONDS} s"))
    if now - shares.life.last > SILENT_SECONDS:
        if shares.life.rounds:
            raise SongsLost(f"lost touch: no round of boosting for {SILENT_SECONDS} s")
        raise PipelineError(
            f"the workers of {shares.scheduler} have not begun for {SILENT_SECONDS} s: they are at "
            "something else, or a training was killed that still holds them. Wait for its end, or "
            "start the scheduler anew"
        )


def _was_out_of_memory(shares: Shares, address: str) -> bool:
    nanny = shares.workers[address]
    if nanny is None:
        return False
    try:
        logs = shares.client.get_worker_logs(n=20, workers=[nanny])
    except OSError:
        return False  # gone with its worker
    return any(OUT_OF_MEMORY in line for _, line in logs[nanny])


def _too_little(shares: Shares, what: str) -> str:
    return (
        f"{what}, one of {len(shares.workers)}. Start workers on more machines, so that each holds "
        "fewer songs, or give them more memory (--memory-limit of 'dask worker')"
    )
