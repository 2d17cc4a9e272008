"""What new genre priors would gain on the newer songs.

A model has learnt how common each genre was in its years. Where only that has changed, and the
songs of a genre sound as before, its probabilities can be brought to another mix of genres without
training: Saerens, Latinne & Decaestecker (2002), "Adjusting the outputs of a classifier to new a
priori probabilities: a simple procedure", Neural Computation 14(1), 21-41, equation 2.4. The
service does so with a GENRE_PRIORS_FILE.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from src.bootstrap import SEED, Clusters, Estimate, main_artists, mean_over_artists

Floats = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PriorAdaptation:
    """Accuracy with the model's own priors and with those of the newer songs, and the gain."""

    accuracy_before: float
    accuracy_after: float
    gain: Estimate


def adapted(probabilities: Floats, training: Floats, current: Floats) -> npt.NDArray[np.float64]:
    """The probabilities under another mix of genres: p(g) * current(g) / training(g), normalised.

    Parameters
    ----------
    probabilities : ndarray, shape (songs, genres)
    training, current : ndarray, shape (genres,)
        The mix under which the model's probabilities hold, all above 0, and the one that is now.

    Returns
    -------
    ndarray of float64, shape (songs, genres)
        A song that only genres without a share in `current` are probable for keeps its own.
    """
    weighted = probabilities.astype(np.float64) * (current / training)
    totals = weighted.sum(axis=1, keepdims=True)
    return np.where(totals > 0, weighted / np.where(totals > 0, totals, 1.0), probabilities)


def prior_adaptation(
    probabilities: Floats,
    labels: Labels,
    artists: Sequence[Sequence[str]],
    training: Floats,
) -> PriorAdaptation | None:
    """Measure what the true mix of the newer songs would gain, by cross-fitting.

    Priors that were counted on the very songs that they are scored on would flatter. So the main
    artists are dealt into two halves, the mix is that of the songs of one half, and the songs of
    the other are scored with it; then the other way round, and all songs are scored once. The
    labels are known here, so this is what a well-estimated mix gains, not what an estimate from
    unlabelled requests does.

    Parameters
    ----------
    probabilities : ndarray, shape (songs, genres)
        What the model says of the newer songs.
    labels : ndarray of int, shape (songs,)
        Their genres; -1 is one that the model does not know: always a miss, and in no mix.
    artists : sequence of sequences of str
        The artists of each song.
    training : ndarray, shape (genres,)
        The model's mean prediction on the validation songs, all above 0.

    Returns
    -------
    PriorAdaptation or None
        None where a half has no song of a known genre. The gain's interval is a paired bootstrap
        over artists of what was right after and before; the two mixes are not counted again in
        its resamples.
    """
    clusters = main_artists(artists)
    second = _second_half(clusters)
    after = np.empty(len(labels), np.int64)
    for scored in (second, ~second):
        counted = labels[~scored & (labels >= 0)]
        if not len(counted) or not scored.any():
            return None
        current = np.bincount(counted, minlength=len(training)) / len(counted)
        after[scored] = adapted(probabilities[scored], training, current).argmax(axis=1)
    right_before, right_after = probabilities.argmax(axis=1) == labels, after == labels
    everything = np.ones((len(labels), 1), bool)
    (gain,) = mean_over_artists(right_after.astype(int) - right_before, everything, clusters)
    assert gain  # both halves have songs
    return PriorAdaptation(float(right_before.mean()), float(right_after.mean()), gain)


def _second_half(clusters: Clusters) -> npt.NDArray[np.bool_]:
    """The songs of every second artist, in an order drawn with a fixed seed."""
    artists = int(clusters.max(initial=-1)) + 1
    return np.asarray((np.random.default_rng(SEED).permutation(artists) % 2 == 1)[clusters])
