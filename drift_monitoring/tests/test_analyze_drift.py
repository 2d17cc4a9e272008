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
from src.log_tasks import tasks_of
from tests.conftest import REJECTED, check_schema, log_line

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
    origin = {"timestamp", "mode", "inputs", "reference", "rates", "tests"}
    return {key: report[key] for key in report.keys() - origin}


def rounded(value: Any) -> Any:
    """The same with floats to ten digits: sums depend on the order of what is added."""
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    return float(f"{value:.10g}") if isinstance(value, float) else value


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
    assert without_origin(batch) == without_origin(frames)
    online = analyze_online_drift(train_csv, write_log(*log_of(prod)), output)
    assert without_origin(batch) == without_origin(frames)
    assert online.pop("request_log")["used"] == 1500
    assert online.pop("model_versions") == {"1": 1500}
    assert not online.pop("distinct_songs")
    assert online.pop("slices")["since"] is None
    # The sample of a log is chosen by request, and that of a table by song.
    for report in (batch, online, frames):
        check_schema(report | {"model_versions": {}})
        del report["multivariate"]
        for detail in report["details"].values():
            del detail["p_value_corrected"]
    del batch["model_versions"], frames["model_versions"]
    assert rounded(without_origin(online)) == rounded(without_origin(frames))
    assert (batch["mode"], online["mode"]) == ("batch", "online")
    assert batch["inputs"] == {"train_data": str(train_csv), "prod_data": str(prod_csv)}


