"""The current mix of genres, from what a model says of current requests.

Under label shift the mix p(genre) changes and p(song | genre) does not. The model's probabilities
contain the old mix, and can be freed of it.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

TOLERANCE = 1e-6
MOST_STEPS = 1000


def em_priors(probabilities: Floats, training_priors: Floats) -> Floats:
    """The mix under which the probabilities are most likely, by expectation-maximisation.

    Saerens, Latinne & Decaestecker (2002), "Adjusting the outputs of a classifier to new a priori
    probabilities: a simple procedure", Neural Computation 14, 21-41, equations 2.9.

    Parameters
    ----------
    probabilities : ndarray, shape (rows, genres)
        Positive, each row sums to 1.
    training_priors : ndarray, shape (genres,)
        The mix that they contain: their mean over the validation rows.

    Returns
    -------
    ndarray, shape (genres,)
        Sums to 1.
    """
    weights = np.full((1, len(probabilities)), 1 / len(probabilities))
    priors = training_priors[None]
    return np.asarray(weighted_em_priors(probabilities, weights, priors, priors, TOLERANCE)[0])


def weighted_em_priors(
    probabilities: Floats,
    weights: Floats,
    training_priors: Floats,
    start: Floats,
    tolerance: float,
) -> Floats:
    """`em_priors` for several weightings of the same rows at once.

    EM takes hundreds of steps where genres resemble each other, so it is accelerated by squared
    extrapolation: Varadhan & Roland (2008), "Simple and globally convergent methods for
    accelerating the convergence of any EM algorithm", Scandinavian Journal of Statistics 35,
    335-353, scheme S3. A step that leaves the simplex is replaced by the EM steps it came from.

    Parameters
    ----------
    probabilities : ndarray, shape (rows, genres)
    weights : ndarray, shape (weightings, rows)
        Each row sums to 1.
    training_priors, start : ndarray, shape (weightings, genres)
        The mixes that the probabilities contain, and the first guesses of the current ones.
    tolerance : float
        The largest change of a share in one EM step with which the search ends.

    Returns
    -------
    ndarray, shape (weightings, genres)
        Each row sums to 1.
    """

    def step(priors: Floats) -> Floats:
        ratio = priors / training_priors
        return np.asarray(ratio * ((weights / (ratio @ probabilities.T)) @ probabilities))

    priors = start
    for _ in range(MOST_STEPS):
        first = step(priors)
        second = step(first)
        if np.abs(second - first).max() < tolerance:
            priors = second
            break
        change, bend = first - priors, second - 2 * first + priors
        # A bend of 0 is a place where EM stands still: any length will do there.
        ratio = _norm(change) / np.maximum(_norm(bend), 1e-15)
        length = np.minimum(-ratio, -1.0)[:, None]
        priors = priors - 2 * length * change + length**2 * bend
        outside = (priors < 0).any(axis=1)
        priors[outside] = second[outside]
    return np.asarray(priors / priors.sum(axis=1, keepdims=True))


def bbse_priors(
    probabilities: Floats, validation_probabilities: Floats, validation_labels: Integers
) -> Floats:
    """The mix that explains how often each genre is predicted now, by the confusion matrix.

    Lipton, Wang & Smola (2018), "Detecting and correcting for label shift with black box
    predictors", ICML, section 4. The solution is by least squares; negative weights are set to 0.

    Parameters
    ----------
    probabilities : ndarray, shape (rows, genres)
    validation_probabilities : ndarray, shape (validation rows, genres)
    validation_labels : ndarray of int, shape (validation rows,)

    Returns
    -------
    ndarray, shape (genres,)
        Sums to 1.
    """
    genres = probabilities.shape[1]
    cells = validation_probabilities.argmax(axis=1) * genres + validation_labels
    joint = np.bincount(cells, minlength=genres**2).reshape(genres, genres) / len(cells)
    predicted = np.bincount(probabilities.argmax(axis=1), minlength=genres) / len(probabilities)
    weights = np.maximum(np.linalg.lstsq(joint, predicted, rcond=None)[0], 0.0)
    shares = weights * joint.sum(axis=0)
    return np.asarray(shares / shares.sum())


def _norm(rows: Floats) -> Floats:
    return np.asarray(np.sqrt((rows**2).sum(axis=1)))
