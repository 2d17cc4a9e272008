"""Gradient-boosted trees, fitted by XGBoost."""

import os
from importlib.metadata import version
from statistics import median
from typing import Any

import mlflow

from src.derived import OPSET
from src.lesson import Lesson
from src.params import XGBoostParams
from src.progress import progress

# Waiting threads sleep (see src/__init__.py), and waking them up for less work than this costs more
# than they bring: with 10,000 songs, one thread is more than twice as fast as two.
SONGS_FOR_A_THREAD = 20_000


def threads(songs: int) -> int:
    """How many threads learn fastest from so many songs; the trees are the same with any number."""
    return max(1, min(songs // SONGS_FOR_A_THREAD, os.cpu_count() or 1))


def fit(lesson: Lesson, stop: Lesson, params: XGBoostParams, seed: int) -> Any:
    """Boost until the log loss of the songs to stop by has not fallen for some rounds."""
    return _fit(lesson, seed, params.model_dump(), eval_set=[(stop.seen, stop.labels)])


def refit(lesson: Lesson, models: list[Any], params: XGBoostParams, seed: int) -> Any:
    """Boost for as many rounds as models of parts of the songs needed, the median of them."""
    settings = params.model_dump(exclude={"early_stopping_rounds"})
    settings["n_estimators"] = round(median(rounds(model) for model in models))
    return _fit(lesson, seed, settings)


def rounds(model: Any) -> int:
    """Rounds of boosting that a model's predictions use."""
    stopped = model.early_stopping_rounds is not None
    return int(model.best_iteration + 1 if stopped else model.n_estimators)


def convert(model: Any) -> Any:
    from onnxmltools import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    inputs = [("model_input", FloatTensorType([None, model.n_features_in_]))]
    return convert_xgboost(model, initial_types=inputs, target_opset=OPSET)


def log_native(model: Any) -> None:
    requirements = [f"xgboost-cpu=={version('xgboost-cpu')}"]
    mlflow.xgboost.log_model(
        model, name="native", model_format="ubj", pip_requirements=requirements
    )


def _fit(lesson: Lesson, seed: int, settings: dict[str, Any], **options: Any) -> Any:
    from xgboost import XGBClassifier
    from xgboost.callback import TrainingCallback

    with progress("xgboost", settings["n_estimators"], " rounds") as advance:

        class Progress(TrainingCallback):
            def after_iteration(self, *_: Any) -> bool:
                advance(1)
                return False  # go on

        model = XGBClassifier(
            tree_method="hist",
            random_state=seed,
            n_jobs=threads(len(lesson.labels)),
            callbacks=[Progress()],
            **settings,
        )
        model.fit(
            lesson.seen, lesson.labels, sample_weight=lesson.weights, verbose=False, **options
        )
    return model.set_params(callbacks=None, n_jobs=None)
