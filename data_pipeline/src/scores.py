"""How good predicted probabilities are."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn import metrics

Floats = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]

CALIBRATION_BINS = 15


def scores(labels: Labels, probabilities: Floats) -> dict[str, float]:
    """Accuracy, macro F1, log loss, top-3 accuracy and calibration error.

    Parameters
    ----------
    labels : ndarray of int, shape (songs,)
        True classes, from 0.
    probabilities : ndarray, shape (songs, classes)
        Rows sum to 1.

    Returns
    -------
    dict
        `accuracy`, `macro_f1` (over the classes that occur or are predicted), `log_loss` (in nats),
        `top3_accuracy`, `ece`.
    """
    probabilities = np.asarray(probabilities, np.float64)
    probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)
    classes = np.arange(probabilities.shape[1])
    predicted = probabilities.argmax(axis=1)
    top = np.argsort(-probabilities, axis=1, kind="stable")[:, :3]
    return {
        "accuracy": float(metrics.accuracy_score(labels, predicted)),
        "macro_f1": float(metrics.f1_score(labels, predicted, average="macro", zero_division=0)),
        "log_loss": float(metrics.log_loss(labels, probabilities, labels=classes)),
        "top3_accuracy": float((top == labels[:, None]).any(axis=1).mean()),
        "ece": expected_calibration_error(labels, probabilities),
    }


def expected_calibration_error(
    labels: Labels, probabilities: Floats, bins: int = CALIBRATION_BINS
) -> float:
    """Mean gap between confidence and accuracy over bins of equal width, weighted by their songs.

    Guo, Pleiss, Sun & Weinberger (2017), "On Calibration of Modern Neural Networks", equation 3.
    """
    table = calibration_table(labels, probabilities, bins)
    weights = np.array([songs for _, _, songs in table])
    gaps = np.array([abs(accuracy - confidence) for confidence, accuracy, _ in table])
    return float(weights @ gaps / weights.sum())


def calibration_table(
    labels: Labels, probabilities: Floats, bins: int = CALIBRATION_BINS
) -> list[tuple[float, float, int]]:
    """(mean confidence, accuracy, songs) of each bin of confidence that is not empty."""
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        (float(confidence[here].mean()), float(correct[here].mean()), int(here.sum()))
        for here in (bin_of == b for b in range(bins))
        if here.any()
    ]


def genre_scores(
    labels: Labels, predicted: Labels, genres: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Precision, recall and songs of each genre; 0 where there is nothing to divide by."""
    precision, recall, _, support = metrics.precision_recall_fscore_support(
        labels, predicted, labels=np.arange(len(genres)), zero_division=0
    )
    return {
        genre: {"precision": float(p), "recall": float(r), "songs": int(n)}
        for genre, p, r, n in zip(genres, precision, recall, support, strict=True)
    }
