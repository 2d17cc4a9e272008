"""How accurate a model is on parts of the songs: by decade, and by whether it knows the artist."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from src.bootstrap import Clusters, Estimate, main_artists, mean_over_artists
from src.table import Songs
from src.training_data import TrainingData

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Slices:
    """Accuracy on parts of the validation songs and of the newer songs.

    Attributes
    ----------
    validation, newer : dict of str to Estimate
        By decade ("1990s"), for parts that have songs.
    newer_songs, newer_unseen, newer_seen : Estimate or None
        All newer songs, and those of artists that are not and that are in the training songs.
    newer_years : tuple of int or None
        First and last year of the newer songs.
    newer_total : int
        How many newer songs there are, of which those that were read were scored.
    """

    validation: dict[str, Estimate]
    newer: dict[str, Estimate]
    newer_songs: Estimate | None
    newer_unseen: Estimate | None
    newer_seen: Estimate | None
    newer_years: tuple[int, int] | None
    newer_total: int


def accuracy_slices(data: TrainingData, right: Mask, newer: Songs, newer_right: Mask) -> Slices:
    """Measure accuracy on each part, with intervals over artists.

    Parameters
    ----------
    data : TrainingData
        What the model was trained and validated on.
    right : ndarray of bool, shape (validation songs,)
        Whether the model names the genre.
    newer : Songs
        Songs newer than the training years, prod_sim.csv.
    newer_right : ndarray of bool, shape (newer songs,)
        The same of those; a genre that the model does not know is a miss.

    Returns
    -------
    Slices
    """
    artists = data.known_artists
    known = [not artists.isdisjoint(names) for names in newer.artists]
    unseen = [bool(names) and not seen for names, seen in zip(newer.artists, known, strict=True)]
    everything = np.ones(len(newer), bool)
    parts = {"all": everything, "unseen": np.array(unseen, bool), "seen": np.array(known, bool)}
    decades = _decades(newer.years)
    found = _means(newer_right, parts | decades, main_artists(newer.artists))
    return Slices(
        validation=_present(
            _means(right, _decades(data.validation_years), main_artists(data.validation_artists))
        ),
        newer=_present({decade: found[decade] for decade in decades}),
        newer_songs=found["all"],
        newer_unseen=found["unseen"],
        newer_seen=found["seen"],
        newer_years=(int(newer.years.min()), int(newer.years.max())) if len(newer) else None,
        newer_total=newer.in_file,
    )


def _decades(years: npt.NDArray[np.int64]) -> dict[str, Mask]:
    starts = years // 10 * 10
    return {f"{start}s": starts == start for start in np.unique(starts)}


def _means(
    right: Mask, parts: Mapping[str, Mask], clusters: Clusters
) -> dict[str, Estimate | None]:
    estimates = mean_over_artists(right, np.stack(list(parts.values()), axis=1), clusters)
    return dict(zip(parts, estimates, strict=True))


def _present(estimates: dict[str, Estimate | None]) -> dict[str, Estimate]:
    return {name: estimate for name, estimate in estimates.items() if estimate}
