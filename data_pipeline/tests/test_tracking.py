import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import mlflow
import pytest

from src import registry, tracking
from src.command import PipelineError
from src.evaluate import evaluate_models
from src.params import Params
from src.tracking import connect, explained_errors, tracking_uri
from src.train import train_models


@pytest.fixture
def part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of its own, with no MLFLOW_TRACKING_URI in the environment."""
    monkeypatch.setattr(tracking, "PART", tmp_path / "data_pipeline")
    # Set first, so that what .env adds is taken out again at the end.
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    return tmp_path / "data_pipeline"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real MLflow server that knows itself as localhost only."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = ["mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    command += ["--allowed-hosts", f"localhost:{port}"]
    environment = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"http://localhost:{port}/health", timeout=1):
                    break
            except OSError:
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def test_where_runs_are_recorded(part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment wins over .env at the root, which wins over the embedded store."""
    assert tracking_uri() == f"sqlite:///{part}/mlflow.db"
    (part.parent / ".env").write_text("MLFLOW_TRACKING_URI=http://from-dotenv:5000\n")
    assert tracking_uri() == "http://from-dotenv:5000"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://from-environment:5000")
    assert tracking_uri() == "http://from-environment:5000"


def test_the_embedded_store_is_made(part: Path) -> None:
    """Without a server the store and the artifacts are inside the repository."""
    part.mkdir()
    connect()
    assert (part / "mlflow.db").exists()
    experiment = mlflow.get_experiment_by_name(tracking.EXPERIMENT)
    assert experiment is not None
    assert experiment.artifact_location == (part / "mlartifacts").as_uri()


def test_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unreachable server is named, with the command that starts one."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(PipelineError, match="http://127.0.0.1:9") as error, explained_errors():
        connect()
    assert "make mlflow" in str(error.value)


def test_a_password_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password in MLFLOW_TRACKING_URI does not stand in an error, and so not in a log."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(PipelineError, match=r"http://\*\*\*@127.0.0.1:9") as error, (
        explained_errors()
    ):
        connect()
    assert "secret" not in str(error.value)


def test_a_broken_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is no database is named."""
    (tmp_path / "mlflow.db").write_text("no database at all, " * 100)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    with pytest.raises(PipelineError, match="mlflow.db"), explained_errors():
        connect()


def test_a_server_that_does_not_know_the_host(
    server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that answers 403 to the address is named, with the option that it needs."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{server}")
    with pytest.raises(PipelineError, match="--allowed-hosts"), explained_errors():
        connect()


def test_a_real_server(
    server: int,
    tables: Path,
    tmp_path: Path,
    params: Callable[..., Params],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Runs, graph and champion go to a server and come back from it over HTTP."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://localhost:{server}")
    train_models(tables / "train.csv", params())
    metrics = evaluate_models(
        tables / "train.csv", tables / "prod_sim.csv", params(), tmp_path / "plots"
    )
    assert metrics["promoted"]
    model = registry.open_model(f"models:/{registry.NAME}@champion")
    assert model.metadata["reference_profile"]["accuracy"] == metrics["accuracy"]
