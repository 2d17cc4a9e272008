"""From two samples of songs to the reports, as JSON and as a page: batch, online, or two tables."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from src.comparison import ALPHA, MIN_EFFECT, MIN_SAMPLES, Thresholds
from src.errors import InputError
from src.files import write_whole
from src.page import render_page
from src.report import build_report
from src.request_log import read_request_log
from src.samples import Sample, sample_from_frame
from src.tables import read_table


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
