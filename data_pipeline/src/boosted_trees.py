"""Gradient-boosted trees, fitted by XGBoost."""

from importlib.metadata import version
from statistics import median
from typing import Any, Protocol

import mlflow

from src.cores import cores
from src.derived import OPSET
from src.lesson import Lesson
from src.params import XGBoostParams
from src.progress import progress

# Waiting threads sleep (see src/__init__.py), and waking them up for less work than this costs more
# than they bring: with 10,000 songs, one thread is more than twice as fast as two.
SONGS_FOR_A_THREAD = 20_000


def threads(songs: int, available: int) -> int:
    """How many of the available threads learn fastest from so many songs.

    The trees are the same with any number.
    """
    return max(1, min(songs // SONGS_FOR_A_THREAD, available))


class Place(Protocol):
    """Where trees grow."""

    def boost(self, settings: dict[str, Any], lesson: Lesson, stop: Lesson | None) -> Any:
        """Boost, until the songs to stop by gain nothing more where there are any.

        Parameters
        ----------
        settings : dict
            What `XGBClassifier` is made with.
        lesson : Lesson
        stop : Lesson or None

        Returns
        -------
        XGBClassifier
        """

    def tags(self) -> dict[str, str]:
        """What a run says of where its trees have grown."""


class OneProcess:
    """Trees grow in this process."""

    def boost(self, settings: dict[str, Any], lesson: Lesson, stop: Lesson | None) -> Any:
        from xgboost import XGBClassifier
        from xgboost.callback import TrainingCallback

        with progress("xgboost", settings["n_estimators"], " rounds") as advance:

            class Progress(TrainingCallback):
                def after_iteration(self, *_: Any) -> bool:
                    advance(1)
                    return False  # go on

            count = threads(len(lesson.labels), cores())
            model = XGBClassifier(n_jobs=count, callbacks=[Progress()], **settings)
            model.fit(
                lesson.seen,
                lesson.labels,
                sample_weight=lesson.weights,
                eval_set=[(stop.seen, stop.labels)] if stop else None,
                verbose=False,
            )
        return model.set_params(callbacks=None, n_jobs=None)

    def tags(self) -> dict[str, str]:
        return {"trained_on": "one process"}


def fit(place: Place, lesson: Lesson, stop: Lesson, params: XGBoostParams, seed: int) -> Any:
    """Boost until the log loss of the songs to stop by has not fallen for some rounds."""
    return place.boost(_settings(params.model_dump(), seed), lesson, stop)


def refit(
    place: Place, lesson: Lesson, models: list[Any], params: XGBoostParams, seed: int
) -> Any:
    """Boost for as many rounds as models of parts of the songs needed, the median of them."""
    settings = params.model_dump(exclude={"early_stopping_rounds"})
    settings["n_estimators"] = round(median(rounds(model) for model in models))
    return place.boost(_settings(settings, seed), lesson, None)


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


def _settings(params: dict[str, Any], seed: int) -> dict[str, Any]:
    return params | {"tree_method": "hist", "random_state": seed}
