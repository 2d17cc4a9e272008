"""What a model learns from."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
import numpy.typing as npt

from src.derived import seen
from src.table import evenly
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

    def at_most(self, most: int) -> "Lesson":
        """All of the songs, or about `most` of them, evenly spread, with some of each class."""
        if len(self.labels) <= most:
            return self
        chosen = np.zeros(len(self.labels), bool)
        chosen[evenly(len(chosen), most)] = True
        chosen[np.unique(self.labels, return_index=True)[1]] = True
        return self.part(chosen)


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
