import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

from src.analyze_drift import (
    analyze_batch_drift,
    analyze_online_drift,
    main,
    run_ks_analysis,
)
from src.errors import InputError
from tests.conftest import REJECTED, log_line

Write = Callable[..., Path]
PART = Path(__file__).resolve().parents[1]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "reports" / "drift_report.json"


@pytest.fixture
def seconds_csv(prod: pl.DataFrame, tmp_path: Path) -> Path:
    """Production songs whose duration was written in seconds."""
    path = tmp_path / "seconds.csv"
    prod.with_columns(pl.col("duration_ms") // 1000).write_csv(path)
    return path


def log_of(songs: pl.DataFrame) -> list[str]:
    return [log_line(**song) for song in songs.iter_rows(named=True)]


def without_origin(report: dict[str, Any]) -> dict[str, Any]:
    return {key: report[key] for key in report.keys() - {"timestamp", "mode", "inputs"}}


@pytest.mark.parametrize("make", [pl.DataFrame, pd.DataFrame])
def test_frames(make: Any, train: pl.DataFrame, prod: pl.DataFrame, output: Path) -> None:
    """Two frames of pandas or polars make a report: returned, as JSON, and as a page."""
    report = run_ks_analysis(make(train.to_dict()), make(prod.to_dict()), output)
    assert json.loads(output.read_text()) == report
    assert output.with_suffix(".html").read_text().startswith("<!doctype html>")
    assert sorted(file.name for file in output.parent.iterdir()) == [
        "drift_report.html",
        "drift_report.json",
    ]
    assert (report["train_samples"], report["production_samples"]) == (2000, 1500)


def test_files_and_logs_give_what_frames_give(
    train: pl.DataFrame,
    prod: pl.DataFrame,
    train_csv: Path,
    prod_csv: Path,
    write_log: Write,
    output: Path,
) -> None:
    """The same songs get the same verdict and details as frames, as CSV files, and as a log."""
    frames = run_ks_analysis(train, prod, output)
    batch = analyze_batch_drift(train_csv, prod_csv, output)
    online = analyze_online_drift(train_csv, write_log(*log_of(prod)), output)
    assert without_origin(batch) == without_origin(frames)
    assert online.pop("request_log")["used"] == 1500
    assert without_origin(online) == without_origin(frames)
    assert (batch["mode"], online["mode"]) == ("batch", "online")
    assert batch["inputs"] == {"train_data": str(train_csv), "prod_data": str(prod_csv)}


@pytest.mark.parametrize("function", [run_ks_analysis, analyze_batch_drift, analyze_online_drift])
def test_signatures(function: Callable[..., Any]) -> None:
    """Three positional arguments are enough; the thresholds have the documented defaults."""
    parameters = list(inspect.signature(function).parameters.values())
    assert parameters[2].name == "output_path"
    assert {p.name: p.default for p in parameters[3:]} == {
        "alpha": 0.05,
        "min_effect": 0.05,
        "min_samples": 100,
    }


def test_thresholds_reach_the_report(train: pl.DataFrame, prod: pl.DataFrame, output: Path) -> None:
    """The thresholds that were asked for are used and written down."""
    report = run_ks_analysis(
        train, prod.head(50), output, alpha=0.01, min_effect=0.3, min_samples=51
    )
    assert report["status"] == "INSUFFICIENT_DATA"
    assert (report["alpha"], report["min_effect"], report["min_samples"]) == (0.01, 0.3, 51)


def test_what_the_log_held(train_csv: Path, write_log: Write, output: Path) -> None:
    """The report counts files and lines by kind, and says from when to when they are."""
    path = write_log(log_line(), REJECTED, "broken", log_line()[:50], end="")
    report = analyze_online_drift(str(train_csv), [str(path), path.parent], output)
    assert report["request_log"] == {
        "files": [str(path)],
        "damaged_files": [],
        "lines": 4,
        "used": 1,
        "rejected": 1,
        "invalid": 1,
        "torn": 1,
        "first_timestamp": "2026-11-24T23:04:13.014+00:00",
        "last_timestamp": "2026-11-24T23:04:13.014+00:00",
    }
    assert (report["status"], report["production_samples"]) == ("INSUFFICIENT_DATA", 1)


@pytest.mark.parametrize(
    ("name", "words"), [("report.html", "cannot end in .html"), ("", "is a folder")]
)
def test_what_the_report_cannot_be_called(
    train: pl.DataFrame, tmp_path: Path, name: str, words: str
) -> None:
    """An output that is a folder or the name of a page is refused before anything is written."""
    folder = tmp_path / "reports"
    folder.mkdir()
    with pytest.raises(InputError, match=words):
        run_ks_analysis(train, train, folder / name)
    assert list(tmp_path.rglob("*")) == [folder]


def test_the_literal_batch_command(train_csv: Path, prod_csv: Path, output: Path) -> None:
    """The command of the contract runs from the part's folder and prints one screen."""
    run = subprocess.run(
        [sys.executable, "src/analyze_drift.py", "--mode", "batch", "--train_data", train_csv,
         "--prod_data", prod_csv, "--output", output],
        cwd=PART,
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stderr) == (0, "")
    lines = run.stdout.splitlines()
    assert lines[0].startswith("NORMAL, no alert: 0 of 12 features drifted (0.0 %;")
    assert len(lines) <= 24 and max(map(len, lines[:-1])) <= 100
    assert lines[-1] == f"Reports: {output}, {output.with_suffix('.html')}"
    assert json.loads(output.read_text())["status"] == "NORMAL"


def test_the_online_command(
    train_csv: Path,
    prod: pl.DataFrame,
    write_log: Write,
    output: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Several places can be given; what was found in them is printed."""
    first = write_log(*log_of(prod.head(700)), name="a.jsonl")
    second = write_log(*log_of(prod.tail(800)), REJECTED, name="b.jsonl.1")
    arguments = ["--mode", "online", "--train_data", str(train_csv), "--output", str(output)]
    assert main([*arguments, "--api_logs", str(first), f"{second.parent}/*.1"]) == 0
    printed = capsys.readouterr().out
    assert "Songs: 2,000 in training, 1,500 in production" in printed
    assert "1,501 lines in 2 files: 1,500 used, 1 rejected, 0 invalid, 0 torn" in printed


def test_exit_code_for_an_alert(
    train_csv: Path,
    prod_csv: Path,
    seconds_csv: Path,
    output: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An alert exits with 3 only when asked to, after the reports are written."""
    arguments = ["--mode", "batch", "--train_data", str(train_csv), "--output", str(output)]
    assert main([*arguments, "--prod_data", str(seconds_csv)]) == 0
    assert "duration_ms       1.0000          0" in capsys.readouterr().out
    output.unlink()
    failing = [*arguments, "--fail-on", "drift"]
    assert main([*failing, "--prod_data", str(seconds_csv)]) == 3
    assert json.loads(output.read_text())["alert"]
    assert main([*failing, "--prod_data", str(prod_csv)]) == 0


def test_too_few_songs_are_no_failure(
    train_csv: Path, write_log: Write, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A log without songs is a report that says so, and exit code 0."""
    log = str(write_log(REJECTED))
    arguments = ["--mode", "online", "--train_data", str(train_csv), "--api_logs", log]
    assert main([*arguments, "--output", str(output), "--fail-on", "drift"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("INSUFFICIENT_DATA, no alert: training has 2,000 songs and")
    assert "not tested: too few values" in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--mode"),
        (["--mode", "hourly"], "invalid choice"),
        (["--mode", "batch", "--api_logs", "x"], "--api_logs goes with --mode online"),
        (["--mode", "online", "--prod_data", "x"], "--prod_data goes with --mode batch"),
        (["--mode", "batch", "--alpha", "much"], "invalid float value"),
    ],
)
def test_wrong_usage(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong usage exits with 2 and says what is wrong."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--mode", "batch", "--prod_data", "none.csv"], "there is no file none.csv"),
        (["--mode", "online", "--api_logs", "none/"], "no request log at none/"),
        (["--mode", "batch", "--alpha", "2"], "alpha: 2.0 is not between 0 and 1"),
        (["--mode", "batch", "--prod_data", "{train}", "--output", "{train}/x.json"], "train.csv"),
    ],
)
def test_what_cannot_be_read_or_written(
    arguments: list[str], words: str, train_csv: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unusable inputs, thresholds and outputs exit with 2 and one sentence."""
    given = [argument.format(train=train_csv) for argument in arguments]
    assert main(["--train_data", str(train_csv), *given]) == 2
    error = capsys.readouterr().err
    assert error.startswith("analyze_drift: error: ") and error.count("\n") == 1
    assert words in error


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    """The help names the exit codes and the defaults of the paths."""
    with pytest.raises(SystemExit):
        main(["--help"])
    printed = " ".join(capsys.readouterr().out.split())
    assert "Exit codes: 0 " in printed
    assert "data_pipeline/data/prod_sim.csv" in printed
    assert "model_serving/logs)" in printed
