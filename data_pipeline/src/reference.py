"""What travels with a model: its genres, its behaviour on the validation rows, a known song."""

from typing import Any

import numpy as np
import numpy.typing as npt

from src.songs import FEATURES
from src.training_data import TrainingData

CONFIDENCE_BINS = 20


def reference(data: TrainingData, probabilities: npt.NDArray[np.float32]) -> dict[str, Any]:
    """The metadata of a registered model.

    Parameters
    ----------
    data : TrainingData
    probabilities : ndarray, shape (validation songs, genres)
        What the model's graph says of the validation rows.

    Returns
    -------
    dict
        `genres`, in the order of the graph's probabilities; `reference_profile` on the validation
        rows: `rows`, `accuracy`, `mean_probabilities` (the prior) and `predicted_share` by genre,
        and `confidence_histogram` (songs in 20 bins of equal width over [0, 1]); `known_song`: the
        features of one validation song and the probabilities that the graph gave it.
    """
    predicted = probabilities.argmax(axis=1)
    shares = np.bincount(predicted, minlength=len(data.genres)) / len(predicted)
    histogram, _ = np.histogram(probabilities.max(axis=1), CONFIDENCE_BINS, (0.0, 1.0))
    return {
        "genres": list(data.genres),
        "reference_profile": {
            "rows": len(predicted),
            "accuracy": float((predicted == data.validation_labels).mean()),
            "mean_probabilities": _by_genre(data, probabilities.mean(axis=0, dtype=np.float64)),
            "predicted_share": _by_genre(data, shares),
            "confidence_histogram": histogram.tolist(),
        },
        "known_song": {
            "features": dict(zip(FEATURES, data.validation_features[0].tolist(), strict=True)),
            "probabilities": _by_genre(data, probabilities[0]),
        },
    }


def _by_genre(data: TrainingData, values: npt.NDArray[np.floating]) -> dict[str, float]:
    return dict(zip(data.genres, values.tolist(), strict=True))
