"""The accuracy under another mix of genres than that of the validation rows, and its interval."""

import numpy as np
import numpy.typing as npt

from src.champion_profile import ChampionProfile
from src.label_shift import weighted_em_priors

Floats = npt.NDArray[np.float64]

CONFIDENCE = 0.95
RESAMPLES = 200
BLOCK = 25  # resamples at once: with 30,000 validation rows they take 6 MB a table
# The noise is simulated on so many requests, evenly taken from all, and scaled to their number.
MOST_RESAMPLED = 5000
RESAMPLED_TOLERANCE = 1e-4


def adapted_accuracy(profile: ChampionProfile, current: Floats, mix: Floats) -> float:
    """The accuracy on current requests, given their mix of genres.

    It is the mean adapted probability of the predicted genres, plus what that mean lacks on the
    validation rows when these are weighted to the mix. The second part is 0 for calibrated
    probabilities, and puts the first one right otherwise: the augmented estimator of Robins,
    Rotnitzky & Zhao (1994), Journal of the American Statistical Association 89, 846-866.

    Parameters
    ----------
    profile : ChampionProfile
    current : ndarray, shape (requests, genres)
        Positive, each row sums to 1.
    mix : ndarray, shape (genres,)
        The current shares of the genres.

    Returns
    -------
    float
        Seldom outside 0 to 1 by a little.
    """
    rows, kept = len(current), len(profile.labels)
    weights, validation = np.full((1, rows), 1 / rows), np.full((1, kept), 1 / kept)
    prior = profile.mean_probabilities[None]
    return float(_weighted_accuracies(profile, current, weights, validation, mix[None], prior)[0])


def accuracy_interval(
    profile: ChampionProfile, current: Floats, mix: Floats, effect: float, seed: int
) -> tuple[float, float]:
    """Ends of the 95 % interval, as differences to `adapted_accuracy`.

    It carries the noise of the requests and that of the validation rows, in the mix as well, and
    that a request with the probability p is right in fact or is not.

    Rows get random weights instead of being drawn: the Bayesian bootstrap of Rubin (1981), The
    Annals of Statistics 9, 130-134, whose weights are exponential; for validation rows one for
    each artist. Those of requests are gamma distributed, with the variance of clustered requests.

    Parameters
    ----------
    profile, current, mix
        As for `adapted_accuracy`; which rows are used depends on their order.
    effect : float
        See `design_effect`.
    seed : int
    """
    rng = np.random.default_rng(seed)
    taken = current[np.linspace(0, len(current) - 1, min(len(current), MOST_RESAMPLED)).astype(int)]
    variance = effect * len(taken) / len(current)
    artists = int(profile.artists.max()) + 1
    # The rows that are kept may have another mean than all.
    correction = profile.mean_probabilities / profile.probabilities.mean(axis=0)

    def accuracies(requests: Floats, of_artists: Floats) -> Floats:
        weights = requests / requests.sum(axis=1, keepdims=True)
        validation = of_artists[:, profile.artists]
        validation /= validation.sum(axis=1, keepdims=True)
        priors = validation @ profile.probabilities * correction
        start = np.repeat(mix[None], len(weights), axis=0)
        mixes = weighted_em_priors(taken, weights, priors, start, RESAMPLED_TOLERANCE)
        return _weighted_accuracies(profile, taken, weights, validation, mixes, priors)

    even = accuracies(np.ones((1, len(taken))), np.ones((1, artists)))
    resampled = [
        accuracies(
            rng.gamma(1 / variance, variance, (BLOCK, len(taken))),
            rng.exponential(size=(BLOCK, artists)),
        )
        for _ in range(RESAMPLES // BLOCK)
    ]
    right = _adapted(taken, (mix / profile.mean_probabilities)[None])[0]
    by_chance = np.sqrt(effect * (right * (1 - right)).mean() / len(current))
    differences = np.concatenate(resampled) - even + rng.normal(0, by_chance, RESAMPLES)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(differences, [tail, 1 - tail]).tolist()
    return low, high


def _weighted_accuracies(
    profile: ChampionProfile,
    current: Floats,
    weights: Floats,
    validation_weights: Floats,
    mixes: Floats,
    priors: Floats,
) -> Floats:
    """`adapted_accuracy` under several weightings at once, shape (weightings,).

    Parameters
    ----------
    current : ndarray, shape (requests, genres)
    weights, validation_weights : ndarray, shape (weightings, requests or validation rows)
        Each row sums to 1.
    mixes, priors : ndarray, shape (weightings, genres)
        The current mix, and the one in the probabilities.
    """
    ratios = mixes / priors
    adapted = (weights * _adapted(current, ratios)).sum(axis=1)
    genres = np.eye(len(profile.genres))[profile.labels]
    shares = np.maximum(validation_weights @ genres, 1e-12)
    to_current = validation_weights * (mixes / shares)[:, profile.labels]
    right = profile.probabilities.argmax(axis=1) == profile.labels
    lacking = to_current * (right - _adapted(profile.probabilities, ratios))
    return np.asarray(adapted + lacking.sum(axis=1) / to_current.sum(axis=1))


def _adapted(probabilities: Floats, ratios: Floats) -> Floats:
    """Adapted probabilities of the genres that the model predicts, shape (weightings, rows).

    Elkan (2001), "The foundations of cost-sensitive learning", IJCAI, theorem 2, for many classes.
    """
    predicted = probabilities.argmax(axis=1)
    own = ratios[:, predicted] * probabilities[np.arange(len(predicted)), predicted]
    return np.asarray(own / (ratios @ probabilities.T))
