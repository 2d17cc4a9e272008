"""LightGBM and CatBoost as they are usually used: the twelve features, tuned, stopped early.

They come as families, so that folds, stopping and scoring are those of our own models.
"""

from statistics import median
from typing import Any

import numpy as np
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier, early_stopping
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution

from src.boosted_trees import OneProcess
from src.families import Family
from src.lesson import Lesson
from src.songs import FEATURES

Choice = dict[str, Any]

MOST_ROUNDS, PATIENCE = 1000, 30

RIVALS: dict[str, dict[str, BaseDistribution]] = {
    "lightgbm": {
        "num_leaves": IntDistribution(7, 127, log=True),
        "learning_rate": FloatDistribution(0.03, 0.3, log=True),
        "min_child_samples": IntDistribution(5, 200, log=True),
        "subsample": FloatDistribution(0.4, 1.0),
        "colsample_bytree": FloatDistribution(0.3, 1.0),
        "reg_lambda": FloatDistribution(0.1, 100.0, log=True),
    },
    "catboost": {
        "depth": IntDistribution(3, 8),
        "learning_rate": FloatDistribution(0.05, 0.3, log=True),
        "l2_leaf_reg": FloatDistribution(0.5, 50.0, log=True),
        "random_strength": FloatDistribution(0.1, 10.0, log=True),
        "bagging_temperature": FloatDistribution(0.0, 2.0),
    },
}


class _Twelve:
    """A model that looks at the twelve features only."""

    def __init__(self, model: Any, rounds: int) -> None:
        self.model, self.rounds = model, rounds

    def predict_proba(self, seen: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.asarray(self.model.predict_proba(seen[:, : len(FEATURES)]))


def _lightgbm(lesson: Lesson, stop: Lesson | None, choice: Choice, rounds: int, seed: int) -> Any:
    model = LGBMClassifier(
        n_estimators=rounds, subsample_freq=1, random_state=seed, verbose=-1, **choice
    )
    options: Choice = {}
    if stop is not None:
        options["eval_set"] = [(_twelve(stop), stop.labels)]
        options["callbacks"] = [early_stopping(PATIENCE, verbose=False)]
    model.fit(_twelve(lesson), lesson.labels, lesson.weights, **options)
    return _Twelve(model, model.best_iteration_ or rounds)


def _catboost(lesson: Lesson, stop: Lesson | None, choice: Choice, rounds: int, seed: int) -> Any:
    model = CatBoostClassifier(
        iterations=rounds,
        loss_function="MultiClass",
        random_seed=seed,
        verbose=False,
        allow_writing_files=False,
        **choice,
    )
    options: Choice = {}
    if stop is not None:
        options["eval_set"] = (_twelve(stop), stop.labels)
        options["early_stopping_rounds"] = PATIENCE
    model.fit(_twelve(lesson), lesson.labels, sample_weight=lesson.weights, **options)
    return _Twelve(model, model.tree_count_)


def _twelve(lesson: Lesson) -> np.ndarray[Any, Any]:
    return lesson.seen[:, : len(FEATURES)]


_FITS = {"lightgbm": _lightgbm, "catboost": _catboost}


def rival(name: str, choice: Choice) -> Family:
    """A rival with chosen parameters, as a family that is fitted like ours."""
    fit = _FITS[name]

    def refit(lesson: Lesson, models: list[Any], own: Choice, seed: int) -> Any:
        return fit(lesson, None, own, round(median(model.rounds for model in models)), seed)

    def not_exported(model: Any) -> None:
        raise NotImplementedError(f"{name} is here to be compared with, not to be served")

    return Family(
        params=lambda train: choice,
        fit=lambda lesson, stop, own, seed: fit(lesson, stop, own, MOST_ROUNDS, seed),
        refit=refit,
        rounds=lambda model: model.rounds,
        most_songs=lambda own: None,
        tags=OneProcess().tags,
        convert=not_exported,
        log_native=not_exported,
    )
