"""Shares that explain figures best."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def simplex_least_squares(columns: Floats, target: Floats) -> Floats:
    """The shares, 0 or more and with the sum 1, with which columns add up closest to a target.

    Lawson & Hanson (1974), "Solving Least Squares Problems", chapter 23: the active-set algorithm,
    on the differences to the target, whose shares are scaled to the sum 1 in the end.

    Parameters
    ----------
    columns : ndarray, shape (figures, columns)
    target : ndarray, shape (figures,)

    Returns
    -------
    ndarray, shape (columns,)
    """
    differences = columns - target[:, None]
    # Least |differences @ shares|: with a row of ones that must be 1, NNLS finds it up to scale.
    scale = max(1.0, float(np.abs(differences).max()))
    stacked = np.vstack([differences / scale, np.ones(columns.shape[1])])
    gram, right = stacked.T @ stacked, np.ones(columns.shape[1])
    shares = np.zeros(len(right))
    free = np.zeros(len(right), bool)
    for _ in range(3 * len(right)):
        slope = right - gram @ shares
        slope[free] = -np.inf
        if slope.max() <= 1e-10:
            break
        free[slope.argmax()] = True
        while True:
            wanted = np.zeros(len(right))
            wanted[free] = np.linalg.lstsq(gram[np.ix_(free, free)], right[free], rcond=None)[0]
            falling = free & (wanted <= 0)
            if not falling.any():
                break
            part = (shares[falling] / (shares[falling] - wanted[falling])).min()
            shares = shares + part * (wanted - shares)
            free &= shares > 1e-12
            shares[~free] = 0.0
        shares = wanted
    return np.asarray(shares / shares.sum())
