"""The two outputs of `process`: what is written to each, counted, and neither of them empty."""

from collections import Counter
from pathlib import Path
from typing import Any, BinaryIO

from src.blocks import Side
from src.command import PipelineError
from src.counts import REASONS, Counts
from src.files import named_errors
from src.quality import by_frequency


class SplitFile:
    """One side of the split: writes its songs to a file and counts them."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._path = path
        self.genres: Counter[str] = Counter()
        self.years: Counter[int] = Counter()

    def append(self, columns: list[str], side: Side) -> None:
        with named_errors(self._path):
            if not self._file.tell():
                self._file.write(",".join(columns).encode() + b"\n")
            self._file.write(side.text)
        self.genres.update(side.genres)
        self.years.update(side.years)

    def summary(self) -> dict[str, Any]:
        return {
            "rows": self.genres.total(),
            "first_year": min(self.years),
            "last_year": max(self.years),
            "genres": dict(by_frequency(self.genres)),
        }


def check_both_sides(counts: Counts, train: SplitFile, prod: SplitFile, threshold: int) -> None:
    """Refuse a split with no songs on one side, and say which threshold gives some on both.

    Raises
    ------
    PipelineError
    """
    years = sorted(train.years | prod.years)
    if not years:
        found = {reason: counts.dropped[reason] for reason in REASONS if counts.dropped[reason]}
        reasons = ", ".join(f"{reason}: {count}" for reason, count in found.items())
        raise PipelineError(f"none of the {counts.rows} rows can be used ({reasons or 'no rows'})")
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
