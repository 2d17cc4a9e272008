"""Rows that come in clusters, as songs come by artists, say less than as many rows that do not."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def cluster_sums(rows: Floats, clusters: Integers) -> Floats:
    """Sums over the rows of each cluster: (rows, columns) to (clusters, columns)."""
    count = int(clusters.max()) + 1
    return np.stack([np.bincount(clusters, column, count) for column in rows.T], axis=1)


def design_effect(rows: Floats, clusters: Integers, strata: Integers | None = None) -> float:
    """By how much clusters multiply the variance of a mean, averaged over columns; at least 1.

    Kish (1965), "Survey Sampling", section 8.2.

    Parameters
    ----------
    rows : ndarray, shape (rows, columns)
    clusters : ndarray of int, shape (rows,)
        From 0.
    strata : ndarray of int, shape (rows,), optional
        Groups of rows within which the variance is measured, from 0; without, all rows are one.
    """
    strata = np.zeros(len(rows), np.int64) if strata is None else strata
    counts = np.maximum(np.bincount(strata), 1)
    differences = rows - (cluster_sums(rows, strata) / counts[:, None])[strata]
    alone = float((differences**2).sum())
    together = float((cluster_sums(differences, clusters) ** 2).sum())
    return max(1.0, together / alone) if alone > 0 else 1.0
