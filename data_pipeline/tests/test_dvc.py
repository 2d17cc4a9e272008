import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from src.sample import write_sample

PART = Path(__file__).resolve().parents[1]
STAGES = YAML(typ="safe").load(PART / "dvc.yaml")["stages"]


def imports(module: Path) -> set[Path]:
    """The modules of src that a module imports, by itself and through others."""
    found: set[Path] = set()
    pending = [module]
    while pending:
        for node in ast.walk(ast.parse(pending.pop().read_text())):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                path = PART / (name.replace(".", "/") + ".py")
                if name.startswith("src.") and path.exists() and path not in found:
                    found.add(path)
                    pending.append(path)
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_its_code(stage: str) -> None:
    """A change in any module that a stage imports runs the stage again; no other change does."""
    script = PART / "src" / f"{stage}.py"
    code = {PART / dep for dep in STAGES[stage]["deps"] if dep.endswith(".py")}
    assert code == imports(script) | {script, PART / "src" / "__init__.py"}


def test_evaluate_depends_on_its_templates() -> None:
    """A change in a template of the model card writes the card again."""
    templates = {f"src/templates/{path.name}" for path in (PART / "src" / "templates").iterdir()}
    assert templates == {dep for dep in STAGES["evaluate"]["deps"] if "/templates/" in dep}


def test_songs_are_pinned() -> None:
    """songs.csv.dvc and params.yaml name the same file by its MD5."""
    (pinned,) = YAML(typ="safe").load(PART / "songs.csv.dvc")["outs"]
    params = YAML(typ="safe").load(PART / "params.yaml")
    assert pinned["path"] == params["data"]["source_path"]
    assert pinned["md5"] == params["data"]["source_md5"]


@pytest.fixture
def dvc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """The dvc command in a copy of the pipeline with 2,000 sample songs and small models."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    part = tmp_path / "data_pipeline"
    part.mkdir()
    shutil.copytree(PART / "src", part / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PART / "dvc.yaml", part)
    params = YAML(typ="safe").load(PART / "params.yaml")
    params["data"]["source_md5"] = None
    params["train"]["inner_folds"] = 2
    params["train"]["xgboost"]["n_estimators"] = 5
    params["evaluate"]["min_accuracy"] = 0.2
    YAML().dump(params, part / "params.yaml")

    def run(*command: str, fails: bool = False) -> str:
        done = subprocess.run(
            command, cwd=part, env=environment, capture_output=True, text=True, check=False
        )
        output = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, output
        return output

    run("python", "src/sample.py", "--rows", "2000", "--output", "songs.csv")
    run("dvc", "init", "--no-scm", "--quiet")
    run("dvc", "config", "core.analytics", "false")
    return run


def test_repro(dvc: Callable[..., str], tmp_path: Path) -> None:
    """dvc repro crowns a champion, a second runs nothing, a changed songs.csv is refused."""
    part = tmp_path / "data_pipeline"
    output = dvc("dvc", "repro")
    assert all(f"Running stage '{stage}'" in output for stage in STAGES)
    metrics = json.loads((part / "metrics.json").read_text())
    assert metrics["promoted"] and metrics["model_version"] == 1
    assert (part / "mlflow.db").exists()

    assert "Running stage" not in dvc("dvc", "repro")
    shown = dvc("dvc", "metrics", "show", "--md")
    assert "macro_f1" in shown and "accuracy_low" in shown
    dvc("dvc", "plots", "show")
    page = (part / "dvc_plots" / "index.html").read_text()
    plots = ("Confusion", "Calibration", "Recall by genre", "a feature is shuffled", "by decade")
    assert all(plot in page for plot in plots)
    card = (part / "model_card" / "model_card.html").read_text()
    assert f"version {metrics['model_version']}" in card
    dag = dvc("dvc", "dag")
    assert all(stage in dag for stage in STAGES)

    params = YAML(typ="safe").load(part / "params.yaml")
    params["data"]["source_md5"] = "0" * 32
    YAML().dump(params, part / "params.yaml")
    trained = (part / "data" / "train.csv").read_bytes()
    with open(part / "songs.csv", "a", encoding="utf-8") as songs:
        songs.write("changed")
    output = dvc("dvc", "repro", fails=True)
    assert "found MD5" in output and "Running stage 'process'" not in output
    assert (part / "data" / "train.csv").read_bytes() == trained


def test_repro_of_parts(dvc: Callable[..., str], tmp_path: Path) -> None:
    """DVC sees a change in a folder of parts, and in a list that was made of a glob or a URL."""
    part = tmp_path / "data_pipeline"
    songs = part / "parts"
    songs.mkdir()
    for number in (1, 2):
        write_sample(songs / f"{number}.csv", 300, seed=number)
    params = YAML(typ="safe").load(part / "params.yaml")

    def rows_read(source: str) -> int:
        params["data"]["source_path"] = source
        YAML().dump(params, part / "params.yaml")
        dvc("dvc", "repro", "process")
        return int(json.loads((part / "data" / "data_quality.json").read_text())["rows_read"])

    assert rows_read("parts") == 600
    assert "Running stage" not in dvc("dvc", "repro", "process")
    write_sample(songs / "3.csv", 100, seed=3)
    assert rows_read("parts") == 700

    arguments = ("--source_path", "parts/[12].csv", "--output_path", "songs.parts.csv")
    dvc("python", "src/load.py", *arguments)
    assert rows_read("songs.parts.csv") == 600
    shutil.copy(songs / "3.csv", songs / "2.csv")
    output = dvc("dvc", "repro", "--force", "process", fails=True)
    assert "parts/2.csv has changed since the parts were listed" in output
    dvc("python", "src/load.py", *arguments)
    assert rows_read("songs.parts.csv") == 400
