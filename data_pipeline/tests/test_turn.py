import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import mlflow
import pytest
from mlflow.entities.model_registry import ModelVersion
from ruamel.yaml import YAML

from src import registry, turn
from src.evaluate import evaluate_models
from src.lock import locked
from src.params import Params
from src.train import train_models
from src.turn import CLAIM, claimed

PART = Path(__file__).resolve().parents[1]
NAME = registry.NAME
WEAK = {"xgboost": {"max_depth": 1, "learning_rate": 0.01, "n_estimators": 1}}
WEAK["logistic_regression"] = {"C": 1e-9, "max_iter": 1000}
MIDDLING = WEAK | {"logistic_regression": {"C": 1e-3, "max_iter": 1000}}

MakeParams = Callable[..., Params]


@pytest.fixture
def version(store: mlflow.MlflowClient, monkeypatch: pytest.MonkeyPatch) -> ModelVersion:
    """A registered version in a store of its own, which MLflow uses."""
    uri = os.environ["MLFLOW_TRACKING_URI"]
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    monkeypatch.setattr(turn, "PAUSE_SECONDS", 0.01)
    store.create_registered_model(NAME)
    return store.create_model_version(NAME, "s3://elsewhere/model")


def claims(store: mlflow.MlflowClient) -> list[str]:
    found = store.search_model_versions(f"name = '{NAME}'")
    return [key for version in found for key in version.tags if key.startswith(CLAIM)]


def test_claims_exclude_each_other(store: mlflow.MlflowClient, version: ModelVersion) -> None:
    """Of four that want it again and again, never are two at it, and each gets its turns."""
    inside, met, turns = 0, [], dict.fromkeys("abcd", 0)

    def work(name: str) -> None:
        nonlocal inside
        for _ in range(3):
            with claimed(version, name):
                inside += 1
                met.append(inside)
                time.sleep(0.01)
                turns[name] += 1
                inside -= 1

    threads = [threading.Thread(target=work, args=(name,)) for name in turns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert turns == dict.fromkeys("abcd", 3)
    assert set(met) == {1}
    assert claims(store) == []


def test_a_claim_left_by_others(
    store: mlflow.MlflowClient, version: ModelVersion, capsys: pytest.CaptureFixture[str]
) -> None:
    """A claim that nobody withdraws is waited for, then removed, and said."""
    store.set_model_version_tag(NAME, "1", CLAIM + "killed", "2026-01-01T00:00:00+00:00")
    with claimed(version, "me", patience=0.1):
        assert claims(store) == [CLAIM + "me"]
    assert claims(store) == []
    said = capsys.readouterr().out
    assert "waiting for another" in said and "2026-01-01" in said


def test_a_claim_of_ones_own(
    store: mlflow.MlflowClient, version: ModelVersion, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever was killed in the middle does not wait for itself."""
    store.set_model_version_tag(NAME, "1", CLAIM + "me", "2026-01-01T00:00:00+00:00")
    with claimed(version, "me"):
        pass
    assert claims(store) == [] and capsys.readouterr().out == ""


def test_an_error_ends_the_claim(store: mlflow.MlflowClient, version: ModelVersion) -> None:
    """An evaluation that fails keeps nobody waiting."""
    with pytest.raises(ZeroDivisionError), claimed(version, "me"):
        raise ZeroDivisionError
    assert claims(store) == []


@contextmanager
def evaluations(*folders: Path) -> Iterator[Callable[[], list[str]]]:
    """An evaluate.py in each folder, all of which wait for a turn; gives what they say at last."""
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    processes = [
        subprocess.Popen(
            [sys.executable, "src/evaluate.py"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for folder in folders
    ]

    def end() -> list[str]:
        said = [process.communicate()[0] for process in processes]
        assert [process.returncode for process in processes] == [0] * len(folders), said
        return said

    try:
        for process in processes:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert "waiting for another evaluation" in line, line + process.stdout.read()
        yield end
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.fixture
def workspace(tables: Path, tmp_path: Path) -> Callable[[str, Params], Path]:
    """A clone of its own in which a training was recorded: workspace(name, params)."""

    def make(name: str, params: Params) -> Path:
        folder = tmp_path / name / "data_pipeline"
        shutil.copytree(PART / "src", folder / "src")
        (folder / "data").mkdir()
        for table in ("train.csv", "prod_sim.csv"):
            shutil.copy(tables / table, folder / "data")
        YAML().dump(params.model_dump(), folder / "params.yaml")
        train_models(folder / "data" / "train.csv", params)
        return folder

    return make


def test_two_evaluations_with_one_store(
    store: mlflow.MlflowClient,
    workspace: Callable[[str, Params], Path],
    params: MakeParams,
) -> None:
    """Two evaluations of one training register one version, and the second says what it found."""
    folder = workspace("one", params())
    database = os.environ["MLFLOW_TRACKING_URI"].removeprefix("sqlite:///")
    with ExitStack() as running:
        with locked(Path(f"{database}.lock")):
            end = running.enter_context(evaluations(folder, folder))
        said = end()
    assert all("version 1" in text and "is @champion: the first champion" in text for text in said)
    (version,) = store.search_model_versions(f"name = '{NAME}'")
    assert version.tags["promoted"] == "true"
    assert json.loads((folder / "metrics.json").read_text())["promoted"]


def test_two_evaluations_with_one_server(
    empty_server: mlflow.MlflowClient,
    workspace: Callable[[str, Params], Path],
    params: MakeParams,
) -> None:
    """Of two candidates better than the champion, judged at once in two clones, the best wins."""
    client = empty_server
    weak = params(train=WEAK, evaluate={"min_accuracy": 0.0})
    data = workspace("weak", weak) / "data"
    evaluate_models(data / "train.csv", data / "prod_sim.csv", weak, data, data / "card")
    wide = {"margin": 0.05}  # so few songs show that the best is better, and no more than that
    best = workspace("best", params(evaluate=wide))
    middling = workspace("middling", params(train=MIDDLING, evaluate=wide))
    client.set_model_version_tag(NAME, "1", f"{CLAIM}z", "after all others")
    with evaluations(best, middling) as end:
        client.delete_model_version_tag(NAME, "1", f"{CLAIM}z")
        said = end()
    metrics = [json.loads((folder / "metrics.json").read_text()) for folder in (best, middling)]
    assert metrics[0]["accuracy"] > metrics[1]["accuracy"], said
    champion = client.get_model_version_by_alias(NAME, "champion")
    assert int(champion.version) == metrics[0]["model_version"] and metrics[0]["promoted"]
    assert len(client.search_model_versions(f"name = '{NAME}'")) == 3
    # Whoever came second was judged against the first.
    former = metrics[1]["model_version"] if metrics[1]["promoted"] else 1
    assert champion.tags["replaces"] == str(former)
    assert not [tag for tag in champion.tags if tag.startswith(CLAIM)]
