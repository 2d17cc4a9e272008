"""Has the music changed? Compares the songs of training with those of production, by feature."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from src.comparison import ALPHA, MIN_EFFECT, MIN_SAMPLES, Thresholds
from src.errors import InputError
from src.files import write_whole
from src.page import render_page
from src.report import build_report
from src.request_log import read_request_log
from src.samples import Sample, sample_from_frame
from src.summary import summary
from src.tables import read_table

ROOT = Path(__file__).resolve().parents[2]
EXIT_CODES = (
    "Exit codes: 0 the reports are written, 2 wrong usage or a file that cannot be read or "
    "written (no report then), 3 the reports are written and say alert (with --fail-on drift)."
)


def run_ks_analysis(
    train_df: Any,
    prod_df: Any,
    output_path: str | Path,
    *,
    alpha: float = ALPHA,
    min_effect: float = MIN_EFFECT,
    min_samples: int = MIN_SAMPLES,
) -> dict[str, Any]:
    """Compare two tables of songs and write the drift report.

    Parameters
    ----------
    train_df, prod_df : pandas or polars DataFrame
        With a column for each of the 12 features; others are ignored.
    output_path : path
        The JSON report. An HTML report of the same name is written beside it.
    alpha : float
        The corrected p-value of a drifted feature is smaller.
    min_effect : float
        The KS statistic of a drifted feature is at least this; 0 leaves p alone to decide.
    min_samples : int
        Songs on either side under which nothing is decided.

    Returns
    -------
    dict
        The report.

    Raises
    ------
    InputError
        When a feature has no column of numbers, or a threshold is out of its range.
    """
    thresholds = Thresholds(alpha, min_effect, min_samples)
    return _write_report(
        sample_from_frame(train_df, "train_df"),
        sample_from_frame(prod_df, "prod_df"),
        Path(output_path),
        thresholds,
        mode="batch",
        inputs={},
    )


def analyze_batch_drift(
    train_path: str | Path,
    prod_path: str | Path,
    output_path: str | Path,
    *,
    alpha: float = ALPHA,
    min_effect: float = MIN_EFFECT,
    min_samples: int = MIN_SAMPLES,
) -> dict[str, Any]:
    """Compare two CSV files of songs and write the drift report.

    Parameters
    ----------
    train_path, prod_path : path
        Such as train.csv and prod_sim.csv of the pipeline.
    output_path, alpha, min_effect, min_samples
        As in `run_ks_analysis`.

    Returns
    -------
    dict
        The report.

    Raises
    ------
    InputError
        When a file is missing, empty, no CSV or lacks a feature, or a threshold is out of range.
    """
    thresholds = Thresholds(alpha, min_effect, min_samples)
    return _write_report(
        read_table(train_path),
        read_table(prod_path),
        Path(output_path),
        thresholds,
        mode="batch",
        inputs={"train_data": str(train_path), "prod_data": str(prod_path)},
    )


def analyze_online_drift(
    train_path: str | Path,
    api_logs_path: str | Path | Sequence[str | Path],
    output_path: str | Path,
    *,
    alpha: float = ALPHA,
    min_effect: float = MIN_EFFECT,
    min_samples: int = MIN_SAMPLES,
) -> dict[str, Any]:
    """Compare the songs of training with those that the service was asked about.

    Parameters
    ----------
    train_path : path
        Such as train.csv of the pipeline.
    api_logs_path : path, or a sequence of them
        Files, folders and globs of the request log, rotated and packed files too.
    output_path, alpha, min_effect, min_samples
        As in `run_ks_analysis`. The report also says how many lines of the log were used, and how
        many not and why.

    Returns
    -------
    dict
        The report.

    Raises
    ------
    InputError
        When the training songs cannot be read, there is no log, or a threshold is out of range.
    """
    thresholds = Thresholds(alpha, min_effect, min_samples)
    train = read_table(train_path)
    current, counts = read_request_log(api_logs_path)
    return _write_report(
        train,
        current,
        Path(output_path),
        thresholds,
        mode="online",
        inputs={"train_data": str(train_path), "api_logs": counts.files},
        request_log=asdict(counts),
    )


def _write_report(
    reference: Sample, current: Sample, output: Path, thresholds: Thresholds, **about: Any
) -> dict[str, Any]:
    page = page_path(output)
    report = build_report(reference, current, thresholds, **about)
    write_whole(page, render_page(report, reference, current))
    write_whole(output, json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    return report


def page_path(output: Path) -> Path:
    """Where the HTML report is: beside the JSON report, under the same name.

    Raises
    ------
    InputError
        When the JSON report cannot be called so.
    """
    if output.is_dir():
        raise InputError(f"output: {output} is a folder; wanted the name of the JSON report")
    page = output.with_suffix(".html")
    if page == output:
        raise InputError(f"output: {output} is the JSON report and cannot end in .html")
    return page


def main(argv: list[str] | None = None) -> int:
    arguments = _arguments(argv)
    thresholds = {
        "alpha": arguments.alpha,
        "min_effect": arguments.min_effect,
        "min_samples": arguments.min_samples,
    }
    output = Path(arguments.output)
    try:
        if arguments.mode == "batch":
            report = analyze_batch_drift(
                arguments.train_data, arguments.prod_data, output, **thresholds
            )
        else:
            report = analyze_online_drift(
                arguments.train_data, arguments.api_logs, output, **thresholds
            )
    except (InputError, OSError) as error:
        print(f"analyze_drift: error: {error}", file=sys.stderr)
        return 2
    print(summary(report, output, page_path(output)))
    return 3 if report["alert"] and arguments.fail_on == "drift" else 0


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    add = parser.add_argument
    add("--mode", required=True, choices=["batch", "online"], help="with what to compare")
    add(
        "--train_data",
        default=_beside("data_pipeline/data/train.csv"),
        help="CSV file with the songs of training (default: %(default)s)",
    )
    prod = _beside("data_pipeline/data/prod_sim.csv")
    add("--prod_data", help=f"batch: CSV file with newer songs (default: {prod})")
    logs = _beside("model_serving/logs")
    add(
        "--api_logs",
        nargs="+",
        metavar="PLACE",
        help="online: the request log of the service; files, folders or quoted globs, packed "
        f"(.gz) and rotated ones too (default: {logs})",
    )
    add(
        "--output",
        default="reports/drift_report.json",
        help="JSON report; an HTML report of the same name is written beside it "
        "(default: %(default)s)",
    )
    add(
        "--alpha",
        type=float,
        default=ALPHA,
        help="drifted: p-value, corrected for 12 tests, below this (default: %(default)s)",
    )
    add(
        "--min-effect",
        type=float,
        default=MIN_EFFECT,
        help="and KS statistic of at least this; 0: by p-value alone (default: %(default)s)",
    )
    add(
        "--min-samples",
        type=int,
        default=MIN_SAMPLES,
        help="songs on either side under which nothing is decided (default: %(default)s)",
    )
    add(
        "--fail-on",
        choices=["drift", "never"],
        default="never",
        help="drift: exit with 3 when the report says alert (default: %(default)s)",
    )
    arguments = parser.parse_args(argv)
    if arguments.mode == "batch" and arguments.api_logs:
        parser.error("--api_logs goes with --mode online; --mode batch takes --prod_data")
    if arguments.mode == "online" and arguments.prod_data:
        parser.error("--prod_data goes with --mode batch; --mode online takes --api_logs")
    arguments.prod_data = arguments.prod_data or prod
    arguments.api_logs = arguments.api_logs or [logs]
    return arguments


def _beside(path: str) -> str:
    """A path of the repository as it is written from the current folder."""
    return os.path.relpath(ROOT / path)


if __name__ == "__main__":
    sys.exit(main())
