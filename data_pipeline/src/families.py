"""The model families that compete: how each is fitted, converted to ONNX, and logged natively."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median
from typing import Any

import mlflow
import numpy as np
import numpy.typing as npt
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from src.derived import NOT_LINEAR, OPSET
from src.params import LogisticRegressionParams, Train, XGBoostParams


@dataclass(frozen=True)
class Lesson:
    """Songs to learn from.

    Attributes
    ----------
    seen : ndarray of float32, shape (songs, 18)
        See `src.derived.seen`.
    labels : ndarray of int, shape (songs,)
    weights : ndarray of float, shape (songs,)
    """

    seen: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]

    def part(self, rows: npt.NDArray[np.bool_]) -> "Lesson":
        """The songs of a mask."""
        return Lesson(self.seen[rows], self.labels[rows], self.weights[rows])


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


def _fit_logistic_regression(
    lesson: Lesson, _: Lesson, params: LogisticRegressionParams, seed: int
) -> Any:
    scaled = ColumnTransformer([("scaled", StandardScaler(), slice(0, NOT_LINEAR))])
    model = make_pipeline(scaled, LogisticRegression(**params.model_dump()))
    # On so few columns a second thread of BLAS costs seven times the processor time.
    with threadpool_limits(1, "blas"):
        return model.fit(
            lesson.seen, lesson.labels, logisticregression__sample_weight=lesson.weights
        )


def _refit_logistic_regression(
    lesson: Lesson, _: list[Any], params: LogisticRegressionParams, seed: int
) -> Any:
    return _fit_logistic_regression(lesson, lesson, params, seed)


def _convert_logistic_regression(model: Any) -> Any:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    inputs = [("model_input", FloatTensorType([None, model.n_features_in_]))]
    return to_onnx(
        model, initial_types=inputs, options={"zipmap": False}, target_opset={"": OPSET}
    )


def _log_logistic_regression(model: Any) -> None:
    mlflow.sklearn.log_model(
        model,
        name="native",
        serialization_format="skops",
        pip_requirements=_pinned("scikit-learn", "skops"),
    )


def _fit_xgboost(lesson: Lesson, stop: Lesson, params: XGBoostParams, seed: int) -> Any:
    from xgboost import XGBClassifier

    model = XGBClassifier(tree_method="hist", random_state=seed, **params.model_dump())
    return model.fit(
        lesson.seen,
        lesson.labels,
        sample_weight=lesson.weights,
        eval_set=[(stop.seen, stop.labels)],
        verbose=False,
    )


def _refit_xgboost(lesson: Lesson, models: list[Any], params: XGBoostParams, seed: int) -> Any:
    from xgboost import XGBClassifier

    settings = params.model_dump(exclude={"early_stopping_rounds"})
    settings["n_estimators"] = round(median(_xgboost_rounds(model) for model in models))
    model = XGBClassifier(tree_method="hist", random_state=seed, **settings)
    return model.fit(lesson.seen, lesson.labels, sample_weight=lesson.weights)


def _xgboost_rounds(model: Any) -> int:
    stopped = model.early_stopping_rounds is not None
    return int(model.best_iteration + 1 if stopped else model.n_estimators)


def _convert_xgboost(model: Any) -> Any:
    from onnxmltools import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    inputs = [("model_input", FloatTensorType([None, model.n_features_in_]))]
    return convert_xgboost(model, initial_types=inputs, target_opset=OPSET)


def _log_xgboost(model: Any) -> None:
    mlflow.xgboost.log_model(
        model, name="native", model_format="ubj", pip_requirements=_pinned("xgboost-cpu")
    )


def _pinned(*packages: str) -> list[str]:
    return [f"{package}=={version(package)}" for package in packages]


FAMILIES = {
    "logistic_regression": Family(
        lambda train: train.logistic_regression,
        _fit_logistic_regression,
        _refit_logistic_regression,
        lambda model: 0,
        _convert_logistic_regression,
        _log_logistic_regression,
    ),
    "xgboost": Family(
        lambda train: train.xgboost,
        _fit_xgboost,
        _refit_xgboost,
        _xgboost_rounds,
        _convert_xgboost,
        _log_xgboost,
    ),
}
