import signal
import sys
from concurrent.futures import ThreadPoolExecutor

from pathlib import Path

import pytest

from src.command import PipelineError, Terminated, run
from src.files import written_whole


def stop(error: BaseException) -> str:
    raise error


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (PipelineError("do this"), 1, "train: error: do this"),
        (OSError(28, "No space left on device"), 1, "No space left on device"),
        (KeyboardInterrupt(), 130, "train: interrupted"),
        (Terminated(), 143, "train: terminated"),
    ],
)
def test_one_sentence_instead_of_a_traceback(
    error: BaseException, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the user can put right, and Ctrl-C, end a stage with one sentence and an exit code."""
    assert run("train", lambda: stop(error)) == code
    assert words in capsys.readouterr().err


def test_a_defect_keeps_its_traceback() -> None:
    """An error in the program itself is not dressed up as the user's."""
    with pytest.raises(ZeroDivisionError):
        run("train", lambda: str(1 / 0))


def test_sigterm_ends_like_ctrl_c(capsys: pytest.CaptureFixture[str]) -> None:
    """SIGTERM in the middle of the work undoes what is half done; afterwards it is as before."""
    former = signal.getsignal(signal.SIGTERM)
    undone = []

    def work() -> str:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            undone.append(True)
        return "not reached"

    assert run("train", work) == 143 and undone == [True]
    assert capsys.readouterr() == ("", "train: terminated\n")
    assert signal.getsignal(signal.SIGTERM) is former


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_a_signal_in_a_destructor(
    number: int, code: int, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python drops what is raised in a destructor: the stage ends all the same, without a file."""

    class Dropped:
        def __del__(self) -> None:
            signal.raise_signal(number)

    def work() -> str:
        with written_whole(tmp_path / "out"):
            Dropped()
        return "not reached"

    assert run("train", work) == code
    assert capsys.readouterr() == ("", f"train: {word}\n")
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_a_destructor_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other error of a destructor is shown as Python shows it, and ends nothing."""
    shown: list[BaseException | None] = []

    class Dropped:
        def __del__(self) -> None:
            raise ValueError

    def work() -> str:
        Dropped()
        return "done"

    monkeypatch.setattr(sys, "unraisablehook", lambda told: shown.append(told.exc_value))
    assert run("train", work) == 0
    assert [type(error) for error in shown] == [ValueError]


def test_in_a_thread() -> None:
    """A stage may run in a thread, where no signal can be handled."""
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(run, "train", lambda: "done").result() == 0
