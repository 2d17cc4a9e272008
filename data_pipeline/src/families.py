"""The model families that compete: how each is fitted, converted to ONNX, and logged natively."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from src import boosted_trees, logistic_regression
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
    convert : callable
        Fitted model -> ONNX graph.
    log_native : callable
        Logs the fitted model under the active run.
    """

    params: Callable[[Train], Any]
    fit: Callable[[Lesson, Lesson, Any, int], Any]
    refit: Callable[[Lesson, list[Any], Any, int], Any]
    rounds: Callable[[Any], int]
    convert: Callable[[Any], Any]
    log_native: Callable[[Any], None]


FAMILIES = {
    "logistic_regression": Family(
        lambda train: train.logistic_regression,
        logistic_regression.fit,
        logistic_regression.refit,
        lambda model: 0,
        logistic_regression.convert,
        logistic_regression.log_native,
    ),
    "xgboost": Family(
        lambda train: train.xgboost,
        boosted_trees.fit,
        boosted_trees.refit,
        boosted_trees.rounds,
        boosted_trees.convert,
        boosted_trees.log_native,
    ),
}
