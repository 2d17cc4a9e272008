"""The job that compares again and again, run as the process that it is."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from src.watch import GRACE_SECONDS, SIGNALS, _end_by_signals, _run, is_alive, main

PART = Path(__file__).resolve().parents[1]
Watch = subprocess.Popen[str]


@pytest.fixture
def heartbeat(tmp_path: Path) -> Path:
    return tmp_path / "heartbeat"


@pytest.fixture
def start(heartbeat: Path, tmp_path: Path) -> Iterator[Callable[..., Watch]]:
    """Starts the job on a training table that there is, or is not."""
    started: list[Watch] = []

    def start(*options: str, every: str = "1", train: str = "none.csv") -> Watch:
        command = [sys.executable, "-u", str(PART / "src" / "watch.py"), "--every", every]
        command += ["--heartbeat", str(heartbeat), "--", "--mode", "online"]
        command += ["--train_data", train, "--output", str(tmp_path / "report.json"), *options]
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            command, cwd=PART, stdout=pipe, stderr=subprocess.STDOUT, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def lines(process: Watch, words: str, count: int) -> list[str]:
    """What a process says until it has said some words a number of times."""
    assert process.stdout is not None
    said: list[str] = []
    while sum(words in line for line in said) < count:
        line = process.stdout.readline()
        assert line, said
        said.append(line)
    return said


def test_a_run_that_fails_ends_nothing(start: Callable[..., Watch], heartbeat: Path) -> None:
    """A run without what it needs says what is missing, and the next one begins."""
    said = "".join(lines(start(), "no report this time (exit code 2); next run in", 2))
    assert said.count("analyze_drift: error:") == 2 and "none.csv" in said
    assert is_alive(1, heartbeat)


def test_reports_are_written_anew(
    start: Callable[..., Watch], train_csv: Path, tmp_path: Path
) -> None:
    """Each run leaves a report of what the log holds by then."""
    log = tmp_path / "api_requests.jsonl"
    log.touch()
    process = start("--api_logs", str(log), train=str(train_csv))
    lines(process, "watch: next run", 1)
    (tmp_path / "report.json").unlink()
    lines(process, "watch: next run", 1)
    assert (tmp_path / "report.json").exists() and (tmp_path / "report.html").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_pause(start: Callable[..., Watch], number: signal.Signals) -> None:
    """A job that waits for the next hour ends at once, and well."""
    process = start(every="3600")
    lines(process, "next run in 3", 1)
    process.send_signal(number)
    rest, _ = process.communicate(timeout=5)
    assert (process.returncode, rest) == (0, "")


def test_a_signal_ends_a_run(start: Callable[..., Watch]) -> None:
    """A job that is told to end in the middle of a run leaves no run behind."""
    process = start()  # a run takes longer to import its libraries than this test to end it
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 10
    while not children.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    (child,) = children.read_text().split()
    process.terminate()
    process.communicate(timeout=5)
    assert process.returncode == 0
    assert not Path(f"/proc/{child}").exists()


def test_a_signal_as_a_run_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal before it is known which process was begun ends that process too."""
    popen, started = subprocess.Popen, []

    def told_meanwhile(command: list[str]) -> subprocess.Popen[bytes]:
        started.append(popen(command))
        os.kill(os.getpid(), signal.SIGTERM)
        return started[0]

    monkeypatch.setattr("subprocess.Popen", told_meanwhile)
    former = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        _end_by_signals()
        with pytest.raises(SystemExit):
            _run([sys.executable, "-c", "import time; time.sleep(60)"])
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
    assert started[0].poll() == -signal.SIGKILL


def test_a_late_heartbeat_is_no_life(heartbeat: Path) -> None:
    """--check fails before the first run has ended, and when none has ended for too long."""
    check = ["--check", "--every", "60", "--heartbeat", str(heartbeat)]
    assert main(check) == 1
    heartbeat.touch()
    assert main(check) == 0
    late = time.time() - 60 - GRACE_SECONDS - 1
    os.utime(heartbeat, (late, late))
    assert main(check) == 1


@pytest.mark.parametrize("value", ["0", "soon", "nan", "1e12"])
def test_a_wrong_interval_is_told(
    value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An interval that makes no sense is refused by its value and the variable's name."""
    monkeypatch.setenv("DRIFT_EVERY_SECONDS", value)
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert f"'{value}' is not a number of seconds" in capsys.readouterr().err
