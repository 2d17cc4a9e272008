"""As many tasks as cores are at work at the same time, whichever processes they are in."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from src.core_turns import a_core

PART = Path(__file__).resolve().parents[1]
HOLD = """
import sys, tempfile, time
tempfile.tempdir = sys.argv[1]
import src.core_turns
src.core_turns.cores = lambda: 1
with src.core_turns.a_core():
    print("mine", flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def one_core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("src.core_turns.cores", lambda: 1)


@pytest.fixture
def holder(tmp_path: Path) -> "Iterator[subprocess.Popen[str]]":
    """Another process, which has the one core."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=PART, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "mine\n"
        yield process
        process.kill()


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How often somebody has looked for a core in vain."""
    found: list[float] = []

    def sleep(seconds: float, sleep: Callable[[float], None] = time.sleep) -> None:
        found.append(seconds)
        sleep(seconds)

    monkeypatch.setattr("time.sleep", sleep)
    return found


def test_a_turn_ends_with_its_process(
    holder: "subprocess.Popen[str]", looks: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits goes on when the other one is killed, and not before."""
    monkeypatch.setattr("time.sleep", lambda seconds: (looks.append(seconds), holder.kill()))
    with a_core():
        assert looks and holder.wait() == -signal.SIGKILL


def test_not_for_ever(
    holder: object, looks: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind one that does not go on, a task goes on in the end."""
    monkeypatch.setattr("src.core_turns.PATIENCE_SECONDS", 0.1)
    with a_core():
        assert looks


def test_as_many_as_there_are_cores(looks: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """With two cores two are at work, and a third one waits; then the turns are free again."""
    monkeypatch.setattr("src.core_turns.cores", lambda: 2)
    monkeypatch.setattr("src.core_turns.PATIENCE_SECONDS", 0.1)
    with a_core(), a_core():
        assert not looks
        with a_core():
            assert looks
    looks.clear()
    with a_core():
        assert not looks


def test_where_nothing_can_be_written(
    tmp_path: Path, looks: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a place for turns nobody waits."""
    (tmp_path / "file").touch()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    with a_core(), a_core():
        assert not looks
