import os
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import mlflow
import pytest
import sqlalchemy

from src import registry, tracking
from src.command import PipelineError
from src.evaluate import evaluate_models
from src.params import Params
from src.tracking import connect, explained_errors, tracking_uri
from src.train import train_models

PART = Path(__file__).resolve().parents[1]


@pytest.fixture
def part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of its own, with no MLFLOW_TRACKING_URI in the environment."""
    monkeypatch.setattr(tracking, "PART", tmp_path / "data_pipeline")
    # Set first, so that what .env adds is taken out again at the end.
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    return tmp_path / "data_pipeline"


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


def test_two_make_one_store(tmp_path: Path) -> None:
    """Two programs that start at once without a store make one, and both go on."""
    environment = os.environ | {"MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/new/mlflow.db"}
    connect_ = "from src.tracking import connect; connect()"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", connect_],
            cwd=PART,
            env=environment,
            stderr=subprocess.STDOUT,
            stdout=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    said = [process.communicate()[0].decode() for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said


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
    empty_server: mlflow.MlflowClient,
    tables: Path,
    tmp_path: Path,
    params: Callable[..., Params],
) -> None:
    """Runs, graph and champion go to a server and come back from it over HTTP."""
    own = params(split={"seed": 7})  # no other test has a run of this training on the server
    train_models(tables / "train.csv", own)
    data, outputs = (tables / "train.csv", tables / "prod_sim.csv"), ("plots", "card")
    metrics = evaluate_models(*data, own, *(tmp_path / name for name in outputs))
    assert metrics["promoted"]
    model = registry.open_model(f"models:/{registry.NAME}@champion")
    assert model.metadata["reference_profile"]["accuracy"] == metrics["accuracy"]
    version = registry.champion_version()
    assert version and f"/runs/{metrics['run_id']}/artifacts/model_card/" in version.description
    card = mlflow.artifacts.load_text(version.tags["model_card"])
    assert card == (tmp_path / "card" / "model_card.html").read_text()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [("BEGIN EXCLUSIVE", "run again when they are done"), ("", "Its disk is full, or fails")],
)
def test_a_store_that_cannot_be_written(tmp_path: Path, spoil: str, words: str) -> None:
    """A database that somebody else keeps locked, or whose disk is full: each has its way out."""
    path = tmp_path / "mlflow.db"
    engine = sqlalchemy.create_engine(f"sqlite:///{path}", connect_args={"timeout": 0})
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TABLE runs (name TEXT)")
    if spoil:
        other.execute(spoil)
    with engine.connect() as connection, pytest.raises(PipelineError, match=words):
        with explained_errors():
            connection.exec_driver_sql("PRAGMA max_page_count = 2")
            connection.exec_driver_sql("INSERT INTO runs VALUES (randomblob(100000))")
    other.close()
    engine.dispose()


def test_a_server_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes the request and never answers is given up, and named."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
        with pytest.raises(PipelineError, match="timed out") as error, explained_errors():
            connect()
    assert url in str(error.value) and "Is the server up?" in str(error.value)


def test_a_server_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that answers with errors only, as with a full disk, is not said to be down."""

    class Failing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(503)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with ThreadingHTTPServer(("127.0.0.1", 0), Failing) as failing:
        threading.Thread(target=failing.serve_forever, args=(0.05,)).start()
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{failing.server_port}")
        with pytest.raises(PipelineError, match="its log says why"), explained_errors():
            connect()
        failing.shutdown()


def test_how_long_a_server_is_waited_for(
    store: mlflow.MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request is given up after three times half a minute, or as the environment says."""
    names = ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "MLFLOW_HTTP_REQUEST_TIMEOUT")
    for name in names:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    connect()
    assert [os.environ[name] for name in names] == ["2", "30"]
    monkeypatch.setenv(names[1], "120")
    connect()
    assert [os.environ[name] for name in names] == ["2", "120"]


def test_a_missing_artifact(server: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a server answers instead of a file comes with its address, not as a traceback."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://localhost:{server}")
    with pytest.raises(PipelineError, match=f"MLflow at http://localhost:{server}"):
        with explained_errors():
            connect()
            mlflow.artifacts.download_artifacts("mlflow-artifacts:/none/model.onnx")
