"""Stores of MLflow for the tests: of SQLite, empty or trained, and of a real server."""

import os
import shutil
import socket
import sqlite3
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from copy import deepcopy
from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow.tracking._tracking_service import utils as tracking_utils

from src.params import Params
from src.train import train_models

# Where a SQLite store names the folder of its artifacts, by its whole path.
PLACES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database with tables and nothing in them, to copy: making one takes seconds."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    mlflow.MlflowClient(tracking_uri=f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def store(
    empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[mlflow.MlflowClient]:
    """A store of this test's own, which the programs find through MLFLOW_TRACKING_URI."""
    path = tmp_path / "store" / "mlflow.db"
    path.parent.mkdir()
    shutil.copy(empty_store, path)
    uri = f"sqlite:///{path}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    yield mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)


@pytest.fixture(scope="session")
def trained_store(
    empty_store: Path,
    tables: Path,
    params: Callable[..., Params],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, dict[str, Any]]:
    """A store with the training of `params()`, to copy, and what was said of that training."""
    path = tmp_path_factory.mktemp("trained") / "mlflow.db"
    shutil.copy(empty_store, path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{path}")
        summary = train_models(tables / "train.csv", params())
    return path.parent, summary


@pytest.fixture
def trained(
    store: mlflow.MlflowClient, trained_store: tuple[Path, dict[str, Any]], tmp_path: Path
) -> dict[str, Any]:
    """What `train_models` says of a training of `params()`, which the test's own store holds."""
    (there, summary), here = trained_store, tmp_path / "store"
    with (
        closing(sqlite3.connect(there / "mlflow.db")) as source,
        closing(sqlite3.connect(here / "mlflow.db")) as database,
    ):
        source.backup(database)
        for table, column in PLACES:
            moved = f"UPDATE {table} SET {column} = replace({column}, ?, ?)"
            database.execute(moved, (there.as_uri(), here.as_uri()))
        database.commit()
    shutil.copytree(there / "mlartifacts", here / "mlartifacts")
    # MLflow remembers where the artifacts of a run are; the copy of a run has others.
    tracking_utils._artifact_repos_cache.clear()
    return deepcopy(summary)


@pytest.fixture(scope="session")
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


@pytest.fixture
def empty_server(server: int, monkeypatch: pytest.MonkeyPatch) -> mlflow.MlflowClient:
    """The real server without registered models, found through MLFLOW_TRACKING_URI."""
    uri = f"http://localhost:{server}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    client = mlflow.MlflowClient(uri, uri)
    for model in client.search_registered_models():
        client.delete_registered_model(model.name)
    return client
