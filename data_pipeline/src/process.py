"""Split the songs by year into training and simulated production, keeping what can be used.

Kept are year, genre and the 12 features, and id and artists where the file has them; never the
lyrics. Rows that cannot be used are dropped and counted in a data-quality report.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from src.ahead import one_ahead
from src.cleaning import REASONS, Cleaner
from src.command import EXIT_CODES, PipelineError, run
from src.csv_chunks import CHUNK
from src.files import named_errors, written_together
from src.progress import progress
from src.quality import by_frequency, similar_genres, summary
from src.song_batches import read_batches, read_header
from src.songs import GENRE, YEAR


class SplitFile:
    """One side of the split: writes its songs to a file and counts them."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._path = path
        self.genres: Counter[str] = Counter()
        self.years: Counter[int] = Counter()

    def append(self, songs: pl.DataFrame) -> None:
        with named_errors(self._path):
            songs.write_csv(self._file, include_header=not self._file.tell())
        self.genres.update(dict(songs[GENRE].value_counts().iter_rows()))
        self.years.update(dict(songs[YEAR].value_counts().iter_rows()))

    def summary(self) -> dict[str, Any]:
        return {
            "rows": self.genres.total(),
            "first_year": min(self.years),
            "last_year": max(self.years),
            "genres": dict(by_frequency(self.genres)),
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
    source, train_path, prod_path = Path(input_path), Path(train_output), Path(prod_output)
    quality_path = Path(quality_output or train_path.with_name("data_quality.json"))
    header = read_header(source)
    cleaner = Cleaner()
    with (
        progress("process", source.stat().st_size, "B") as advance,
        written_together(train_path, prod_path, quality_path) as (train_file, prod_file, file),
    ):
        train, prod = SplitFile(train_file, train_path), SplitFile(prod_file, prod_path)
        batches = read_batches(source, header, CHUNK)
        for songs, size in one_ahead((cleaner.clean(batch), batch.size) for batch in batches):
            old = songs[YEAR] <= year_threshold
            train.append(songs.filter(old))
            prod.append(songs.filter(~old))
            advance(size)
        _check_both_sides(cleaner, train, prod, year_threshold)
        report = {
            "rows_read": cleaner.rows,
            "rows_kept": cleaner.rows - cleaner.dropped.total(),
            "rows_dropped": {reason: cleaner.dropped[reason] for reason in REASONS},
            "first_dropped_lines": {
                reason: cleaner.first_lines[reason]
                for reason in REASONS
                if reason in cleaner.first_lines
            },
            "faults_by_feature": {f"{r}.{f}": n for (r, f), n in sorted(cleaner.faults.items())},
            "year_threshold": year_threshold,
            "similar_genres": similar_genres(train.genres + prod.genres),
            "train": train.summary(),
            "prod_sim": prod.summary(),
        }
        file.write(json.dumps(report, indent=2, ensure_ascii=False).encode() + b"\n")
    return report


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

    return run("process", lambda: summary(process_data(**vars(arguments))))


if __name__ == "__main__":
    sys.exit(main())
