"""Work that others do, in order and never too much of it at once."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol, TypeVar

from src.command import raise_swallowed

Item = TypeVar("Item")
Result = TypeVar("Result")

CHECK_SECONDS = 5.0


class Outcome(Protocol):
    """What is asked here of a `concurrent.futures.Future`."""

    def result(self, timeout: float | None = None) -> Any: ...

    def done(self) -> bool: ...

    def cancel(self) -> Any: ...


class Submits(Protocol):
    """What is asked here of a `concurrent.futures.Executor`."""

    def submit(self, function: Any, /, *arguments: Any) -> Outcome: ...


def _always() -> None:
    """Threads and processes of this machine are there as long as it is."""


def _as_it_is(error: BaseException, what: str) -> BaseException:
    return error


@dataclass(frozen=True)
class Pool:
    """Somebody who works.

    Attributes
    ----------
    executor : concurrent.futures.Executor, or what submits work as that does
    at_once : int
        How many pieces of work, under way or done and waiting for their turn, there may be.
    check : callable
        Is called every few seconds of waiting; raises when nobody is left who could do the work.
    explained : callable
        Makes an error that says what helps of one that the executor gave, and what it was about.
    """

    executor: Submits
    at_once: int
    check: Callable[[], None] = _always
    explained: Callable[[BaseException, str], BaseException] = _as_it_is

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item], name: Callable[[Item], str]
    ) -> Iterator[Result]:
        """The results of a function for each of the items, in their order.

        Parameters
        ----------
        function : callable
            Of a module that the workers have.
        items : iterable
        name : callable
            What to call an item in an error.

        Raises
        ------
        Exception
            What the function raised. What has not begun by then is cancelled.
        """
        source = iter(items)
        waiting: deque[tuple[Item, Outcome]] = deque()
        try:
            for item in islice(source, self.at_once):
                waiting.append((item, self.executor.submit(function, item)))
            while waiting:
                item, future = waiting.popleft()
                try:
                    result: Result = self._result(future)
                except BaseException as error:
                    future.cancel()
                    raise self.explained(error, name(item)) from None
                del future  # with it the result leaves the worker's memory
                for item in islice(source, 1):
                    waiting.append((item, self.executor.submit(function, item)))
                yield result
        finally:
            for _, future in waiting:
                future.cancel()

    def _result(self, future: Outcome) -> Any:
        while True:
            raise_swallowed()
            try:
                return future.result(CHECK_SECONDS)
            except TimeoutError:
                if future.done():  # just now, or the function itself has raised it
                    return future.result()
                self.check()
