"""How far confidences are from accuracy, without what chance alone adds."""

from typing import Any

import numpy as np

from src.bootstrap import cluster_sums, interval, resampled_sums
from src.scores import CALIBRATION_BINS


def corrected_error(
    labels: np.ndarray[Any, Any],
    probabilities: np.ndarray[Any, Any],
    clusters: np.ndarray[Any, Any],
) -> tuple[float, float, float]:
    """The expected calibration error, corrected for its bias, with an interval over artists.

    A perfect model too has an error above 0 on finitely many songs, the higher the more the songs
    of an artist are alike. A resample of artists adds as much again, so the bias can be read from
    there. Davison & Hinkley (1997), "Bootstrap Methods and their Application": bias in section
    2.3.2, the basic interval in section 5.2.

    Parameters
    ----------
    labels : ndarray of int, shape (songs,)
    probabilities : ndarray, shape (songs, genres)
    clusters : ndarray of int, shape (songs,)
        See `src.bootstrap.main_artists`.

    Returns
    -------
    tuple of float
        The error, and the ends of its 90 % interval; none of them below 0.
    """
    confidence = probabilities.max(axis=1)
    gap = (probabilities.argmax(axis=1) == labels) - confidence
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    in_bin = bins[:, None] == np.arange(CALIBRATION_BINS)
    sums = cluster_sums(np.column_stack([gap[:, None] * in_bin, np.ones(len(gap))]), clusters)

    def error(totals: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.asarray(np.abs(totals[..., :-1]).sum(axis=-1) / totals[..., -1])

    found, again = float(error(sums.sum(axis=0))), error(resampled_sums(sums))
    low, high = interval(again)
    corrected = (2 * found - value for value in (again.mean(), high, low))
    error_, low, high = (max(0.0, float(value)) for value in corrected)
    return error_, low, high
