"""The model families that compete: how each is fitted, converted to ONNX, and logged natively."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from src import boosted_trees, logistic_regression
from src.boosted_trees import OneProcess, Place
from src.lesson import Lesson
from src.params import Train


@dataclass(frozen=True)
class Family:
    """One family of models.

    Attributes
    ----------
    params : callable
        Its own parameters out of the train block of params.yaml.
    fit : callable
        Lesson, lesson to stop by, parameters, seed -> fitted model with `predict_proba`.
    refit : callable
        Lesson, models that were fitted on parts of it, parameters, seed -> fitted model.
    rounds : callable
        Fitted model -> rounds of boosting, 0 where there are none.
    most_songs : callable
        Its parameters -> how many songs it learns from at most, or None.
    tags : callable
        What a run says of where the model was fitted.
    convert : callable
        Fitted model -> ONNX graph.
    log_native : callable
        Logs the fitted model under the active run.
    """

    params: Callable[[Train], Any]
    fit: Callable[[Lesson, Lesson, Any, int], Any]
    refit: Callable[[Lesson, list[Any], Any, int], Any]
    rounds: Callable[[Any], int]
    most_songs: Callable[[Any], int | None]
    tags: Callable[[], dict[str, str]]
    convert: Callable[[Any], Any]
    log_native: Callable[[Any], None]


def families(place: Place) -> dict[str, Family]:
    """All families, by name.

    Parameters
    ----------
    place : Place
        Where trees grow. The coefficients of a logistic regression are so few that a sample of the
        songs says enough, and one process will do.
    """
    return {
        "logistic_regression": Family(
            params=lambda train: train.logistic_regression,
            fit=logistic_regression.fit,
            refit=logistic_regression.refit,
            rounds=lambda model: 0,
            most_songs=lambda params: int(params.most_songs),
            tags=OneProcess().tags,
            convert=logistic_regression.convert,
            log_native=logistic_regression.log_native,
        ),
        "xgboost": Family(
            params=lambda train: train.xgboost,
            fit=partial(boosted_trees.fit, place),
            refit=partial(boosted_trees.refit, place),
            rounds=boosted_trees.rounds,
            most_songs=lambda params: None,
            tags=place.tags,
            convert=boosted_trees.convert,
            log_native=boosted_trees.log_native,
        ),
    }


FAMILIES = families(OneProcess())
