"""What a model learns from."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
import numpy.typing as npt

from src.derived import seen
from src.training_data import TrainingData


@dataclass(frozen=True)
class Lesson:
    """Songs to learn from.

    Attributes
    ----------
    seen : ndarray of float32, shape (songs, 18)
        See `src.derived.seen`.
    labels : ndarray of int, shape (songs,)
        Classes from 0.
    weights : ndarray of float, shape (songs,)
    artists : sequence of sequences of str
        The artists of each song.
    """

    seen: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]
    artists: Sequence[Sequence[str]]

    def part(self, rows: npt.NDArray[np.bool_]) -> "Lesson":
        """The songs of a mask."""
        artists = list(compress(self.artists, rows))
        return Lesson(self.seen[rows], self.labels[rows], self.weights[rows], artists)


def lesson(
    features: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
    artists: Sequence[Sequence[str]],
    balance: float,
) -> Lesson:
    """Make a lesson of songs.

    Parameters
    ----------
    features : ndarray of float32, shape (songs, 12)
    labels : ndarray of int, shape (songs,)
        Classes from 0; each of them occurs.
    artists : sequence of sequences of str
    balance : float
        From 0, where all songs weigh the same, to 1, where all genres do.

    Returns
    -------
    Lesson
        The mean of its weights is 1.
    """
    weights = (1 / np.bincount(labels)[labels]) ** balance
    return Lesson(seen(features), labels, weights / weights.mean(), artists)


def training_lesson(data: TrainingData, balance: float) -> Lesson:
    """The training songs of a table as a lesson; see `lesson`."""
    return lesson(data.training_features, data.training_labels, data.training_artists, balance)
