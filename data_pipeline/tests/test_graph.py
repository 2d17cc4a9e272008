import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from src.command import PipelineError
from src.families import FAMILIES
from src.fitting import fit
from src.graph import GraphClassifier, prove_faithful
from src.lesson import training_lesson
from src.params import Params
from src.table import read_songs
from src.training_data import training_data

MakeParams = Callable[..., Params]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_graph_gives_the_models_probabilities(
    family: str, tables: Path, params: MakeParams
) -> None:
    """The graph takes the twelve features and gives the probabilities of the fitted model."""
    data = training_data(read_songs(tables / "train.csv"), params().split)
    fitted = fit(FAMILIES[family], training_lesson(data, 0.0), params().train, seed=1)
    graph = fitted.graph()
    assert [output.name for output in graph.graph.output] == ["probabilities"]
    classifier = GraphClassifier(graph)
    probabilities = classifier.predict_proba(data.validation_features)
    assert prove_faithful(probabilities, fitted, data.validation_features) < 1e-5
    one = classifier.predict_proba(data.validation_features[:1])
    assert one.shape == (1, len(data.genres))
    assert one.sum() == pytest.approx(1, abs=1e-5)

    class Other:
        def predict_proba(self, features: np.ndarray) -> np.ndarray:
            return np.asarray(fitted.predict_proba(features)) + 2e-5

    with pytest.raises(PipelineError, match="other probabilities than the model"):
        prove_faithful(probabilities, Other(), data.validation_features)


def test_two_genres(tables: Path, params: MakeParams) -> None:
    """Boosted trees for two genres, which have one margin only, become a graph of two outputs."""
    data = training_data(read_songs(tables / "train.csv"), params().split)
    halves = (data.training_labels > np.median(data.training_labels)).astype(np.int64)
    lesson = dataclasses.replace(training_lesson(data, 0.0), labels=halves)
    fitted = fit(FAMILIES["xgboost"], lesson, params().train, seed=1)
    classifier = GraphClassifier(fitted.graph())
    probabilities = classifier.predict_proba(data.validation_features)
    assert prove_faithful(probabilities, fitted, data.validation_features) < 1e-5
    assert probabilities.shape[1] == 2


def identity() -> onnx.ModelProto:
    """A graph that gives back three numbers."""
    value = onnx.helper.make_tensor_value_info
    node = onnx.helper.make_node("Identity", ["features"], ["probabilities"])
    floats = onnx.TensorProto.FLOAT
    graph = onnx.helper.make_graph(
        [node],
        "identity",
        [value("features", floats, [None, 3])],
        [value("probabilities", floats, [None, 3])],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)])
    model.ir_version = 8
    return model


def test_a_graph_of_another_shape_is_refused() -> None:
    """A graph that does not take 12 features is no classifier of songs."""
    with pytest.raises(PipelineError, match="12 features"):
        GraphClassifier(identity())


def test_nobody_is_told(tmp_path: Path) -> None:
    """Opening a graph leaves no device id of onnxruntime's telemetry in the home folder."""
    onnx.save(identity(), tmp_path / "graph.onnx")
    code = "import src.graph as g, sys; g.onnxruntime.InferenceSession(sys.argv[1])"
    # CI would switch it off by itself.
    switches = ("CI", "ORT_DISABLE_TELEMETRY")
    environment = {key: value for key, value in os.environ.items() if key not in switches}
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "graph.onnx")],
        cwd=Path(__file__).resolve().parents[1],
        env=environment | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")},
        check=True,
    )
    assert [path.name for path in tmp_path.iterdir()] == ["graph.onnx"]
