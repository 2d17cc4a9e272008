import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import pytest

from src.command import PipelineError
from src.evaluate import evaluate_models
from src.params import Params
from src.recorded import forget_unrecorded, main

NAMES = ("training.json", "metrics.json")


@pytest.fixture
def folder(
    trained: dict[str, Any],
    tables: Path,
    tmp_path: Path,
    params: Callable[..., Params],
) -> Path:
    """A folder with the files that `train` and `evaluate` left, whose outcome the store holds."""
    train = tables / "train.csv"
    outcomes = (
        trained,
        evaluate_models(train, tables / "prod_sim.csv", params(), tmp_path, tmp_path / "card"),
    )
    for name, content in zip(NAMES, outcomes, strict=True):
        (tmp_path / name).write_text(json.dumps(content))
    return tmp_path


def left(folder: Path) -> list[str]:
    return [name for name in NAMES if (folder / name).exists()]


def forget(folder: Path) -> list[Path]:
    return forget_unrecorded(*(folder / name for name in NAMES))


def test_what_the_store_lacks_is_forgotten(
    store: mlflow.MlflowClient, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A lost version takes metrics.json with it, a lost run both, so that DVC runs them again."""
    assert forget(folder) == [] and left(folder) == list(NAMES)
    metrics = json.loads((folder / "metrics.json").read_text())
    store.delete_registered_model(metrics["model_name"])
    assert forget(folder) == [folder / "metrics.json"]
    assert left(folder) == ["training.json"]

    (folder / "metrics.json").write_text(json.dumps(metrics))
    store.delete_run(metrics["run_id"])
    paths = [f"--{name.removesuffix('.json')}={folder / name}" for name in NAMES]
    assert main(paths) == 0
    assert left(folder) == []
    assert "done again" in capsys.readouterr().out


def test_another_store(
    folder: Path, empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After MLFLOW_TRACKING_URI was pointed at another store, all of it is done again there."""
    shutil.copy(empty_store, tmp_path / "other.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/other.db")
    assert [path.name for path in forget(folder)] == list(NAMES)


def test_a_store_that_does_not_answer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the store cannot be asked, nothing is forgotten."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(PipelineError, match="127.0.0.1:9"):
        forget(folder)
    assert left(folder) == list(NAMES)


def test_nothing_was_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a fresh clone, which has a committed metrics.json, no store is asked."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    (tmp_path / "metrics.json").write_text("{}")
    assert forget(tmp_path) == []
    assert left(tmp_path) == ["metrics.json"]


@pytest.mark.parametrize("content", ["no JSON", "[]", '{"runs": 3}', '{"runs": {"x": {}}}'])
def test_a_broken_file(store: mlflow.MlflowClient, tmp_path: Path, content: str) -> None:
    """A file that no stage wrote is named, and stays for its owner to look at."""
    (tmp_path / "training.json").write_text(content)
    (tmp_path / "metrics.json").write_text("{}")
    with pytest.raises(PipelineError, match="training.json"):
        forget(tmp_path)
    assert left(tmp_path) == list(NAMES)
