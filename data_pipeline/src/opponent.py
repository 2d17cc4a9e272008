"""Today's champion, opened and scored beside a candidate."""

from dataclasses import replace

import numpy as np
from mlflow.entities.model_registry import ModelVersion

from src import registry
from src.command import PipelineError
from src.comparison import Comparison, Labels, compare
from src.meeting import Incomparable, meeting
from src.params import Params
from src.training_data import TrainingData


def opponent(
    version: ModelVersion, data: TrainingData, predicted: Labels, newest_year: int, params: Params
) -> Comparison | Incomparable:
    """Score today's champion on today's validation songs, and set it beside the candidate.

    Parameters
    ----------
    version : ModelVersion
        The champion.
    data : TrainingData
    predicted : ndarray of int, shape (validation songs,)
        The candidate's labels.
    newest_year : int
        The newest year of the candidate's songs.
    params : Params

    Returns
    -------
    Comparison or Incomparable
        A song of a genre that the champion does not know is a miss.
    """
    number = str(version.version)
    try:
        model = registry.open_model(f"models:/{registry.NAME}/{number}")
    except PipelineError as error:
        return Incomparable(number, str(error), unreadable=True)
    met = meeting(
        data, params.split, newest_year, number, version.tags, params.evaluate.era_years
    )
    if isinstance(met, Incomparable):
        return met
    genres = model.metadata["genres"]
    label_of = {genre: label for label, genre in enumerate(data.genres)}
    labels = np.array([label_of.get(genre, -1) for genre in genres])
    theirs = labels[model.graph.predict_proba(data.validation_features).argmax(axis=1)]
    notes = _genre_notes(number, genres, data)
    return compare(data, replace(met, notes=met.notes + notes), number, predicted, theirs)


def _genre_notes(number: str, genres: list[str], data: TrainingData) -> tuple[str, ...]:
    unknown = sorted(set(data.genres) - set(genres))
    gone = sorted(set(genres) - set(data.genres))
    notes = []
    if unknown:
        notes.append(f"version {number} does not know {', '.join(unknown)}: songs of it are misses")
    if gone:
        notes.append(f"version {number} also knows {', '.join(gone)}, of which there are no songs")
    return tuple(notes)
