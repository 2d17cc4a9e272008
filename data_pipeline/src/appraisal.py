"""All that is measured of a model: what metrics.json, the plots and the model card show."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from src.bootstrap import (
    Clusters,
    Estimate,
    cluster_sums,
    interval,
    main_artists,
    mean_over_artists,
    resampled_sums,
)
from src.importance import permutation_importance
from src.prior_adaptation import PriorAdaptation, prior_adaptation
from src.registry import StoredModel
from src.scores import (
    calibration_table,
    confusion,
    genre_scores,
    log_losses,
    scores,
    top_classes,
)
from src.slices import Slices, accuracy_slices
from src.table import Songs
from src.training_data import TrainingData

Labels = npt.NDArray[np.int64]
Probabilities = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Appraisal:
    """What a model reaches on the validation songs, and on parts of them and of the newer songs.

    Attributes
    ----------
    scores : dict of str to float
        See `scores`.
    intervals : dict of str to (float, float)
        Ends of the interval over artists of the scores that have one. The calibration error has
        none: its resamples are biased upwards, as each adds noise to each bin.
    artists : int
        Main artists of the validation songs.
    genres : tuple of str
    confusion : ndarray of int, shape (genres, genres)
        Songs by true and by predicted genre.
    calibration : list of (mean confidence, accuracy, songs)
    by_genre : dict of str to dict
        Precision, recall, F1 and songs.
    importance : dict of str to Estimate
        Accuracy lost when a feature is shuffled.
    slices : Slices
    prior_adaptation : PriorAdaptation or None
        What the genre mix of the newer songs would gain on them, if it were known.
    """

    scores: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    artists: int
    genres: tuple[str, ...]
    confusion: npt.NDArray[np.int64]
    calibration: list[tuple[float, float, int]]
    by_genre: dict[str, dict[str, float]]
    importance: dict[str, Estimate]
    slices: Slices
    prior_adaptation: PriorAdaptation | None


def appraise(
    model: StoredModel, data: TrainingData, newer: Songs, probabilities: Probabilities
) -> Appraisal:
    """Measure a model.

    Parameters
    ----------
    model : StoredModel
    data : TrainingData
        What it was trained and validated on.
    newer : Songs
        Songs newer than the training years.
    probabilities : ndarray, shape (validation songs, genres)
        What the model's graph says of the validation songs.

    Returns
    -------
    Appraisal
    """
    labels, predicted = data.validation_labels, probabilities.argmax(axis=1)
    clusters = main_artists(data.validation_artists)
    newer_labels = _labels(model, newer.genres)
    newer_probabilities = model.graph.predict_proba(newer.features)
    newer_right = newer_probabilities.argmax(axis=1) == newer_labels
    return Appraisal(
        scores=scores(labels, probabilities),
        intervals=_intervals(labels, probabilities, clusters),
        artists=int(clusters.max()) + 1,
        genres=data.genres,
        confusion=confusion(labels, predicted, len(data.genres)),
        calibration=calibration_table(labels, probabilities),
        by_genre=genre_scores(labels, predicted, data.genres),
        importance=permutation_importance(model.graph, data),
        slices=accuracy_slices(data, predicted == labels, newer, newer_right),
        prior_adaptation=prior_adaptation(
            newer_probabilities, newer_labels, newer.artists, _training_priors(model)
        ),
    )


def _labels(model: StoredModel, genres: npt.NDArray[np.str_]) -> Labels:
    """The model's numbers of the songs' genres; -1 for one that it does not know."""
    same = genres[:, None] == np.array(model.metadata["genres"])
    return np.where(same.any(axis=1), same.argmax(axis=1), -1)


def _training_priors(model: StoredModel) -> npt.NDArray[np.float64]:
    means = model.metadata["reference_profile"]["mean_probabilities"]
    return np.array([means[genre] for genre in model.metadata["genres"]])


def _intervals(
    labels: Labels, probabilities: Probabilities, clusters: Clusters
) -> dict[str, tuple[float, float]]:
    predicted = probabilities.argmax(axis=1)
    values = {
        "accuracy": predicted == labels,
        "log_loss": log_losses(labels, probabilities),
        "top3_accuracy": (top_classes(probabilities, 3) == labels[:, None]).any(axis=1),
    }
    columns = np.stack(list(values.values()), axis=1)
    estimates = mean_over_artists(columns, np.ones(columns.shape, bool), clusters)
    ends = {name: (e.low, e.high) for name, e in zip(values, estimates, strict=True) if e}
    return ends | {"macro_f1": _macro_f1_interval(labels, predicted, clusters)}


def _macro_f1_interval(
    labels: Labels, predicted: Labels, clusters: Clusters
) -> tuple[float, float]:
    """Over the genres that occur or are predicted in a resample, as `scores` has it."""
    genres = np.arange(max(labels.max(), predicted.max()) + 1)
    true, named = labels[:, None] == genres, predicted[:, None] == genres
    sums = resampled_sums(cluster_sums(np.hstack([true & named, true, named]), clusters))
    hits, true_songs, named_songs = np.hsplit(sums, 3)
    songs = true_songs + named_songs
    f1 = np.divide(2 * hits, songs, out=np.full_like(hits, np.nan), where=songs > 0)
    return interval(np.nanmean(f1, axis=1))
