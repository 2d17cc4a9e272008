"""Split the songs by year into training and simulated production, keeping what can be used.

Kept are year, genre and the 12 features, and id and artists where the file has them; never the
lyrics. Rows that cannot be used are dropped and counted in a data-quality report.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from src.cleaning import REASONS, Cleaner, kept_columns
from src.command import EXIT_CODES, PipelineError, run
from src.files import written_whole
from src.songs import FEATURES, GENRE, YEAR

BATCH = 50_000


class SplitFile:
    """One side of the split: writes its songs to a file and counts them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.genres: Counter[str] = Counter()
        self.years: Counter[int] = Counter()

    def append(self, songs: pl.DataFrame) -> None:
        songs.write_csv(self._file, include_header=not self._file.tell())
        self.genres.update(dict(songs[GENRE].value_counts().iter_rows()))
        self.years.update(dict(songs[YEAR].value_counts().iter_rows()))

    def summary(self) -> dict[str, Any]:
        return {
            "rows": self.genres.total(),
            "first_year": min(self.years),
            "last_year": max(self.years),
            "genres": dict(self.genres.most_common()),
        }


def process_data(
    input_path: str | Path,
    train_output: str | Path,
    prod_output: str | Path,
    year_threshold: int = 2010,
    quality_output: str | Path | None = None,
) -> dict[str, Any]:
    """Clean a table of songs and split it by year.

    Parameters
    ----------
    input_path : path
        CSV file in UTF-8 with at least year, genre and the 12 features.
    train_output, prod_output : path
        Files for the songs of `year_threshold` and older, and for the newer ones.
    year_threshold : int
        Last year of the training songs.
    quality_output : path, optional
        Where to write the data-quality report; None is data_quality.json beside `train_output`.

    Returns
    -------
    dict
        The data-quality report: rows read, kept and dropped by reason, and rows per genre and the
        years on both sides.

    Raises
    ------
    PipelineError
        When a column is missing, the file is empty or no CSV, or one side would be empty. Then no
        output is written.
    """
    columns = kept_columns(_columns(Path(input_path)))
    cleaner = Cleaner()
    with written_whole(train_output) as train_file, written_whole(prod_output) as prod_file:
        train, prod = SplitFile(train_file), SplitFile(prod_file)
        for batch in _batches(Path(input_path), columns):
            songs = cleaner.clean(batch)
            old = songs[YEAR] <= year_threshold
            train.append(songs.filter(old))
            prod.append(songs.filter(~old))
        _check_both_sides(cleaner, train, prod, year_threshold)
    report = {
        "rows_read": cleaner.rows,
        "rows_kept": cleaner.rows - cleaner.dropped.total(),
        "rows_dropped": {reason: cleaner.dropped[reason] for reason in REASONS},
        "faults_by_feature": {f"{r}.{f}": n for (r, f), n in sorted(cleaner.faults.items())},
        "year_threshold": year_threshold,
        "train": train.summary(),
        "prod_sim": prod.summary(),
    }
    if quality_output is None:
        quality_output = Path(train_output).with_name("data_quality.json")
    with written_whole(quality_output) as file:
        file.write(json.dumps(report, indent=2, ensure_ascii=False).encode() + b"\n")
    return report


def _columns(path: Path) -> list[str]:
    """The column names of a CSV file, checked at the door."""
    wanted = [YEAR, GENRE, *FEATURES]
    if not path.is_file():
        raise PipelineError(f"there is no file {path}")
    with open(path, "rb") as file:
        start = file.read(1 << 16)
    if not start.strip():
        raise PipelineError(f"{path} is empty; wanted a CSV table with {', '.join(wanted)}")
    if b"\0" in start:
        raise PipelineError(f"{path} is no CSV text (it holds NUL bytes: is it packed, or UTF-16?)")
    try:
        found = pl.scan_csv(path, infer_schema=False).collect_schema().names()
    except pl.exceptions.PolarsError as error:
        raise PipelineError(f"{path} cannot be read as CSV: {error}") from error
    missing = [column for column in wanted if column not in found]
    if missing:
        names = ", ".join(found[:30])
        raise PipelineError(
            f"{path} has no column {', '.join(missing)}; found: {names[:500]}"
            + ("" if len(found) > 1 else " (columns must be separated by commas)")
        )
    return found


def _batches(path: Path, columns: list[str]) -> Iterator[pl.DataFrame]:
    # All columns come as text: Polars would guess that an id is a number, and a value that is no
    # number would stop it; the cleaner turns such a value into a counted row.
    table = pl.scan_csv(path, infer_schema=False).select(columns)
    try:
        yield from table.collect_batches(chunk_size=BATCH, engine="streaming")
    except pl.exceptions.PolarsError as error:
        raise PipelineError(f"{path} cannot be read as CSV: {error}") from error


def _check_both_sides(cleaner: Cleaner, train: SplitFile, prod: SplitFile, threshold: int) -> None:
    years = sorted(train.years | prod.years)
    if not years:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in cleaner.dropped.items())
        raise PipelineError(f"none of the {cleaner.rows} rows can be used ({reasons or 'no rows'})")
    if train.years and prod.years:
        return
    side = "newer than" if train.years else "of or before"
    way_out = (
        f"choose a threshold from {years[0]} to {years[-1] - 1} (data.train_year_threshold)"
        if years[0] < years[-1]
        else "they cannot be split by year"
    )
    raise PipelineError(
        f"no usable song is {side} {threshold}: the years run from {years[0]} to {years[-1]}; "
        + way_out
    )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    parser.add_argument("--input_path", required=True, help="CSV file with the songs")
    parser.add_argument("--train_output", required=True, help="songs up to the threshold")
    parser.add_argument("--prod_output", required=True, help="newer songs")
    parser.add_argument("--year_threshold", type=int, default=2010, help="default: %(default)s")
    parser.add_argument(
        "--quality_output", help="report (default: data_quality.json beside the training songs)"
    )
    arguments = parser.parse_args(argv)

    def work() -> str:
        report = process_data(**vars(arguments))
        dropped = {reason: count for reason, count in report["rows_dropped"].items() if count}
        return (
            f"{report['rows_read']:,} songs read, {report['train']['rows']:,} for training, "
            f"{report['prod_sim']['rows']:,} for simulated production, "
            f"{sum(dropped.values()):,} dropped{f' {dropped}' if dropped else ''}"
        )

    return run("process", work)


if __name__ == "__main__":
    sys.exit(main())
