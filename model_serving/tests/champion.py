"""A small champion in the format of the pipeline's, for tests to serve and to damage."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import yaml
from onnx import TensorProto, helper, numpy_helper

from app.schemas import FEATURES, TAKE_FIVE

GENRES = ("Rock", "Jazz", "Pop")  # not sorted, so that a lost order shows
VERSION = "7"
RUN_ID = "0123456789abcdef0123456789abcdef"
CREATED = "2026-11-25 18:37:02.123456"
MEAN_PROBABILITIES = {"Rock": 0.5, "Jazz": 0.375, "Pop": 0.125}
# With these the genres are 0.25, 0.5 and 5.5 times as common as in training.
CURRENT_PRIORS = {"Rock": 0.125, "Jazz": 0.1875, "Pop": 0.6875}

# duration_ms is around 200,000; the weights bring every feature to about the same size.
SCALE = np.array([1, 1, 10, 50, 1, 1, 1, 1, 1, 1, 200, 200_000])
WEIGHTS = (np.random.default_rng(1).normal(size=(12, 3)) / SCALE[:, None]).astype(np.float32)


def expected_probabilities(song: dict[str, Any]) -> dict[str, float]:
    """What the model says of a song, calculated without onnxruntime."""
    scores = np.array([song[feature] for feature in FEATURES], dtype=np.float64) @ WEIGHTS
    shares = np.exp(scores - scores.max())
    return dict(zip(GENRES, (shares / shares.sum()).tolist(), strict=True))


def expected_answer(song: dict[str, Any]) -> dict[str, float]:
    """The same under CURRENT_PRIORS."""
    shares = {
        genre: share * CURRENT_PRIORS[genre] / MEAN_PROBABILITIES[genre]
        for genre, share in expected_probabilities(song).items()
    }
    return {genre: share / sum(shares.values()) for genre, share in shares.items()}


def priors() -> dict[str, Any]:
    """The content of a file of genre priors for the champion."""
    return {
        "model_name": "spotify-genre-classifier",
        "model_version": VERSION,
        "training_priors": dict(MEAN_PROBABILITIES),
        "current_priors": dict(CURRENT_PRIORS),
        "made": "2026-12-01T10:00:00+00:00",
        "gain": {
            "accuracy_before": 0.469,
            "accuracy_after": 0.57,
            "low": 0.081,
            "high": 0.121,
            "requests": 4116,
        },
    }


def write_champion(folder: Path) -> Path:
    """Write the champion into a folder, as 'mlflow artifacts download' does.

    Returns
    -------
    Path
        The folder.
    """
    folder.mkdir(parents=True)
    write_graph(folder, graph())
    (folder / "registered_model_meta").write_text(
        f"model_name: spotify-genre-classifier\nmodel_version: {VERSION}\n"
    )
    return folder


def write_graph(folder: Path, content: bytes) -> None:
    """Write a graph and the MLmodel of a champion that was registered with it."""
    (folder / "model.onnx").write_bytes(content)
    (folder / "MLmodel").write_text(yaml.safe_dump(description(content)))


def graph(output: str = "probabilities", features: int = 12) -> bytes:
    """The graph: softmax(features @ WEIGHTS)."""
    nodes = [
        helper.make_node("MatMul", ["features", "weights"], ["scores"]),
        helper.make_node("Softmax", ["scores"], [output], axis=1),
    ]
    made = helper.make_graph(
        nodes,
        "champion",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, features])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, [None, len(GENRES)])],
        [numpy_helper.from_array(WEIGHTS[:features], "weights")],
    )
    opset = helper.make_opsetid("", 17)
    serialized: bytes = helper.make_model(
        made, opset_imports=[opset], ir_version=9
    ).SerializeToString()
    onnx.checker.check_model(serialized)
    return serialized


def description(registered: bytes | None = None) -> dict[str, Any]:
    """The content of MLmodel, of the champion's graph unless another is given."""
    digest = hashlib.sha256(graph() if registered is None else registered).hexdigest()
    inputs = [{"type": "double", "name": name, "required": True} for name in FEATURES]
    return {
        "flavors": {"onnx": {"data": "model.onnx", "providers": ["CPUExecutionProvider"]}},
        "metadata": {
            "genres": list(GENRES),
            "known_song": {
                "features": dict(TAKE_FIVE),
                "probabilities": expected_probabilities(TAKE_FIVE),
            },
            "onnx_sha256": digest,
            "reference_profile": {
                "accuracy": 0.625,
                "rows": 40,
                "mean_probabilities": dict(MEAN_PROBABILITIES),
            },
        },
        "run_id": RUN_ID,
        "utc_time_created": CREATED,
        "signature": {"inputs": json.dumps(inputs), "outputs": "[]", "params": None},
    }