@pytest.mark.parametrize("function", [run_ks_analysis, analyze_batch_drift, analyze_online_drift])
def test_signatures(function: Callable[..., Any]) -> None:
    """Three positional arguments are enough; the thresholds have the documented defaults."""
    parameters = list(inspect.signature(function).parameters.values())
    assert parameters[2].name == "output_path"
    assert {p.name: p.default for p in parameters[3:6]} == {
        "alpha": 0.05,
        "min_effect": 0.03,
        "min_samples": 100,
    }
    assert all(parameter.default is not parameter.empty for parameter in parameters[3:])


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
        "missing": 0,
        "out_of_range": 0,
        "torn": 1,
        "outside": 0,
        "unusable_lines": [
            {"file": str(path), "line": 3, "fault": "no JSON object"},
            {
                "file": str(path),
                "line": 4,
                "fault": "the last line is cut off, or just being written",
            },
        ],
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
    assert lines[0] == "NORMAL, no alert: None of 12 features drifted."
    assert len(lines) <= 26 and max(map(len, lines[:-1])) <= 100
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
    assert "duration_ms          1.0000           0" in capsys.readouterr().out
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
    assert printed.startswith("INSUFFICIENT_DATA, no alert: Not enough songs to judge: 2,000 of")
    assert "not tested: too few values" in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--mode"),
        (["--mode", "hourly"], "invalid choice"),
        (["--mode", "batch", "--api_logs", "x"], "--api_logs goes with --mode online"),
        (["--mode", "online", "--prod_data", "x"], "--prod_data goes with --mode batch"),
        (["--mode", "batch", "--alpha", "much"], "invalid float value"),
        (["--mode", "batch", "--since", "2026-11-01"], "--since goes with --mode online"),
        (["--mode", "batch", "--distinct-songs"], "--distinct-songs goes with --mode online"),
        (["--mode", "batch", "--by", "week"], "--by week goes with --mode online"),
        (["--mode", "online", "--by", "artist"], "invalid choice: 'artist'"),
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
        (["--mode", "batch", "--prod_data", "{train}", "--by", "genre"], "has no column genre"),
        (["--mode", "batch", "--train_data", "2026-11-01/2026-11-02"], "a window of a request log"),
        (["--mode", "online", "--api_logs", "{log}", "--since", "now"], "since: 'now' is no date"),
        (["--mode", "online", "--api_logs", "{log}", "--window", "1w"], "'1w' is no length"),
        (
            ["--mode", "online", "--api_logs", "{log}", "--train_data", "2020-01-01/2020-01-02"],
            "the request log has no songs in 2020-01-01/2020-01-02; it has 1 lines",
        ),
        (
            ["--mode", "batch", "--prod_data", "{train}", "--save-profile", "x.json"],
            "save-profile: x.json does not end in .npz",
        ),
        (["--mode", "batch", "--prod_data", "{train}", "--output", "{train}/x.json"], "train.csv"),
    ],
)
def test_what_cannot_be_read_or_written(
    arguments: list[str],
    words: str,
    train_csv: Path,
    write_log: Write,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Unusable inputs, thresholds and outputs exit with 2 and one sentence."""
    log = write_log(log_line())
    given = [argument.format(train=train_csv, log=log) for argument in arguments]
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


def test_the_log_against_its_own_past(
    prod: pl.DataFrame, write_log: Write, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Against a window of itself a log shows no drift, where training would alarm for ever."""
    songs = prod.with_columns(pl.col("loudness") - 9).iter_rows(named=True)
    lines = [
        log_line(**song, timestamp=f"2026-11-{1 + number // 100:02}T00:00:00Z")
        for number, song in enumerate(songs)
    ]
    arguments = ["--mode", "online", "--api_logs", str(write_log(*lines))]
    arguments += ["--reference", "2026-11-01/2026-11-08", "--output", str(output)]
    assert main([*arguments, "--by", "model_version", "--by", "week", "--window", "2d"]) == 0
    report = json.loads(output.read_text())
    check_schema(report)
    assert (report["train_samples"], report["production_samples"]) == (700, 800)
    assert (report["status"], report["alert"]) == ("NORMAL", False)
    assert report["reference"] == "request log, 2026-11-01/2026-11-08"
    assert {part["by"] for part in report["segments"]} == {"model_version", "week", "window"}
    assert "window from 2026-11-08: NORMAL, 200 songs" in capsys.readouterr().out


def test_versions_are_not_mixed_in_silence(
    train_csv: Path, prod: pl.DataFrame, write_log: Write, output: Path
) -> None:
    """Two model versions in a log are told, with the songs of each."""
    lines = log_of(prod.head(300)) + [
        log_line(**song, model_version="2") for song in prod.tail(200).iter_rows(named=True)
    ]
    report = analyze_online_drift(train_csv, write_log(*lines), output)
    assert report["model_versions"] == {"1": 300, "2": 200}
    assert any("1 (300 songs), 2 (200 songs)" in note for note in report["notes"])


def test_repeated_requests(
    train_csv: Path, prod: pl.DataFrame, write_log: Write, output: Path
) -> None:
    """A song asked a thousand times is no thousand songs; each can be made to count once."""
    popular = log_line(**prod.row(0, named=True))
    log = write_log(*log_of(prod), *[popular] * 1000)
    report = analyze_online_drift(train_csv, log, output)
    assert report["production_samples"] == 2500
    assert report["production_effective_samples"] == pytest.approx(2500**2 / (1499 + 1001**2), 0.05)
    assert (report["status"], report["alert"]) == ("INSUFFICIENT_DATA", False)
    assert any("--distinct-songs" in note for note in report["notes"])
    assert "worth 6 independent ones" in report["verdict"]
    once = analyze_online_drift(train_csv, log, output, distinct_songs=True)
    assert (once["production_samples"], once["status"]) == (1500, "NORMAL")
    assert once["production_effective_samples"] == 1500


def test_markdown_is_appended(train_csv: Path, prod_csv: Path, output: Path) -> None:
    """The summary comes after what a file already holds, as GitHub's job page wants it."""
    page = output.parent.parent / "summary.md"
    page.write_text("# before\n")
    analyze_batch_drift(train_csv, prod_csv, output, markdown=page)
    assert page.read_text().startswith("# before\n### NORMAL, no alert: None of 12")


def test_processes_read_a_large_log(
    train_csv: Path,
    prod: pl.DataFrame,
    write_log: Write,
    output: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A log of several blocks is read by several processes, to the very same report."""
    log = write_log(*log_of(prod.head(150)))
    for module in ("processes", "request_log"):
        monkeypatch.setattr(f"src.{module}.tasks_of", lambda files: tasks_of(files, 30_000))
    alone = analyze_online_drift(train_csv, log, output)
    arguments = ["--mode", "online", "--train_data", str(train_csv), "--api_logs", str(log)]
    assert main([*arguments, "--output", str(output)]) == 0
    together = json.loads(output.read_text())
    for report in (alone, together):
        del report["timestamp"]
    assert together == alone


def test_what_a_reading_process_loads() -> None:
    """Processes that read logs start without the libraries of tables, statistics and charts."""
    code = "import sys, src.analyze_drift; print(*{'polars', 'scipy', 'pygal'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], cwd=PART, capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("\n", "")
