"""Candidate and champion beside each other on the same songs."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from src.bootstrap import Estimate, main_artists, mean_over_artists
from src.meeting import Meeting
from src.training_data import TrainingData

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pair:
    """What both models reach on the same songs, and the candidate's difference to the champion.

    `f1_difference` is of a genre: who names it too often has much recall and little F1.
    """

    name: str
    candidate: float
    champion: float
    difference: Estimate
    f1_difference: float | None = None


@dataclass(frozen=True)
class Comparison:
    """A candidate beside the champion.

    Attributes
    ----------
    version : str
        The champion's.
    accuracy : Pair
        On the songs that decide.
    eras : tuple of Pair
        The accuracy on the old and on the newest era, where both have songs.
    genres : tuple of Pair
        The recall of each genre, on the songs that decide.
    notes : tuple of str
        What to know of the comparison.
    """

    version: str
    accuracy: Pair
    eras: tuple[Pair, ...] = ()
    genres: tuple[Pair, ...] = ()
    notes: tuple[str, ...] = ()


def compare(
    data: TrainingData, met: Meeting, version: str, candidate: Labels, champion: Labels
) -> Comparison:
    """Compare what two models say of the same songs.

    Parameters
    ----------
    data : TrainingData
    met : Meeting
    version : str
        The champion's.
    candidate, champion : ndarray of int, shape (validation songs,)
        The predicted labels; -1 is a genre that no song has, and always a miss.

    Returns
    -------
    Comparison
    """
    right = np.stack([labels == data.validation_labels for labels in (candidate, champion)], axis=1)
    of_genre = data.validation_labels[:, None] == np.arange(len(data.genres))
    selections = [met.deciding, *met.eras.values(), *(of_genre & met.deciding[:, None]).T]
    rows = np.stack(selections, axis=1)
    differences = mean_over_artists(
        right[:, 0].astype(int) - right[:, 1], rows, main_artists(data.validation_artists)
    )
    names = ["accuracy", *met.eras, *data.genres]
    pairs = [
        Pair(name, right[mask, 0].mean().item(), right[mask, 1].mean().item(), difference)
        if difference
        else None
        for name, mask, difference in zip(names, selections, differences, strict=True)
    ]
    eras = pairs[1 : 1 + len(met.eras)]
    f1 = _f1(data, met, candidate) - _f1(data, met, champion)
    genres = [
        replace(pair, f1_difference=gained) if pair else None
        for pair, gained in zip(pairs[1 + len(met.eras) :], f1.tolist(), strict=True)
    ]
    assert pairs[0]  # there is no field without songs
    return Comparison(
        version, pairs[0], tuple(filter(None, eras)), tuple(filter(None, genres)), met.notes
    )


def _f1(data: TrainingData, met: Meeting, predicted: Labels) -> npt.NDArray[np.float64]:
    """F1 of each genre on the songs that decide; 0 where there is nothing to divide by."""
    genres = np.arange(len(data.genres))
    true = data.validation_labels[met.deciding][:, None] == genres
    named = predicted[met.deciding][:, None] == genres
    songs = true.sum(axis=0) + named.sum(axis=0)
    return np.asarray(2 * (true & named).sum(axis=0) / np.maximum(songs, 1))
