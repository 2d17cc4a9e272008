"""The tables that `dvc plots` draws: confusion, calibration, and each genre's scores."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from src.files import written_whole
from src.scores import calibration_table, genre_scores
from src.training_data import TrainingData


def write_plots(folder: Path, data: TrainingData, probabilities: npt.NDArray[np.float32]) -> None:
    """Write confusion.csv, calibration.csv and genres.csv for the validation rows.

    Parameters
    ----------
    folder : path
        Made where it is missing.
    data : TrainingData
    probabilities : ndarray, shape (validation songs, genres)
    """
    predicted = probabilities.argmax(axis=1)
    names = np.array(data.genres)
    pairs = zip(names[data.validation_labels], names[predicted], strict=True)
    _write(folder / "confusion.csv", ("genre", "predicted"), pairs)
    _write(
        folder / "calibration.csv",
        ("confidence", "accuracy", "songs"),
        calibration_table(data.validation_labels, probabilities),
    )
    by_genre = genre_scores(data.validation_labels, predicted, data.genres)
    rows = [(genre, *row.values()) for genre, row in by_genre.items()]
    _write(folder / "genres.csv", ("genre", "precision", "recall", "f1", "songs"), rows)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    with written_whole(path) as file:
        file.write(text.getvalue().encode())
