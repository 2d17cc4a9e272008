"""The champion's accuracy where the true genres are known, and its scores by genre."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from src.errors import InputError

Z = 1.959964  # of a two-sided interval of 95 %


@dataclass(frozen=True)
class GenreScore:
    """Scores of one genre; None where there is nothing to divide by.

    Attributes
    ----------
    precision : float or None
        Share of the requests predicted as this genre that are of it.
    recall : float or None
        Share of the requests of this genre that were predicted so.
    f1 : float
        Harmonic mean of the two.
    support : int
        Requests of this genre.
    """

    precision: float | None
    recall: float | None
    f1: float
    support: int


@dataclass(frozen=True)
class TrueAccuracy:
    """Accuracy on labelled requests, its 95 % interval, and the scores of every genre."""

    accuracy: float
    low: float
    high: float
    requests: int
    genres: dict[str, GenreScore]


def true_accuracy(predicted: Sequence[str], genres: Sequence[str]) -> TrueAccuracy:
    """Score predictions against the true genres.

    Parameters
    ----------
    predicted, genres : sequences of str
        The predicted and the true genre of each labelled request.

    Returns
    -------
    TrueAccuracy
        `genres` are those that occur or are predicted, in alphabetical order. The interval takes
        the requests to be independent.

    Raises
    ------
    InputError
        When there is no labelled request, or the lengths differ.
    """
    if len(predicted) != len(genres):
        raise InputError(f"labels: {len(genres)} genres for {len(predicted)} predictions")
    if not len(genres):
        raise InputError("labels: no request of the log has one; is request_id the one of the log?")
    right = Counter(true for true, said in zip(genres, predicted, strict=True) if true == said)
    true_count, said_count = Counter(genres), Counter(predicted)
    hits = right.total()
    low, high = wilson_interval(hits, len(genres))
    return TrueAccuracy(
        accuracy=hits / len(genres),
        low=low,
        high=high,
        requests=len(genres),
        genres={
            genre: _score(right[genre], said_count[genre], true_count[genre])
            for genre in sorted(true_count | said_count)
        },
    )


def wilson_interval(hits: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share.

    Wilson (1927), "Probable inference, the law of succession, and statistical inference", Journal
    of the American Statistical Association 22, 209-212.
    """
    share, spread = hits / trials, Z**2 / trials
    middle = (share + spread / 2) / (1 + spread)
    half = Z * sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def _score(right: int, said: int, true: int) -> GenreScore:
    return GenreScore(
        precision=right / said if said else None,
        recall=right / true if true else None,
        f1=2 * right / (said + true),
        support=true,
    )
