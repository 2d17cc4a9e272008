"""What it gains to adapt the champion's probabilities to the current mix of genres.

It takes labelled requests: the mix that EM finds can be wrong where the songs have changed too, and
adapting to it then does harm.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from src.champion_profile import ChampionProfile, checked_probabilities
from src.clusters import cluster_sums
from src.errors import InputError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MIN_GROUPS = 20
RESAMPLES = 2000
# More groups are put together at random: their sums are still independent.
MOST_RESAMPLED = 2000
CONFIDENCE = 0.95
SEED = 2010


@dataclass(frozen=True)
class Gain:
    """What adapting to the mix of the labelled requests gains.

    Attributes
    ----------
    accuracy_before, accuracy_after : float
        Of the genres with the highest probability, as logged and as adapted. Each request is
        adapted to the mix of requests that it is not among.
    low, high : float
        95 % interval of the difference, by a bootstrap over groups.
    requests : int
    """

    accuracy_before: float
    accuracy_after: float
    low: float
    high: float
    requests: int


def current_priors(profile: ChampionProfile, genres: Sequence[str]) -> Floats:
    """Shares of the genres among labelled requests, in the order of the profile.

    One request is added to each genre (Laplace's rule of succession), so that one that nobody has
    asked for yet can still be answered. Genres that the champion does not know do not count.
    """
    labels = _labels(profile, genres)
    counts = np.bincount(labels[labels >= 0], minlength=len(profile.genres)) + 1.0
    return np.asarray(counts / counts.sum())


def priors_gain(
    profile: ChampionProfile,
    probabilities: npt.ArrayLike,
    genres: Sequence[str],
    groups: Sequence[str] | None = None,
) -> Gain:
    """Measure the gain of adapting, on requests that the new mix was not taken from.

    Groups are divided into two halves; each half is adapted to the mix of the other.

    Parameters
    ----------
    profile : ChampionProfile
        Of the model that answered all of these requests.
    probabilities : ndarray, shape (requests, genres)
        As logged, in the order of `profile.genres`.
    genres : sequence of str
        The true genres. One that the champion does not know is wrong before and after.
    groups : sequence of str, optional
        What requests that belong together have in common, such as an artist or a song's id; by
        default each request stands for itself.

    Returns
    -------
    Gain

    Raises
    ------
    InputError
        When there are fewer than 20 groups, or the lengths differ.
    """
    current = checked_probabilities(profile, probabilities)
    if len(current) != len(genres):
        raise InputError(f"labels: {len(genres)} genres for {len(current)} rows of probabilities")
    labels = _labels(profile, genres)
    numbers = _numbers(groups, current, labels)
    count = int(numbers.max(initial=-1)) + 1
    if count < MIN_GROUPS:
        raise InputError(
            f"labels: {len(genres)} labelled requests in {count} groups are too few to measure "
            f"what new priors gain; {MIN_GROUPS} groups are needed"
        )
    rng = np.random.default_rng(SEED)
    first = (rng.permutation(count) < count // 2)[numbers]
    truth = np.array(genres, np.str_)
    before = current.argmax(axis=1) == labels
    after = np.zeros_like(before)
    training = profile.mean_probabilities
    for half in (first, ~first):
        ratio = current_priors(profile, truth[~half].tolist()) / training
        after[half] = (current[half] * ratio).argmax(axis=1) == labels[half]
    difference = after.astype(np.float64) - before
    low, high = _interval(difference, rng.permutation(count)[numbers] % MOST_RESAMPLED, rng)
    return Gain(float(before.mean()), float(after.mean()), low, high, len(labels))


def _labels(profile: ChampionProfile, genres: Sequence[str]) -> Integers:
    """Positions of the genres in the profile; -1 for those that it does not have."""
    places = {genre: place for place, genre in enumerate(profile.genres)}
    return np.array([places.get(genre, -1) for genre in genres], np.int64)


def _numbers(groups: Sequence[str] | None, probabilities: Floats, labels: Integers) -> Integers:
    """Numbers of the groups, without gaps, which do not depend on the order of the requests."""
    if groups is None:
        numbers = np.empty(len(labels), np.int64)
        numbers[np.lexsort([labels, *probabilities.T])] = np.arange(len(labels))
        return numbers
    if len(groups) != len(labels):
        raise InputError(f"labels: {len(groups)} groups for {len(labels)} labelled requests")
    return np.asarray(np.unique(np.array(groups, np.str_), return_inverse=True)[1], np.int64)


def _interval(
    differences: Floats, batches: Integers, rng: np.random.Generator
) -> tuple[float, float]:
    """The interval of a mean difference: Field & Welsh (2007), JRSS B 69, 369-390."""
    sums = cluster_sums(np.stack([differences, np.ones_like(differences)], axis=1), batches)
    drawn = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), RESAMPLES) @ sums
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [tail, 1 - tail]).tolist()
    return low, high
