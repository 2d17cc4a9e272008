"""The rows that a model learns from, and the rows on which it is judged."""

import hashlib
import json
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from src.command import PipelineError
from src.params import Params, Split
from src.split import split_by_artist
from src.table import Songs, evenly

# Scoring a song takes about 35 us of a core for each 1,000 trees. On so many songs an accuracy is
# known to half a percentage point; on all of a large table it would take a fifth of the training.
MOST_RECALLED = 20_000
# To be counted up when more must travel with a model: a run that lacks it then belongs to another
# training, and is no longer taken for one of today's. 2: the SHA-256 of the graph. 3: a sample of
# the validation rows.
FORMAT = 3


@dataclass(frozen=True)
class TrainingData:
    """Training and validation rows of one table.

    Attributes
    ----------
    genres : tuple of str
        The classes; label i is genres[i].
    training_features, validation_features : ndarray of float32, shape (songs, 12)
    training_labels, validation_labels : ndarray of int, shape (songs,)
    training_artists, validation_artists : list of tuples of str
        The artists of each song; the first one is the main artist.
    validation_years : ndarray of int, shape (songs,)
    set_aside : int
        Songs on neither side: their artists are on both sides, or they have none.
    """

    genres: tuple[str, ...]
    training_features: npt.NDArray[np.float32]
    training_labels: npt.NDArray[np.int64]
    validation_features: npt.NDArray[np.float32]
    validation_labels: npt.NDArray[np.int64]
    validation_years: npt.NDArray[np.int64]
    training_artists: list[tuple[str, ...]]
    validation_artists: list[tuple[str, ...]]
    set_aside: int

    @property
    def known_artists(self) -> frozenset[str]:
        """All artists of the training songs."""
        return frozenset(name for names in self.training_artists for name in names)

    @property
    def recalled(self) -> npt.NDArray[np.int64]:
        """The training rows that training accuracy is of: all, or 20,000 evenly spread."""
        return evenly(len(self.training_labels), MOST_RECALLED)


def training_data(songs: Songs, split: Split) -> TrainingData:
    """Split a table by artist and number the genres, in alphabetical order.

    Raises
    ------
    PipelineError
        When a side is empty, there is one genre only, or a genre has no song to learn from.
    """
    sides = split_by_artist(songs.artists, split.validation_fraction, split.seed)
    counts = {"training": sides.training.sum(), "validation": sides.validation.sum()}
    for side, count in counts.items():
        if not count:
            raise PipelineError(
                f"the split leaves no {side} song of {len(songs)} ({sides.neither.sum()} have no "
                "artist or artists on both sides); it needs songs of several artists, or another "
                "split.validation_fraction or split.seed in params.yaml"
            )
    genres = tuple(np.unique(songs.genres).tolist())
    if len(genres) < 2:
        raise PipelineError(f"all songs are of genre {genres[0]!r}: there is nothing to predict")
    labels = np.searchsorted(np.array(genres), songs.genres).astype(np.int64)
    unlearnt = sorted(set(genres) - set(songs.genres[sides.training].tolist()))
    if unlearnt:
        total = int(np.isin(songs.genres, unlearnt).sum())
        raise PipelineError(
            f"no training song of genre {', '.join(map(repr, unlearnt))}: all of its {total} songs "
            "are by artists held out for validation. Add songs by other artists, take the genre "
            "out, or change split.seed in params.yaml"
        )
    return TrainingData(
        genres=genres,
        training_features=songs.features[sides.training],
        training_labels=labels[sides.training],
        validation_features=songs.features[sides.validation],
        validation_labels=labels[sides.validation],
        validation_years=songs.years[sides.validation],
        training_artists=[songs.artists[row] for row in np.flatnonzero(sides.training)],
        validation_artists=[songs.artists[row] for row in np.flatnonzero(sides.validation)],
        set_aside=int(sides.neither.sum()),
    )


def fingerprint(songs: Songs, params: Params) -> str:
    """What makes a training this one: table, split, the models' parameters, and their FORMAT."""
    what = [songs.md5, params.split.model_dump(), params.train.model_dump(), FORMAT]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
