"""The model registry: finding the best run, registering it, and moving the aliases."""

import subprocess
import tempfile
from dataclasses import dataclass
from typing import Any

import mlflow
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import Model

from src.command import PipelineError
from src.digest import check_digest
from src.gate import Verdict
from src.graph import GraphClassifier
from src.tracking import EXPERIMENT, MODEL, PART, shown_uri

NAME = "spotify-genre-classifier"
CHAMPION, CHALLENGER = "champion", "challenger"


@dataclass(frozen=True)
class StoredModel:
    """A graph out of the store and the metadata that travels with it."""

    graph: GraphClassifier
    metadata: dict[str, Any]


def best_run(fingerprint: str) -> Run:
    """The FINISHED run of one training with the highest validation accuracy.

    Of equals it is the one with the lowest log loss, then the oldest: training the same again
    changes nothing.

    Raises
    ------
    PipelineError
        When the store holds none.
    """
    runs = mlflow.search_runs(
        experiment_names=[EXPERIMENT],
        filter_string=f"attributes.status = 'FINISHED' and tags.fingerprint = '{fingerprint}'",
        order_by=["metrics.accuracy DESC", "metrics.log_loss ASC", "attributes.start_time ASC"],
        max_results=1,
        output_format="list",
    )
    if not runs:
        raise PipelineError(
            f"MLflow at {shown_uri()} has no finished run of this training (this train.csv, "
            "split and parameters). Was it recorded in another store? 'dvc repro --force' trains "
            "again and records it here."
        )
    return runs[0]


def graph_uri(run: Run) -> str:
    """Where a run's graph is: models:/m-..."""
    outputs = run.outputs.model_outputs if run.outputs else []
    for output in outputs:
        model = mlflow.get_logged_model(output.model_id)
        if model.name == MODEL:
            return str(model.model_uri)
    raise PipelineError(f"run {run.info.run_id} holds no model named {MODEL}")


def open_model(uri: str) -> StoredModel:
    """Download a model and open its graph.

    Raises
    ------
    PipelineError
        When it holds no ONNX graph with the names of its genres, or another than was logged.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=folder)
        model = Model.load(path)
        flavor = model.flavors.get("onnx")
        metadata = model.metadata or {}
        if flavor is None or "genres" not in metadata:
            raise PipelineError(f"{uri} is no ONNX model with the names of its genres")
        graph = f"{path}/{flavor['data']}"
        check_digest(graph, metadata)
        return StoredModel(GraphClassifier(graph), metadata)


def champion_version() -> ModelVersion | None:
    """The version that holds the alias @champion, or None."""
    return _version_by_alias(CHAMPION)


def registered_version(run: Run, tags: dict[str, str]) -> ModelVersion:
    """The registered version of a run, made with `tags` where there is none."""
    client = mlflow.MlflowClient()
    if not _versions(run):
        try:
            client.create_registered_model(
                NAME, description="Genre of a song from 12 audio features."
            )
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        uri = graph_uri(run)
        model_id = uri.removeprefix("models:/")
        client.create_model_version(NAME, uri, run.info.run_id, tags=tags, model_id=model_id)
    first, *others = _versions(run)
    named = {int(number) for number in client.get_registered_model(NAME).aliases.values()}
    for other in others:
        # Two evaluations at once, or one whose answer was lost and that asked again, register
        # twice; all go on with the first. What a person registered or crowned is left alone.
        unjudged = tags.keys() <= other.tags.keys() and "reason" not in other.tags
        if unjudged and int(other.version) not in named:
            _delete(other)
    return first


def _versions(run: Run) -> list[ModelVersion]:
    """The registered versions of a run, the oldest first."""
    found = mlflow.MlflowClient().search_model_versions(
        f"name = '{NAME}' and run_id = '{run.info.run_id}'"
    )
    return sorted(found, key=lambda version: int(version.version))


def _delete(version: ModelVersion) -> None:
    try:
        mlflow.MlflowClient().delete_model_version(NAME, version.version)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise


def carry_out(verdict: Verdict, version: ModelVersion, replaced: ModelVersion | None) -> None:
    """Give a version its alias, and tag it with the verdict and the champion that it replaced.

    The reason is written before the alias moves and `promoted` after it, so that an interrupted
    promotion can be told from a champion that was taken back by hand.
    """
    client = mlflow.MlflowClient()
    number = version.version
    client.set_model_version_tag(NAME, number, "reason", verdict.reason)
    if verdict.promoted:
        client.set_model_version_tag(
            NAME, number, "replaces", replaced.version if replaced else "none"
        )
        challenger = _version_by_alias(CHALLENGER)
        if challenger and challenger.version == number:
            client.delete_registered_model_alias(NAME, CHALLENGER)
            client.delete_model_version_tag(NAME, number, "promoted")
        client.set_registered_model_alias(NAME, CHAMPION, number)
        confirm(version)
    else:
        client.set_registered_model_alias(NAME, CHALLENGER, number)
        client.set_model_version_tag(NAME, number, "promoted", "false")


def confirm(version: ModelVersion) -> None:
    """Tag a version as promoted."""
    mlflow.MlflowClient().set_model_version_tag(NAME, version.version, "promoted", "true")


def code_tags() -> dict[str, str]:
    """The git commit that this code is of, and whether code or parameters differ from it."""

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(PART), *arguments], capture_output=True, text=True, check=False
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    if not git("ls-files", "src"):
        return {"git_commit": "none", "git_dirty": "unknown"}
    changed = git("status", "--porcelain", "--", "src", "params.yaml", "dvc.yaml")
    return {"git_commit": git("rev-parse", "HEAD"), "git_dirty": str(bool(changed)).lower()}


def _version_by_alias(alias: str) -> ModelVersion | None:
    try:
        return mlflow.MlflowClient().get_model_version_by_alias(NAME, alias)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise
