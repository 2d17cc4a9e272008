"""How the stages end: with exit code 0, or with one sentence and another exit code.

argparse ends wrong usage with exit code 2.
"""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

EXIT_CODES = (
    "Exit codes: 0 done, 1 the stage failed and says why, 2 wrong usage, 130 interrupted (Ctrl-C), "
    "143 terminated."
)


class PipelineError(Exception):
    """Something that the user can put right; the message says what it is and what helps."""


class Terminated(BaseException):
    """SIGTERM came; like KeyboardInterrupt, it is no error of the program."""


_swallowed: list[BaseException] = []


def run(stage: str, work: Callable[[], str]) -> int:
    """Do the work of a stage, print what it says, and return the exit code.

    Parameters
    ----------
    stage : str
        Name of the stage, printed before its messages.
    work : callable
        Does the work and returns what is to be said of it.

    Returns
    -------
    int
        0; 1 after a PipelineError or an OSError; 130 after SIGINT, 143 after SIGTERM.
    """
    try:
        with _sigterm_raised(), _swallowed_kept():
            print(f"{stage}: {work()}")
    except (PipelineError, OSError) as error:
        print(f"{stage}: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{stage}: interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    except Terminated:
        print(f"{stage}: terminated", file=sys.stderr)
        return 128 + signal.SIGTERM
    return 0


def raise_swallowed() -> None:
    """Raise what a signal raised while Python ran a destructor, which can raise nothing itself.

    It is called where work goes on, and before anything becomes final.
    """
    if _swallowed:
        raise _swallowed.pop()


@contextmanager
def _swallowed_kept() -> Iterator[None]:
    former = sys.unraisablehook

    def keep(unraisable: Any) -> None:
        if isinstance(unraisable.exc_value, KeyboardInterrupt | Terminated):
            _swallowed.append(unraisable.exc_value)
        else:
            former(unraisable)

    sys.unraisablehook = keep
    try:
        yield
    finally:
        sys.unraisablehook = former
        _swallowed.clear()


@contextmanager
def _sigterm_raised() -> Iterator[None]:
    """Turn SIGTERM into an exception, so that what is half done is undone before the end."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread can handle signals
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise Terminated

    former = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)
