import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from src.analyze_drift import main
from src.processes import Processes
from src.readers import ThisProcess, log_readers
from tests.conftest import log_line

PART = Path(__file__).resolve().parents[1]
Write = Callable[..., Path]
ADDRESS = "tcp://127.0.0.1:1"


def test_a_small_log_is_read_here(write_log: Write) -> None:
    """No process is started for a log that is read sooner than a process has started."""
    with log_readers(str(write_log(log_line()))) as readers:
        assert isinstance(readers, ThisProcess)


def test_no_dask(
    train_csv: Path,
    write_log: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A scheduler that is named where Dask is not installed is an error with the way out."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    arguments = ["--mode", "online", "--train_data", str(train_csv), "--output"]
    arguments += [str(tmp_path / "report.json"), "--api_logs", str(write_log(log_line()))]
    assert main([*arguments, "--scheduler", ADDRESS]) == 2
    error = capsys.readouterr().err
    assert f"the scheduler {ADDRESS} is named" in error and "requirements-dask.txt" in error
    assert not (tmp_path / "report.json").exists()


def test_tables_are_read_here(
    train_csv: Path, prod_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduler in the environment, which other programs use, plays no part in --mode batch."""
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", ADDRESS)
    arguments = ["--mode", "batch", "--train_data", str(train_csv), "--prod_data", str(prod_csv)]
    assert main([*arguments, "--output", str(tmp_path / "report.json")]) == 0
    assert (tmp_path / "report.json").exists()


INTERRUPTED_AT_ONCE = """
import os, signal, sys
import src.processes
from src.analyze_drift import main

begin = src.processes._begin


def begin_late():
    os.kill(os.getpid(), signal.SIGINT)
    begin()


src.processes.tasks_of.__defaults__ = (1000,)
src.processes._begin = begin_late
os.sched_getaffinity = lambda process: {0, 1}
sys.exit(main(sys.argv[1:]))
"""

INTERRUPTED = """
import os, sys, time
import src.processes
from src.analyze_drift import main


def read_for_long(blocks, plan):
    os.write(1, b"reading\\n")
    time.sleep(2)


src.processes.tasks_of.__defaults__ = (1000,)
src.processes.read_blocks = read_for_long
os.sched_getaffinity = lambda process: {0, 1}
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def arguments(train_csv: Path, write_log: Write, tmp_path: Path) -> list[str]:
    """Of a report on a log that is read by processes if they are started for small ones too."""
    arguments = ["--mode", "online", "--train_data", str(train_csv)]
    arguments += ["--api_logs", str(write_log(*[log_line()] * 40))]
    return [*arguments, "--output", str(tmp_path / "report.json")]


def test_ctrl_c_as_processes_start(arguments: list[str], tmp_path: Path) -> None:
    """A process that Ctrl-C reaches before it has begun reads on; who started it decides."""
    command = [sys.executable, "-c", INTERRUPTED_AT_ONCE, *arguments]
    done = subprocess.run(command, cwd=PART, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "report.json").exists()


def test_without_a_list_of_cores(write_log: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that does not say which cores may be used, as macOS, has all of them used."""
    monkeypatch.delattr("os.sched_getaffinity")
    monkeypatch.setattr("src.processes.tasks_of.__defaults__", (1000,))
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    with log_readers(str(write_log(*[log_line()] * 40))) as readers:
        assert isinstance(readers, Processes)


def test_ctrl_c_while_processes_read(arguments: list[str], tmp_path: Path) -> None:
    """Ctrl-C, which goes to all processes of a terminal, ends them in one line; no report."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, *arguments],
        cwd=PART, stdout=pipe, stderr=pipe, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        assert [process.stdout.readline() for _ in range(2)] == ["reading\n"] * 2
        os.killpg(process.pid, signal.SIGINT)
        assert process.stderr.read() == "analyze_drift: interrupted\n"
    assert process.returncode == 130
    assert not (tmp_path / "report.json").exists()
