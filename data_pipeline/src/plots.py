"""The tables that `dvc plots` draws, of the same figures as the model card."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from src.appraisal import Appraisal
from src.files import written_whole


def write_plots(folder: Path, appraisal: Appraisal) -> None:
    """Write confusion.csv, calibration.csv, genres.csv, importance.csv and decades.csv.

    Parameters
    ----------
    folder : path
        Made where it is missing.
    appraisal : Appraisal
    """
    # DVC counts the rows itself: one for each validation song.
    pairs = (
        (appraisal.genres[true], appraisal.genres[predicted])
        for (true, predicted), songs in np.ndenumerate(appraisal.confusion)
        for _ in range(songs)
    )
    _write(folder / "confusion.csv", ("genre", "predicted"), pairs)
    _write(
        folder / "calibration.csv", ("confidence", "accuracy", "songs"), appraisal.calibration
    )
    by_genre = [(genre, *row.values()) for genre, row in appraisal.by_genre.items()]
    _write(folder / "genres.csv", ("genre", "precision", "recall", "f1", "songs"), by_genre)
    importance = [(name, e.value, e.low, e.high) for name, e in appraisal.importance.items()]
    _write(folder / "importance.csv", ("feature", "accuracy_lost", "low", "high"), importance)
    sides = {"validation": appraisal.slices.validation, "newer": appraisal.slices.newer}
    decades = [
        (f"{decade}, {side}", e.value, e.low, e.high, e.songs)
        for side, found in sides.items()
        for decade, e in found.items()
    ]
    header = ("decade", "accuracy", "low", "high", "songs")
    _write(folder / "decades.csv", header, decades)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    with written_whole(path) as file:
        file.write(text.getvalue().encode())
