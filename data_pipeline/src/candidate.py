"""A trained model as a candidate for champion, and its record in MLflow."""

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import numpy.typing as npt
import onnx
from matplotlib.figure import Figure
from mlflow.data.dataset_source_registry import get_dataset_source_from_json
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema, TensorSpec
from sklearn.metrics import confusion_matrix

from src.digest import KEY, graph_digest
from src.families import FAMILIES, Family
from src.fitting import fit
from src.graph import OUTPUT, GraphClassifier, prove_faithful
from src.lesson import training_lesson
from src.params import Params
from src.profile_file import PROFILE_FILE, profile_arrays, write_profile
from src.reference import reference
from src.scores import genre_scores, scores
from src.songs import FEATURES
from src.tracking import MODEL
from src.training_data import TrainingData


@dataclass(frozen=True)
class Candidate:
    """A fitted model, the graph that stands for it, and how it did on the validation rows."""

    family: str
    recipe: Family
    native: Any
    graph: onnx.ModelProto
    metrics: dict[str, float]
    confusion: np.ndarray[Any, np.dtype[np.int64]]
    metadata: dict[str, Any]
    profile: dict[str, npt.NDArray[Any]]


def fit_candidate(
    family: str, data: TrainingData, params: Params, recipes: Mapping[str, Family] = FAMILIES
) -> Candidate:
    """Fit a model of one family, convert it, prove the conversion, and score the graph.

    Parameters
    ----------
    family : str
        A key of `recipes`.
    data : TrainingData
    params : Params
    recipes : mapping
        The families; without a word, those that are fitted in this process.

    Returns
    -------
    Candidate
        `metrics` are of the validation rows, but for `train_accuracy` (of `data.recalled`) and
        the figures of the fitting.
    """
    lesson = training_lesson(data, params.train.balance)
    fitted = fit(recipes[family], lesson, params.train, params.split.seed)
    graph = fitted.graph()
    classifier = GraphClassifier(graph)
    probabilities = classifier.predict_proba(data.validation_features)
    difference = prove_faithful(probabilities, fitted, data.validation_features)
    predicted = probabilities.argmax(axis=1)
    recalled = classifier.predict_proba(data.training_features[data.recalled]).argmax(axis=1)
    metrics = scores(data.validation_labels, probabilities)
    metrics["train_accuracy"] = float((recalled == data.training_labels[data.recalled]).mean())
    metrics["onnx_difference"] = difference
    metrics |= fitted.figures
    for genre, row in genre_scores(data.validation_labels, predicted, data.genres).items():
        for name in ("precision", "recall"):
            metrics[f"{name}/{metric_name(genre)}"] = row[name]
    metadata = reference(data, probabilities)
    classes = range(len(data.genres))
    return Candidate(
        family=family,
        recipe=fitted.recipe,
        native=fitted.native,
        graph=graph,
        metrics=metrics,
        confusion=confusion_matrix(data.validation_labels, predicted, labels=classes),
        metadata=metadata,
        profile=profile_arrays(data, metadata, probabilities),
    )


def metric_name(genre: str) -> str:
    """A genre as a part of a metric's name, where MLflow allows few characters: R&B is R_B."""
    return re.sub(r"[^A-Za-z0-9_\-. ]", "_", genre)


def recorded_params(family: str, params: Params) -> dict[str, Any]:
    """The parameters that a model of one family depends on."""
    shared = params.train.model_dump(include={"inner_folds", "one_fit_from_songs", "balance"})
    own: dict[str, Any] = FAMILIES[family].params(params.train).model_dump()
    return own | shared | params.split.model_dump()


def log_candidate(
    candidate: Candidate, data: TrainingData, params: Params, train_path: Path, tags: dict[str, str]
) -> str:
    """Record a candidate as one MLflow run; the run is FINISHED only when all of it is there.

    Parameters
    ----------
    candidate : Candidate
    data : TrainingData
        What it was trained on.
    params : Params
    train_path : path
        The table that the data came from.
    tags : dict
        Tags of the run; `train_md5` is the table's MD5.

    Returns
    -------
    str
        The run's id.
    """
    own_tags = tags | candidate.recipe.tags()
    with mlflow.start_run(run_name=candidate.family, tags=own_tags) as active:
        mlflow.log_params(recorded_params(candidate.family, params))
        source = get_dataset_source_from_json(json.dumps({"uri": str(train_path)}), "local")
        dataset = mlflow.data.numpy_dataset.from_numpy(
            data.training_features, source, data.training_labels, train_path.name, tags["train_md5"]
        )
        mlflow.log_input(dataset, context="training")
        mlflow.log_figure(_confusion_picture(candidate), "confusion_matrix.png")
        candidate.recipe.log_native(candidate.native)
        genres = candidate.metadata["genres"]
        probabilities = TensorSpec(np.dtype(np.float32), (-1, len(genres)), OUTPUT)
        with tempfile.TemporaryDirectory() as folder:
            profile = Path(folder) / PROFILE_FILE
            write_profile(profile, candidate.profile)
            mlflow.onnx.log_model(
                candidate.graph,
                name=MODEL,
                signature=ModelSignature(
                    inputs=Schema([ColSpec("double", feature) for feature in FEATURES]),
                    outputs=Schema([probabilities]),
                ),
                metadata=candidate.metadata | {KEY: graph_digest(candidate.graph)},
                pip_requirements=[f"onnxruntime=={version('onnxruntime')}"],
                onnx_execution_providers=["CPUExecutionProvider"],
                extra_files=[str(profile)],
                save_as_external_data=False,  # one file, of which the digest is
            )
        mlflow.log_metrics(candidate.metrics)
    return str(active.info.run_id)


def _confusion_picture(candidate: Candidate) -> Figure:
    genres = candidate.metadata["genres"]
    counts = candidate.confusion
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(2 + 0.7 * len(genres), 1.5 + 0.6 * len(genres)), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(shares):
        colour = "white" if share > 0.5 else "black"
        text = axes.text(column, row, f"{share:.0%}", ha="center", va="center", fontsize=8)
        text.set(color=colour, in_layout=False)  # in its cell: the layout need not measure it
    axes.set_xticks(range(len(genres)), genres, rotation=45, ha="right")
    axes.set_yticks(range(len(genres)), genres)
    axes.set(xlabel="predicted", ylabel="true genre (rows sum to 100 %)")
    axes.set_title(f"{candidate.family}: accuracy {candidate.metrics['accuracy']:.3f}")
    return figure
