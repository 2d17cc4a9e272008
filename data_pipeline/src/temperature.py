"""A temperature that makes confidences mean what they say.

Guo, Pleiss, Sun & Weinberger (2017), "On Calibration of Modern Neural Networks", section 4.2: the
logits are divided by one number T, fitted on songs that the model has not learnt from. The most
probable genre stays the same; T above 1 makes a model less sure of it.
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

Floats = npt.NDArray[np.floating]

LIMITS = (0.1, 10.0)
LEAST = 1e-30  # a probability of 0 has no logarithm


def fit_temperature(labels: npt.NDArray[np.int64], probabilities: Floats) -> float:
    """The temperature with the smallest log loss.

    Parameters
    ----------
    labels : ndarray of int, shape (songs,)
        True classes, from 0.
    probabilities : ndarray, shape (songs, classes)
        What a model that has not learnt from these songs says of them.

    Returns
    -------
    float
        Between 0.1 and 10.
    """
    logits = _logits(probabilities)
    rows = np.arange(len(labels))

    def log_loss(log_temperature: float) -> float:
        tempered = log_softmax(logits / np.exp(log_temperature), axis=1)
        return -float(tempered[rows, labels].mean())

    found = minimize_scalar(log_loss, bounds=np.log(LIMITS), method="bounded")
    return float(np.exp(found.x))


def tempered(probabilities: Floats, temperature: float) -> Floats:
    """Probabilities of shape (songs, classes) at another temperature; 1 changes nothing."""
    return np.asarray(softmax(_logits(probabilities) / temperature, axis=1))


def _logits(probabilities: Floats) -> Floats:
    return np.log(np.maximum(np.asarray(probabilities, np.float64), LEAST))
