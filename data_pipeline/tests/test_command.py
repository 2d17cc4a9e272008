import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from src.command import PipelineError, Terminated, run


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


def test_in_a_thread() -> None:
    """A stage may run in a thread, where no signal can be handled."""
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(run, "train", lambda: "done").result() == 0
