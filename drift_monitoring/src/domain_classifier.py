"""Whether a classifier can tell current songs from those of the reference.

What no single feature shows, such as two features that now rise together, shows here: Lopez-Paz &
Oquab (2017), "Revisiting classifier two-sample tests", ICLR. The classifier is Fisher's linear
discriminant on the features, their squares and their products, which is least squares on the
labels; so that all permutations of the labels are fitted and judged at once, and the p-value is of
the whole procedure, cross-validation included.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from src.beside import Beside, in_thread
from src.moments import Values
from src.row_sample import RowSample

Floats = npt.NDArray[np.float32]

ROWS = 1000  # of each side
# 999 permutations, but no more than 99 of them where 10 of these already have as large an AUC. The
# p-value, then above .1, is no less valid: Besag & Clifford (1991), "Sequential Monte Carlo
# p-values", Biometrika 78, 301-304.
STAGES = (99, 900)
CLEARLY_NOT = 10
FOLDS = 5
RIDGE = 1e-3
# One feature moved by .18 standard deviations shows as much.
MIN_AUC = 0.55
SEED = 2010


@dataclass(frozen=True)
class Separation:
    """How well both sides can be told apart.

    Attributes
    ----------
    auc : float
        Cross-validated area under the ROC curve: .5 is no better than guessing, 1 is always right.
    p_value : float
        Of such an AUC among permuted labels; at least 1 / 1000.
    reference_rows, current_rows : int
    permutations : int
    """

    auc: float
    p_value: float
    reference_rows: int
    current_rows: int
    permutations: int


def separation_of(
    reference: RowSample, current: RowSample, min_samples: int, beside: Beside = in_thread
) -> Callable[[], Separation | None]:
    """Begin to find how well the songs of two samples that lack no value can be told apart.

    Returns
    -------
    callable
        Waits for what is found: None where one of the two has fewer such songs than there are
        folds, or than `min_samples`, or ROWS, which is all that are looked at.
    """
    sides = [
        sample.columns[:, ~np.isnan(sample.columns).any(axis=0)] for sample in (reference, current)
    ]
    if min(side.shape[1] for side in sides) < max(min(min_samples, ROWS), FOLDS):
        return lambda: None
    return beside(separate, *(side[:, :ROWS] for side in sides))


def separate(reference: Values, current: Values) -> Separation:
    """Train and judge the classifier.

    Parameters
    ----------
    reference, current : ndarray of float64, shape (12, songs)
        Samples of both sides, without gaps; each at least as many as there are folds.

    Returns
    -------
    Separation
        The p-value counts the permutations with an AUC as large, and the observed one: Phipson &
        Smyth (2010), "Permutation p-values should never be zero", Stat. Appl. Genet. Mol. Biol. 9.
    """
    random = np.random.default_rng(SEED)
    columns = np.concatenate([reference, current], axis=1)
    rows = columns.shape[1]
    # In random order: of equal scores the first must not be those of one side.
    order = random.permutation(rows)
    terms = _terms(columns[:, order])
    labels = (order >= reference.shape[1]).astype(np.float32)
    folds = random.permutation(np.arange(rows) % FOLDS)
    auc = float(_cross_validated(terms, labels[None], folds)[0])
    permutations = as_large = 0
    for count in STAGES:
        permuted = random.permuted(np.tile(labels, (count, 1)), axis=1)
        as_large += int((_cross_validated(terms, permuted, folds) >= auc).sum())
        permutations += count
        if as_large >= CLEARLY_NOT:
            break
    return Separation(
        auc,
        (1 + as_large) / (1 + permutations),
        reference.shape[1],
        current.shape[1],
        permutations,
    )


def _cross_validated(terms: Floats, labels: Floats, folds: npt.NDArray[np.integer]) -> Values:
    """The mean AUC over the folds, for each row of labels; the means of the terms are 0."""
    centred = labels - labels.mean(axis=1, keepdims=True)
    gram, moments = terms.T @ terms, centred @ terms

    def areas_of(fold: int) -> Values:
        held_out = folds == fold
        own, own_labels = terms[held_out], centred[:, held_out]
        # It is fitted to all other rows: what they add up to is the sum of all without its own, so
        # that rows are multiplied once and not for each fold. Their labels are centred anew.
        others = len(terms) - len(own)
        mean = -own_labels.sum(axis=1, keepdims=True) / others
        own_moments = own_labels @ own - mean * own.sum(axis=0)
        fitted = _fitted(gram - own.T @ own, moments - own_moments, others)
        return _areas(fitted @ own.T, labels[:, held_out])

    return np.asarray(np.mean([areas_of(fold) for fold in range(FOLDS)], axis=0))


def _terms(columns: Values) -> Floats:
    """Ranks of the features, from -1 to 1, with their squares and products; shape (songs, terms).

    Ranks, because a few songs of extreme length must not hold the line.
    """
    order = np.array([np.unique(column, return_inverse=True)[1] for column in columns])
    highest = np.maximum(order.max(axis=1, keepdims=True), 1)
    ranks = 2 * order / highest - 1
    upper = np.triu_indices(len(ranks))
    terms = np.concatenate([ranks, ranks[upper[0]] * ranks[upper[1]]]).T
    return np.asarray(terms - terms.mean(axis=0), dtype=np.float32)


def _fitted(gram: Floats, moments: Floats, rows: int) -> Floats:
    """Ridge regression on so many rows; shape as that of `moments`, (rows of labels, terms)."""
    penalized = gram.astype(np.float64)
    penalized[np.diag_indices_from(penalized)] += RIDGE * rows
    return np.asarray(np.linalg.solve(penalized, moments.T).T, dtype=np.float32)


def _areas(scores: Floats, labels: Floats) -> Values:
    """The area under the ROC curve of each row, by the rank sum of Mann & Whitney (1947)."""
    ranked = np.take_along_axis(labels, np.argsort(scores, axis=1), axis=1)
    positive = ranked.sum(axis=1, dtype=np.float64)
    negative = ranked.shape[1] - positive
    rank_sum = ranked @ np.arange(1, ranked.shape[1] + 1, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        areas = (rank_sum - positive * (positive + 1) / 2) / (positive * negative)
    # A fold with one side only tells nothing.
    return np.asarray(np.nan_to_num(areas, nan=0.5))
