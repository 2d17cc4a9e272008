"""Work that goes on beside this thread, and is waited for when it is needed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

Done = TypeVar("Done")


class Beside(Protocol):
    """What begins some work elsewhere."""

    def __call__(self, work: Callable[..., Done], *about: Any) -> Callable[[], Done]:
        """Begin it; a function that waits for its end and returns, or raises, what it did."""


def in_thread(work: Callable[..., Done], *about: Any) -> Callable[[], Done]:
    """Begin some work in a thread of its own, as `Beside` has it."""
    thread = ThreadPoolExecutor(1)
    future = thread.submit(work, *about)
    thread.shutdown(wait=False)
    return future.result
