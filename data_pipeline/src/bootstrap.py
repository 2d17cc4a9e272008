"""Intervals that know that songs of one artist are not independent.

An artist's songs have a style, a studio and a genre in common, so a thousand songs of fifty artists
say less than a thousand songs of as many. What is drawn again is therefore the artist, with all of
the songs: the cluster bootstrap of Field & Welsh (2007), "Bootstrapping clustered data", Journal of
the Royal Statistical Society B 69. The interval is the percentile one of Davison & Hinkley (1997),
"Bootstrap Methods and their Application", section 5.3. A difference of two models is paired: both
are judged on the same drawn songs. All draws are the same from call to call.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RESAMPLES = 2000
SEED = 2010
CONFIDENCE = 0.90  # two-sided, so each end is a one-sided bound of 95 %
BLOCK = 100  # resamples added up at once

Floats = npt.NDArray[np.float64]
Clusters = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its interval, and the number of songs that it is of."""

    value: float
    low: float
    high: float
    songs: int


def main_artists(artists: Sequence[Sequence[str]]) -> Clusters:
    """Number the songs' main (first) artists.

    Parameters
    ----------
    artists : sequence of sequences of str
        The artists of each song. A song without any counts as one of an artist of its own.

    Returns
    -------
    ndarray of int, shape (songs,)
        The same number for songs of the same main artist, from 0 without gaps.
    """
    numbers: dict[str | int, int] = {}
    keys = (names[0] if names else row for row, names in enumerate(artists))
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def cluster_sums(columns: npt.NDArray[np.generic], clusters: Clusters) -> Floats:
    """Sums over each artist's songs: columns of shape (songs, columns) to (artists, columns)."""
    artists = int(clusters.max(initial=-1)) + 1
    sums = [np.bincount(clusters, column, artists) for column in columns.T]
    return np.array(sums, np.float64).reshape(columns.shape[1], artists).T


def resampled_sums(sums: Floats) -> Floats:
    """Sums over artists drawn with replacement, as many as there are.

    Parameters
    ----------
    sums : ndarray, shape (artists, columns)
        See `cluster_sums`; at least one artist.

    Returns
    -------
    ndarray, shape (2000, columns)
        How often each artist is drawn is multinomial; each row is such counts times `sums`.
    """
    times = _draws(len(sums))
    blocks = (times[start : start + BLOCK] for start in range(0, RESAMPLES, BLOCK))
    return np.concatenate([block.astype(np.float64) @ sums for block in blocks])


@functools.lru_cache(maxsize=4)
def _draws(artists: int) -> npt.NDArray[np.uint8]:
    """How often each artist is drawn in each resample; one byte each, as 256 times never happens.

    Kept, because drawing takes longer than adding up.
    """
    rng = np.random.default_rng(SEED)
    times = np.empty((RESAMPLES, artists), np.uint8)
    for resample in times:
        resample[:] = np.bincount(rng.integers(0, artists, artists), minlength=artists)
    return times


def interval(resampled: Floats) -> tuple[float, float]:
    """The middle 90 % of the values of a statistic on the resamples, shape (resamples,)."""
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail]).tolist()
    return low, high


def mean_over_artists(
    values: npt.NDArray[np.generic], rows: npt.NDArray[np.bool_], clusters: Clusters
) -> list[Estimate | None]:
    """Means over several selections of songs, each with its interval over artists.

    Parameters
    ----------
    values : ndarray, shape (songs,) or (songs, selections)
        What is averaged: 1 and 0 for right and wrong, or the difference of two models' rights.
    rows : ndarray of bool, shape (songs, selections)
        Which songs are in which selection.
    clusters : ndarray of int, shape (songs,)
        The songs' artists as numbers without gaps; see `main_artists`.

    Returns
    -------
    list of Estimate or None
        One for each selection, None where it has no song. The mean of a resample is a ratio: the
        sum of the values of the drawn artists over the number of their songs. Resamples that draw
        no song of a selection are left out of its interval.
    """
    values = np.asarray(values, np.float64)
    values = np.broadcast_to(values if values.ndim == 2 else values[:, None], rows.shape)
    sums = cluster_sums(np.hstack([np.where(rows, values, 0.0), rows]), clusters)
    totals, songs = np.split(sums.sum(axis=0), 2)
    if not songs.any():
        return [None] * len(songs)
    drawn_totals, drawn_songs = np.hsplit(resampled_sums(sums), 2)
    estimates: list[Estimate | None] = []
    for column, count in enumerate(songs.astype(int).tolist()):
        if not count:
            estimates.append(None)
            continue
        some = drawn_songs[:, column] > 0
        low, high = interval(drawn_totals[some, column] / drawn_songs[some, column])
        estimates.append(Estimate(float(totals[column] / count), low, high, count))
    return estimates
