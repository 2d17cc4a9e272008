import pytest

from src.command import PipelineError, run


def stop(error: BaseException) -> str:
    raise error


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (PipelineError("do this"), 1, "train: error: do this"),
        (OSError(28, "No space left on device"), 1, "No space left on device"),
        (KeyboardInterrupt(), 130, "train: interrupted"),
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
