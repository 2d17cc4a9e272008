"""Work that is sent to the workers of a Dask cluster, and the results that come back."""

import asyncio
import pickle
from collections.abc import Callable
from concurrent.futures import CancelledError
from functools import partial
from typing import Any

LOST_AT_MOST = 10


class Workers:
    """Submits work to a cluster.

    Not by `Client.get_executor`: there, what goes wrong while a result is on its way, as when its
    worker dies, is raised in a callback, and the future is never done.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def submit(self, function: Any, /, *arguments: Any) -> "Sent":
        # As bytes, because a scheduler opens what it is sent, and has no src.
        packed = pickle.dumps(partial(function, *arguments))

        # Defined here it has no name to be looked up by, and goes to the scheduler as it is.
        def unpack_and_call(packed: bytes) -> Any:
            return pickle.loads(packed)()

        # Not pure: what an earlier run has read may be something else now.
        return Sent(
            self._client, lambda: self._client.submit(unpack_and_call, packed, pure=False)
        )


class Sent:
    """Work of which a worker sends the result back; see `src.pool.Outcome`."""

    def __init__(self, client: Any, send: Callable[[], Any]) -> None:
        self._client = client
        self._send = send
        self._losses = 0
        self._unheard = False
        self._begin()

    def _begin(self) -> None:
        self._future = self._send()
        self._fetch()

    def _fetch(self) -> None:
        """Wait for the result, and fetch it, in the loop of the client."""
        coming = self._client.gather(self._future, asynchronous=True)
        self._coming = asyncio.run_coroutine_threadsafe(coming, self._client.loop.asyncio_loop)

    def result(self, timeout: float | None = None) -> Any:
        try:
            return self._coming.result(timeout)
        except Exception as error:
            if not self._coming.done():
                self._see_to_news()
                raise
            if self.done() or self._losses == LOST_AT_MOST:
                raise
            self._losses += 1
            self._fetch()
            raise TimeoutError("the result was lost on its way; it is asked for again") from error

    def _see_to_news(self) -> None:
        """Send the work again where a worker has long had the result, and we are not told."""
        unheard = self._future.status == "pending" and self._is_known()
        if unheard and self._unheard:
            self._coming.cancel()
            self._begin()
        self._unheard = unheard and not self._unheard

    def _is_known(self) -> bool:
        """Whether the scheduler knows a worker that has the result."""
        try:
            return any(self._client.who_has([self._future]).values())
        except (OSError, RuntimeError, CancelledError):
            return False  # whoever waits asks then whether there still is a scheduler

    def done(self) -> bool:
        """Whether it has failed: what `result` raises is what the work raised."""
        return self._future.status in ("error", "cancelled")

    def cancel(self) -> None:
        self._coming.cancel()
        self._future.cancel()
