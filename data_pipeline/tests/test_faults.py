"""What a server that dies leaves behind: each test breaks the line at one request."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mlflow
import pytest
from faulty_line import AFTER, BEFORE, ONCE, Line

from src import registry
from src.command import PipelineError
from src.evaluate import evaluate_models
from src.params import Params
from src.table import read_songs
from src.tracking import EXPERIMENT
from src.train import train_models
from src.training_data import fingerprint
from src.turn import CLAIM

NAME = registry.NAME


@pytest.fixture(scope="module")
def open_line(server: int) -> Iterator[Line]:
    line = Line(server)
    with line.open():
        yield line


@pytest.fixture
def line(open_line: Line, monkeypatch: pytest.MonkeyPatch) -> Line:
    """The line as the store in use, with nothing registered behind it, and no second attempts."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", open_line.url)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    open_line.mend()
    client = client_of(open_line)
    for model in client.search_registered_models():
        client.delete_registered_model(model.name)
    return open_line


def client_of(line: Line) -> mlflow.MlflowClient:
    return mlflow.MlflowClient(line.url, line.url)


@pytest.fixture
def trained(line: Line, tables: Path, params: Callable[..., Params]) -> list[str]:
    """The runs of a training that the server holds."""
    mark = fingerprint(read_songs(tables / "train.csv"), params())
    if not finished(line, mark):
        train_models(tables / "train.csv", params())
    return finished(line, mark)


def finished(line: Line, mark: str) -> list[str]:
    """The FINISHED runs of one training."""
    client = client_of(line)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        return []
    wanted = f"attributes.status = 'FINISHED' and tags.fingerprint = '{mark}'"
    return [run.info.run_id for run in client.search_runs([experiment.experiment_id], wanted)]


def evaluate(tables: Path, tmp_path: Path, params: Params) -> dict[str, Any]:
    data, outputs = (tables / "train.csv", tables / "prod_sim.csv"), ("plots", "card")
    return evaluate_models(*data, params, *(tmp_path / name for name in outputs))


def champion(line: Line) -> int | None:
    models = client_of(line).search_registered_models()
    return next((int(m.aliases["champion"]) for m in models if "champion" in m.aliases), None)


@pytest.mark.parametrize(
    ("request_sent", "when"),
    [
        ("POST runs/search", BEFORE),
        ("POST registered-models/create", AFTER),
        ("POST model-versions/create", BEFORE),
        ("POST model-versions/create", AFTER),
        ("POST model-versions/set-tag", AFTER),
        ("POST registered-models/alias", BEFORE),
        ("POST registered-models/alias", AFTER),
        ("DELETE model-versions/delete-tag", BEFORE),
    ],
)
def test_the_server_dies_while_evaluating(
    line: Line,
    trained: list[str],
    tables: Path,
    tmp_path: Path,
    params: Callable[..., Params],
    request_sent: str,
    when: str,
) -> None:
    """Whenever it dies, the server is named; the next evaluation ends with one crowned version."""
    line.break_at(request_sent, when)
    with pytest.raises(PipelineError, match=line.url):
        evaluate(tables, tmp_path, params())
    assert line.broke
    line.mend()
    moved = (request_sent, when) == ("POST registered-models/alias", AFTER)
    assert champion(line) == (1 if moved or "delete-tag" in request_sent else None)
    metrics = evaluate(tables, tmp_path, params())
    assert metrics["promoted"] and metrics["reason"].startswith("the first champion")
    (version,) = client_of(line).search_model_versions(f"name = '{NAME}'")
    assert champion(line) == int(version.version) == 1
    assert version.run_id in trained and version.tags["promoted"] == "true"
    assert not [tag for tag in version.tags if tag.startswith(CLAIM)]


def test_an_answer_that_is_lost(
    line: Line,
    trained: list[str],
    tables: Path,
    tmp_path: Path,
    params: Callable[..., Params],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When the order to register is repeated, as its answer was lost, one version is left of it."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    line.passed.clear()
    line.break_at("POST model-versions/create", ONCE)
    metrics = evaluate(tables, tmp_path, params())
    assert sum(request.endswith("model-versions/create") for request in line.passed) == 2
    (version,) = client_of(line).search_model_versions(f"name = '{NAME}'")
    assert metrics["model_version"] == int(version.version) == champion(line) == 1


def test_a_version_of_somebody_else_stays(
    line: Line, trained: list[str], tables: Path, tmp_path: Path, params: Callable[..., Params]
) -> None:
    """A second version of a run that a person registered, or crowned, is left alone."""
    first = evaluate(tables, tmp_path, params())
    client = client_of(line)
    registered = client.get_model_version(NAME, "1")
    ours = {key: value for key, value in registered.tags.items() if key != "reason"}
    uri = registered.source
    for tags in ({}, ours):
        client.create_model_version(
            NAME, uri, first["run_id"], tags=tags, model_id=uri.removeprefix("models:/")
        )
    client.set_registered_model_alias(NAME, "shown-to-customers", "3")
    evaluate(tables, tmp_path, params())
    assert len(client.search_model_versions(f"name = '{NAME}'")) == 3


@pytest.mark.parametrize(
    ("request_sent", "when", "recorded", "seed"),
    [
        ("POST runs/create", AFTER, 0, 1),
        ("PUT model.onnx", BEFORE, 0, 2),
        ("POST runs/update", BEFORE, 0, 3),
        ("POST runs/update", AFTER, 1, 4),
    ],
)
def test_the_server_dies_while_training(
    line: Line,
    tables: Path,
    params: Callable[..., Params],
    request_sent: str,
    when: str,
    recorded: int,
    seed: int,
) -> None:
    """Whenever it dies, no run is FINISHED without its graph, and the next training records all."""
    # With a seed of its own, or the runs of one test would count for the next.
    mine = params(split={"seed": seed})
    mark = fingerprint(read_songs(tables / "train.csv"), mine)
    line.break_at(request_sent, when)
    with pytest.raises(PipelineError, match=line.url):
        train_models(tables / "train.csv", mine)
    assert line.broke
    line.mend()
    assert len(finished(line, mark)) == recorded
    summary = train_models(tables / "train.csv", mine)
    runs = finished(line, mark)
    assert len(runs) == recorded + 2
    assert {run["run_id"] for run in summary["runs"].values()} <= set(runs)
    mlflow.set_tracking_uri(line.url)
    for run_id in runs:
        model = registry.open_model(registry.graph_uri(client_of(line).get_run(run_id)))
        assert len(model.metadata["genres"]) > 1
