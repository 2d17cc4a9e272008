"""Fit a model: when to stop, and how sure to be.

The training songs are divided into folds by artist. On a fold that a model has not seen, it shows
when boosting stops improving, and how far its confidences are off. The validation songs take no
part.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx

from src.assembly import assemble
from src.command import PipelineError
from src.derived import seen
from src.families import Family
from src.lesson import Lesson
from src.params import Train
from src.split import split_by_artist
from src.temperature import fit_temperature, tempered


@dataclass(frozen=True)
class Fitted:
    """A fitted model with its temperature.

    Attributes
    ----------
    recipe : Family
    native : object
        The model of its library; it takes what `src.derived.seen` gives.
    temperature : float
    figures : dict
        `temperature`, `learnt_songs`, `held_out_songs` (on which the temperature was found),
        `fit_seconds` (of all fits), and for boosted trees `rounds`.
    """

    recipe: Family
    native: Any
    temperature: float
    figures: dict[str, float]

    def predict_proba(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.floating]:
        """Calibrated probabilities of shape (songs, genres) for features of shape (songs, 12)."""
        return tempered(self.native.predict_proba(seen(features)), self.temperature)

    def graph(self) -> onnx.ModelProto:
        """The whole predictor as one ONNX graph."""
        return assemble(self.recipe.convert(self.native), self.temperature)


@dataclass(frozen=True)
class Fold:
    """A model, and what it says of a fold that it has not seen.

    Attributes
    ----------
    native : object
        See Fitted.
    learnt : int
        The songs that it has learnt from.
    labels : ndarray of int, shape (songs,)
    probabilities : ndarray, shape (songs, genres)
        Before any temperature.
    """

    native: Any
    learnt: int
    labels: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.floating]


def fit(recipe: Family, lesson: Lesson, params: Train, seed: int) -> Fitted:
    """Fit a model of one family on training songs.

    Parameters
    ----------
    recipe : Family
    lesson : Lesson
    params : Train
    seed : int
        Of the folds and of the model's own randomness.

    Returns
    -------
    Fitted
        With less than `one_fit_from_songs` songs every fold is held out in turn, and the model is
        then fitted again on all songs. With more, one fold says enough, and a second fit no longer
        pays.

    Raises
    ------
    PipelineError
        When the artists are too few for the folds.
    """
    start = time.monotonic()
    folds = list(held_out_answers(recipe, lesson, params, seed))
    native, songs = folds[0].native, folds[0].learnt
    if len(lesson.labels) < params.one_fit_from_songs:
        natives = [fold.native for fold in folds]
        learnt = _learnable(recipe, lesson, params)
        songs = len(learnt.labels)
        native = recipe.refit(learnt, natives, recipe.params(params), seed)
    seconds = time.monotonic() - start
    truth = np.concatenate([fold.labels for fold in folds])
    answers = np.concatenate([fold.probabilities for fold in folds])
    temperature = fit_temperature(truth, answers)
    figures = {
        "temperature": temperature,
        "learnt_songs": float(songs),
        "held_out_songs": float(len(truth)),
    }
    if rounds := recipe.rounds(native):
        figures["rounds"] = float(rounds)
    return Fitted(recipe, native, temperature, figures | {"fit_seconds": seconds})


def held_out_answers(
    recipe: Family, lesson: Lesson, params: Train, seed: int
) -> Iterator[Fold]:
    """Fit on all folds but one, for each fold, or for the first one where there are many songs.

    Parameters and errors are those of `fit`.

    Yields
    ------
    Fold
    """
    once = len(lesson.labels) >= params.one_fit_from_songs
    for fold in range(1 if once else params.inner_folds):
        learnt, held_out = _sides(lesson, fold, params.inner_folds, seed)
        stop = lesson.part(held_out)
        part = _learnable(recipe, lesson.part(learnt), params)
        native = recipe.fit(part, stop, recipe.params(params), seed)
        yield Fold(native, len(part.labels), stop.labels, native.predict_proba(stop.seen))


def _learnable(recipe: Family, lesson: Lesson, params: Train) -> Lesson:
    most = recipe.most_songs(recipe.params(params))
    return lesson if most is None else lesson.at_most(most)


def _sides(
    lesson: Lesson, fold: int, folds: int, seed: int
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Masks of the songs to learn from and of those held out.

    A genre that would have no song to learn from is not held out.
    """
    labels = lesson.labels
    sides = split_by_artist(lesson.artists, 1 / folds, f"inner {seed}", start=fold / folds)
    orphans = sides.validation & ~np.isin(labels, labels[sides.training])
    learnt, held_out = sides.training | orphans, sides.validation & ~orphans
    if not held_out.any() or not sides.training.any():
        names = {name for names in lesson.artists for name in names}
        raise PipelineError(
            f"train.inner_folds {folds}: fold {fold + 1} leaves no song on one of its sides; the "
            f"{len(labels)} training songs are by {len(names)} artists. It needs songs of more "
            "artists, fewer folds, or another split.seed in params.yaml"
        )
    return learnt, held_out
