"""Logistic regression on scaled features, fitted by scikit-learn."""

from importlib.metadata import version
from typing import Any

import mlflow
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from src.derived import NOT_LINEAR, OPSET
from src.lesson import Lesson
from src.params import LogisticRegressionParams


def fit(lesson: Lesson, _: Lesson, params: LogisticRegressionParams, seed: int) -> Any:
    """Scale the features and fit; there is nothing to stop, and no randomness."""
    scaled = ColumnTransformer([("scaled", StandardScaler(), slice(0, NOT_LINEAR))])
    model = make_pipeline(scaled, LogisticRegression(C=params.C, max_iter=params.max_iter))
    # On so few columns a second thread of BLAS costs seven times the processor time.
    with threadpool_limits(1, "blas"):
        return model.fit(
            lesson.seen, lesson.labels, logisticregression__sample_weight=lesson.weights
        )


def refit(lesson: Lesson, _: list[Any], params: LogisticRegressionParams, seed: int) -> Any:
    return fit(lesson, lesson, params, seed)


def convert(model: Any) -> Any:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    inputs = [("model_input", FloatTensorType([None, model.n_features_in_]))]
    return to_onnx(
        model, initial_types=inputs, options={"zipmap": False}, target_opset={"": OPSET}
    )


def log_native(model: Any) -> None:
    mlflow.sklearn.log_model(
        model,
        name="native",
        serialization_format="skops",
        pip_requirements=[f"{name}=={version(name)}" for name in ("scikit-learn", "skops")],
    )
