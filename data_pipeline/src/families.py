"""The model families that compete: how each is fitted, converted to ONNX, and logged natively."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mlflow
import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from src.params import Train
from src.songs import FEATURES

Features = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Family:
    """One family of models.

    Attributes
    ----------
    parameters : callable
        Its own parameters out of the train block of params.yaml.
    fit : callable
        Features (songs, 12), labels (songs,), parameters -> fitted model with `predict_proba`.
    convert : callable
        Fitted model -> ONNX graph.
    log_native : callable
        Logs the fitted model under the active run.
    """

    parameters: Callable[[Train], dict[str, Any]]
    fit: Callable[[Features, Labels, dict[str, Any]], Any]
    convert: Callable[[Any], Any]
    log_native: Callable[[Any], None]


def _fit_logistic_regression(features: Features, labels: Labels, params: dict[str, Any]) -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(**params)).fit(features, labels)


def _convert_logistic_regression(model: Any) -> Any:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    inputs = [("features", FloatTensorType([None, len(FEATURES)]))]
    return to_onnx(model, initial_types=inputs, options={"zipmap": False})


def _log_logistic_regression(model: Any) -> None:
    mlflow.sklearn.log_model(
        model,
        name="native",
        serialization_format="skops",
        pip_requirements=_pinned("scikit-learn", "skops"),
    )


def _fit_xgboost(features: Features, labels: Labels, params: dict[str, Any]) -> Any:
    from xgboost import XGBClassifier

    return XGBClassifier(tree_method="hist", **params).fit(features, labels)


def _convert_xgboost(model: Any) -> Any:
    from onnxmltools import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    inputs = [("features", FloatTensorType([None, len(FEATURES)]))]
    return convert_xgboost(model, initial_types=inputs)


def _log_xgboost(model: Any) -> None:
    mlflow.xgboost.log_model(
        model, name="native", model_format="ubj", pip_requirements=_pinned("xgboost-cpu")
    )


def _pinned(*packages: str) -> list[str]:
    from importlib.metadata import version

    return [f"{package}=={version(package)}" for package in packages]


FAMILIES = {
    "logistic_regression": Family(
        lambda train: train.logistic_regression.model_dump(),
        _fit_logistic_regression,
        _convert_logistic_regression,
        _log_logistic_regression,
    ),
    "xgboost": Family(
        lambda train: train.xgboost.model_dump(),
        _fit_xgboost,
        _convert_xgboost,
        _log_xgboost,
    ),
}
