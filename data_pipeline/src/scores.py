"""How good predicted probabilities are.

The formulas are those of scikit-learn, whose import takes longer than all of them on 50,000 songs.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

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
    predicted = probabilities.argmax(axis=1)
    table = confusion(labels, predicted, probabilities.shape[1])
    occurring = table.sum(axis=0) + table.sum(axis=1) > 0
    _, _, f1 = _precision_recall_f1(table)
    top = top_classes(probabilities, 3)
    return {
        "accuracy": float((predicted == labels).mean()),
        "macro_f1": float(f1[occurring].mean()),
        "log_loss": float(log_losses(labels, probabilities).mean()),
        "top3_accuracy": float((top == labels[:, None]).any(axis=1).mean()),
        "ece": expected_calibration_error(labels, probabilities),
    }


def log_losses(labels: Labels, probabilities: Floats) -> npt.NDArray[np.float64]:
    """Minus the logarithm of each song's probability for its true class, in nats."""
    of_truth = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return -np.log(np.maximum(of_truth, np.finfo(np.float64).eps))


def confusion(labels: Labels, predicted: Labels, classes: int) -> Labels:
    """Songs by true class (rows) and predicted class, shape (classes, classes)."""
    cells = np.bincount(labels * classes + predicted, minlength=classes * classes)
    return cells.reshape(classes, classes)


def top_classes(probabilities: Floats, count: int) -> Labels:
    """The most probable classes of each song, shape (songs, count); of equals the first."""
    return np.argsort(-probabilities, axis=1, kind="stable")[:, :count]


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
    """Precision, recall, F1 and songs of each genre; 0 where there is nothing to divide by."""
    table = confusion(labels, predicted, len(genres))
    columns = (*_precision_recall_f1(table), table.sum(axis=1))
    return {
        genre: {"precision": float(p), "recall": float(r), "f1": float(f), "songs": int(n)}
        for genre, p, r, f, n in zip(genres, *columns, strict=True)
    }


def _precision_recall_f1(table: Labels) -> tuple[Floats, Floats, Floats]:
    hits, true, named = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    ratios = ((hits, named), (hits, true), (2 * hits, true + named))
    precision, recall, f1 = (part / np.maximum(whole, 1) for part, whole in ratios)
    return precision, recall, f1
