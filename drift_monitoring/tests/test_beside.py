import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from src.beside import in_thread
from src.errors import InputError
from src.processes import Processes

PART = Path(__file__).resolve().parents[1]
# Asks for a table in a process, with the threads of the library of tables at hand in this one.
TABLE_IN_A_PROCESS = """
import sys
from src.processes import started
from src.tables import read_table

here = read_table(sys.argv[1])
with started(1) as process:
    there = process.beside(read_table, sys.argv[1])()
sys.exit(here.columns.tobytes() != there.columns.tobytes())
"""


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


def test_a_process_beside_the_threads_of_a_library(train_csv: Path) -> None:
    """It is no copy of this one, or it would wait for locks of threads that it does not have."""
    command = [sys.executable, "-c", TABLE_IN_A_PROCESS, str(train_csv)]
    done = subprocess.run(command, cwd=PART, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
