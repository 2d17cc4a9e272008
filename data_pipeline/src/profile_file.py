"""The reference profile as a file beside the graph: what the drift report compares requests with.

The metadata of a model (see `reference`) say how it behaved on its validation rows as a whole. To
tell a changed mix of genres from changed songs it takes the rows themselves: what the graph said of
each, its true genre, and which rows are of one artist. They are a file of plain arrays, which NumPy
reads without unpickling anything.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from src.bootstrap import main_artists
from src.split import position
from src.training_data import TrainingData

PROFILE_FILE = "reference_profile.npz"
# 30,000 rows of 10 genres, which take less than 1 MB.
MOST_PROBABILITIES = 300_000


def profile_arrays(
    data: TrainingData, metadata: dict[str, Any], probabilities: npt.NDArray[np.float32]
) -> dict[str, npt.NDArray[Any]]:
    """What goes into the file.

    Parameters
    ----------
    data : TrainingData
    metadata : dict
        As `reference` makes it.
    probabilities : ndarray, shape (validation songs, genres)
        What the model's graph says of the validation rows.

    Returns
    -------
    dict of ndarray
        Of all validation rows: `genres` (text, in the order of the graph's probabilities),
        `rows`, `accuracy`, `mean_probabilities` and `predicted_share` (each of shape (genres,)),
        and `confidence_histogram` (20 bins over [0, 1]). Of the rows that are kept:
        `validation_probabilities` (float16, shape (kept, genres)), `validation_genres` (int16,
        positions in `genres`) and `validation_artists` (int32, a number for each main artist,
        without gaps). Kept are all rows, or as many as fit, of artists in the order of a hash of
        their names: whole artists, and the same ones from training to training.
    """
    profile = metadata["reference_profile"]
    artists = main_artists(data.validation_artists)
    kept = _kept(data, artists)
    return {
        "genres": np.array(data.genres, np.str_),
        "rows": np.array(profile["rows"], np.int64),
        "accuracy": np.array(profile["accuracy"], np.float64),
        "mean_probabilities": np.array(list(profile["mean_probabilities"].values())),
        "predicted_share": np.array(list(profile["predicted_share"].values())),
        "confidence_histogram": np.array(profile["confidence_histogram"], np.int64),
        "validation_probabilities": probabilities[kept].astype(np.float16),
        "validation_genres": data.validation_labels[kept].astype(np.int16),
        "validation_artists": np.unique(artists[kept], return_inverse=True)[1].astype(np.int32),
    }


def write_profile(path: str | Path, arrays: dict[str, npt.NDArray[Any]]) -> None:
    """Write the arrays of `profile_arrays` to a compressed .npz file."""
    np.savez_compressed(path, allow_pickle=False, **arrays)


def _kept(data: TrainingData, artists: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The rows of as many whole artists as fit, at least one, in the order of the table."""
    most = MOST_PROBABILITIES // len(data.genres)
    if len(artists) <= most:
        return np.arange(len(artists))
    _, first_rows, rows_each = np.unique(artists, return_index=True, return_counts=True)
    names = [data.validation_artists[row] for row in first_rows]
    places = [position(name[0] if name else "", "reference profile") for name in names]
    order = np.argsort(places, kind="stable")
    fitting = max(1, int(np.searchsorted(np.cumsum(rows_each[order]), most, side="right")))
    return np.flatnonzero(np.isin(artists, order[:fitting]))
