"""What the model answered: genres, confidences and probabilities in the lines of the log."""

from collections import Counter
from dataclasses import dataclass
from itertools import compress
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from src.slices import UNKNOWN

CONFIDENCE_BINS = 20


@dataclass
class Predictions:
    """What one version of the model answered, before any genre priors; those of two parts add up.

    Attributes
    ----------
    genres : Counter of str
    confidence : ndarray of int, shape (20,)
        Songs in bins of equal width over [0, 1].
    """

    genres: Counter[str]
    confidence: npt.NDArray[np.integer]

    def __add__(self, other: "Predictions") -> "Predictions":
        return Predictions(self.genres + other.genres, self.confidence + other.confidence)


@dataclass(frozen=True)
class Answer:
    """The model's answer to a request whose genre is known.

    Attributes
    ----------
    request_id, genre, model_version : str
    probabilities : ndarray of float32, shape (genres,)
        NaN where the line has none.
    """

    request_id: str
    genre: str
    model_version: str
    probabilities: npt.NDArray[np.float32]


def predictions(
    entries: list[Any], confidences: npt.NDArray[np.float64]
) -> dict[str, Predictions]:
    """What each model version answered in some lines, with these confidences."""
    genres = [entry.genre for entry in entries]
    shares = confidences
    if {entry.priors for entry in entries} != {None}:
        shares = shares.copy()
        for place, entry in enumerate(entries):
            if entry.priors is not None:
                genres[place], shares[place] = _raw_answer(entry)
    if len({entry.model_version for entry in entries}) == 1:
        return {entries[0].model_version or UNKNOWN: _predictions(genres, shares)}
    versions = [entry.model_version or UNKNOWN for entry in entries]
    found = {}
    # Not a set: its order is another one in each process, and a profile is written in this order.
    for version in dict.fromkeys(versions):
        own = [other == version for other in versions]
        found[version] = _predictions(list(compress(genres, own)), shares[own])
    return found


def _predictions(genres: list[str | None], confidences: npt.NDArray[np.float64]) -> Predictions:
    known = confidences[np.isfinite(confidences)]
    bins = np.minimum(known * CONFIDENCE_BINS, CONFIDENCE_BINS - 1).astype(np.int64)
    named: Counter[str] = Counter()
    # Counted first: that is many times faster than a look at each.
    for genre, number in Counter(genres).items():
        named[genre or UNKNOWN] += number
    return Predictions(named, np.bincount(bins, minlength=CONFIDENCE_BINS))


def _raw_answer(entry: Any) -> tuple[str | None, float]:
    """The model's own answer where the service gave one that genre priors had adapted."""
    try:
        shares = _decode_probabilities(entry.probabilities)
        genre = max(shares, key=lambda name: shares[name])
    except (msgspec.DecodeError, ValueError):
        return None, np.nan
    return genre, shares[genre]


def answer(entry: Any, genres: tuple[str, ...]) -> Answer:
    """The answer in a line that has a request id."""
    return Answer(
        entry.request_id,
        entry.genre or UNKNOWN,
        entry.model_version or UNKNOWN,
        probabilities(entry, genres),
    )


_decode_probabilities = msgspec.json.Decoder(dict[str, float]).decode


def probabilities(entry: Any, genres: tuple[str, ...]) -> npt.NDArray[np.float32]:
    """The probabilities in a line, in the order of `genres`; NaN where they are no such."""
    try:
        shares = _decode_probabilities(entry.probabilities)
        found = [shares[genre] for genre in genres]
    except (msgspec.DecodeError, KeyError):
        found = []
    # What is no distribution over these genres is as good as none.
    if not found or min(found) < 0 or abs(sum(found) - 1) > 0.01:
        found = [np.nan] * len(genres)
    return np.array(found, dtype=np.float32)
