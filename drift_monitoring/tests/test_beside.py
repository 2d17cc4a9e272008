import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest

from src.beside import in_thread
from src.errors import InputError
from src.processes import Processes


def test_work_in_a_thread() -> None:
    """What it returns, or raises, comes to who waits for it."""
    assert in_thread(divmod, 7, 3)() == (2, 1)
    waiting = in_thread(divmod, 7, 0)
    with pytest.raises(ZeroDivisionError):
        waiting()


@pytest.fixture
def processes() -> Iterator[Processes]:
    with ProcessPoolExecutor(1) as executor:
        yield Processes(executor, 1, lambda: None)


def test_work_in_a_process(processes: Processes) -> None:
    """It is done in one of those that read the log."""
    assert processes.beside(os.getpid)() != os.getpid()


def test_a_process_that_is_ended_from_outside(processes: Processes) -> None:
    """It is told in words, when the work is waited for, and for what is begun later."""
    waiting = processes.beside(os._exit, 1)
    with pytest.raises(InputError, match="ended from outside"):
        waiting()
    with pytest.raises(InputError, match="ended from outside"):
        processes.beside(divmod, 7, 3)
