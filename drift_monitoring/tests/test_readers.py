import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from src.analyze_drift import main
from src.readers import ThisProcess, log_readers
from tests.conftest import log_line

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
