import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mlflow
import polars as pl
import pytest
from hypothesis import settings
from ruamel.yaml import YAML

from src.params import Params, read_params
from src.process import process_data
from src.sample import write_sample
from src.songs import FEATURES

# The same examples every time: a run of the tests must not fail by chance.
settings.register_profile("same", derandomize=True, deadline=None, database=None, max_examples=50)
settings.load_profile("same")

PART = Path(__file__).resolve().parents[1]
VALUES = (0.5, 0.6, 5, -7.0, 1, 0.05, 0.2, 0.0, 0.1, 0.5, 120.0, 210000)
SONG = dict(zip(FEATURES, VALUES, strict=True))


@pytest.fixture(scope="session")
def songs_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,500 sample songs in the Kaggle columns."""
    path = tmp_path_factory.mktemp("songs") / "songs.csv"
    write_sample(path, 1500)
    return path


@pytest.fixture(scope="session")
def tables(songs_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with train.csv and prod_sim.csv of the sample songs."""
    folder = tmp_path_factory.mktemp("tables")
    process_data(songs_csv, folder / "train.csv", folder / "prod_sim.csv")
    return folder


@pytest.fixture
def write_songs(tmp_path: Path) -> Callable[..., Path]:
    """Write a CSV of songs that differ from a plain one in the given cells."""

    def write(rows: list[dict[str, Any]], name: str = "raw.csv") -> Path:
        plain = {"year": 2000, "genre": "Rock"} | SONG
        path = tmp_path / name
        columns: dict[str, list[Any]] = {}
        for column in dict.fromkeys(key for row in [plain, *rows] for key in row):
            columns[column] = [(plain | row).get(column) for row in rows]
        pl.DataFrame(columns, strict=False).write_csv(path)
        return path

    return write


def merge(content: dict[str, Any], changes: dict[str, Any]) -> None:
    """Put the changes into nested dictionaries, where nothing else is touched."""
    for name, change in changes.items():
        if isinstance(change, dict) and isinstance(content.get(name), dict):
            merge(content[name], change)
        else:
            content[name] = change


@pytest.fixture
def params() -> Callable[..., Params]:
    """params.yaml with small models, changed at the given places: params(split={"seed": 1})."""

    def make(**blocks: dict[str, Any]) -> Params:
        content = YAML(typ="safe").load(PART / "params.yaml")
        content["train"]["inner_folds"] = 2
        content["train"]["xgboost"]["n_estimators"] = 5
        content["evaluate"]["min_accuracy"] = 0.2
        merge(content, blocks)
        return Params.model_validate(content)

    return make


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


@pytest.fixture
def committed_params() -> Params:
    return read_params(PART / "params.yaml")
