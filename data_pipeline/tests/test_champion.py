import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import pytest
from ruamel.yaml import YAML

from src.champion import main
from src.evaluate import evaluate_models
from src.params import Params


def test_download(
    trained: dict[str, Any],
    tables: Path,
    tmp_path: Path,
    params: Callable[..., Params],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The champion's graph, description and version are in the folder, and no file of a former."""
    data, outputs = (tables / "train.csv", tables / "prod_sim.csv"), ("plots", "card")
    metrics = evaluate_models(*data, params(), *(tmp_path / name for name in outputs))
    folder = tmp_path / "new" / "model"
    folder.mkdir(parents=True)
    (folder / "former.onnx").write_text("former")
    assert main(["--output", str(folder)]) == 0
    assert "version 1" in capsys.readouterr().out
    files = {path.name for path in folder.iterdir()}
    assert {"MLmodel", "model.onnx", "registered_model_meta"} <= files
    assert "former.onnx" not in files
    described = YAML(typ="safe").load(folder / "MLmodel")
    assert described["run_id"] == metrics["run_id"]
    registered = YAML(typ="safe").load(folder / "registered_model_meta")
    assert str(registered["model_version"]) == json.dumps(metrics["model_version"])
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_no_champion(
    store: mlflow.MlflowClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a champion the store and the command that makes one are named; the folder stays."""
    (tmp_path / "model").mkdir()
    assert main(["--output", str(tmp_path / "model")]) == 1
    assert "make pipeline" in capsys.readouterr().err
    assert (tmp_path / "model").is_dir()
