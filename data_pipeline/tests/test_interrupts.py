"""Ctrl-C and SIGTERM in the middle of each stage, sent to the stage's own process."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import pytest
from ruamel.yaml import YAML

from src.params import Params
from src.registry import NAME

PART = Path(__file__).resolve().parents[1]
# A call in the middle of each stage's work, at which the signal comes.
MIDDLE = {
    "load": "src.load.named_errors",
    "process": "src.process.SplitFile.append",
    "sample": "src.sample.spoil",
    "train": "mlflow.onnx.log_model",
    "evaluate": "src.registry.carry_out",
}
CODE = """
import os, sys
from pkgutil import resolve_name
from src import {stage}

owner, _, attribute = "{middle}".rpartition(".")
original = resolve_name("{middle}")

def stopped(*arguments, **named):
    os.kill(os.getpid(), {signal})
    return original(*arguments, **named)

setattr(resolve_name(owner), attribute, stopped)
sys.exit({stage}.main(sys.argv[1:]))
"""


def arguments(stage: str, songs: Path, folder: Path) -> list[str]:
    options = {
        "load": {"source_path": songs, "output_path": folder / "raw.csv"},
        "process": {
            "input_path": songs,
            "train_output": folder / "train.csv",
            "prod_output": folder / "prod_sim.csv",
        },
        "sample": {"rows": 100, "output": folder / "songs.csv"},
        "train": {
            "data_path": songs.with_name("train.csv"),
            "params_path": folder / "params.yaml",
            "output": folder / "training.json",
        },
        "evaluate": {
            "train_data": songs.with_name("train.csv"),
            "prod_data": songs.with_name("prod_sim.csv"),
            "params_path": folder / "params.yaml",
            "metrics_output": folder / "metrics.json",
            "plots_output": folder / "plots",
            "card_output": folder / "card",
        },
    }[stage]
    return [text for name, value in options.items() for text in (f"--{name}", str(value))]


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
@pytest.mark.parametrize("stage", ["load", "process", "sample"])
def test_one_line_and_no_half_file(
    stage: str, number: int, code: int, word: str, songs_csv: Path, tmp_path: Path
) -> None:
    """A stage that is stopped says so in one line, and its folder is as it was before."""
    program = CODE.format(stage=stage, middle=MIDDLE[stage], signal=int(number))
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments(stage, songs_csv, tmp_path)],
        cwd=PART, capture_output=True, text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, "", f"{stage}: {word}\n")
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_run_is_not_finished(
    tables: Path, tmp_path: Path, store: mlflow.MlflowClient, params: Callable[..., Params]
) -> None:
    """A training that is stopped while it records leaves a failed run, never a finished one."""
    YAML().dump(params().model_dump(), tmp_path / "params.yaml")
    output = tmp_path / "training.json"
    options = arguments("train", tables / "train.csv", tmp_path)
    program = CODE.format(stage="train", middle=MIDDLE["train"], signal=int(signal.SIGINT))
    done = subprocess.run(
        [sys.executable, "-c", program, *options], cwd=PART, capture_output=True, text=True
    )
    assert done.returncode == 130 and done.stderr.endswith("train: interrupted\n")
    assert "Traceback" not in done.stderr and not output.exists()
    experiments = [experiment.experiment_id for experiment in store.search_experiments()]
    assert [run.info.status for run in store.search_runs(experiments)] == ["FAILED"]


def test_an_interrupted_evaluation_is_made_good(
    tables: Path,
    tmp_path: Path,
    store: mlflow.MlflowClient,
    trained: dict[str, Any],
    params: Callable[..., Params],
) -> None:
    """Stopped before the alias moves, evaluate leaves no champion; the next one crowns it."""
    YAML().dump(params().model_dump(), tmp_path / "params.yaml")
    options = arguments("evaluate", tables / "train.csv", tmp_path)
    program = CODE.format(stage="evaluate", middle=MIDDLE["evaluate"], signal=int(signal.SIGINT))
    done = subprocess.run(
        [sys.executable, "-c", program, *options], cwd=PART, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (130, "evaluate: interrupted\n")
    assert not (tmp_path / "metrics.json").exists()
    assert store.get_registered_model(NAME).aliases == {}
    again = subprocess.run(
        [sys.executable, "src/evaluate.py", *options], cwd=PART, capture_output=True, text=True
    )
    assert again.returncode == 0, again.stderr
    assert store.get_model_version_by_alias(NAME, "champion").tags["promoted"] == "true"
    assert json.loads((tmp_path / "metrics.json").read_text())["promoted"]


def test_ctrl_c_while_libraries_are_imported() -> None:
    """Ctrl-C before a stage has begun its work ends it in one line too."""
    done = subprocess.run(
        [sys.executable, "-c", "import os, src; os.kill(os.getpid(), 2); import mlflow"],
        cwd=PART, capture_output=True, text=True,
    )
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "interrupted\n")


def test_dvc_repro(songs_csv: Path, tmp_path: Path) -> None:
    """Ctrl-C to dvc repro stops the stage with nothing half written, and the next one works."""
    part = tmp_path / "part"
    shutil.copytree(PART / "src", part / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PART / "dvc.yaml", part)
    params = (PART / "params.yaml").read_text().splitlines()
    lines = [line for line in params if not line.strip().startswith("source_md5")]
    lines.insert(lines.index("data:") + 1, "  source_md5: null")
    (part / "params.yaml").write_text("\n".join(lines))
    shutil.copy(songs_csv, part)
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def dvc(*command: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            ["dvc", *command], cwd=part, env=environment, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )

    assert dvc("init", "--no-scm", "--quiet").communicate() == ("", None)
    quality = part / "src" / "quality.py"
    code = quality.read_text()
    quality.write_text(code + "\nimport time\nby_frequency = lambda counts: time.sleep(60)\n")
    stopped = dvc("repro", "process")
    deadline = time.monotonic() + 60
    while not list(part.glob("data/.train.csv.*")):
        assert time.monotonic() < deadline and stopped.poll() is None
        time.sleep(0.05)
    time.sleep(0.5)
    os.killpg(stopped.pid, signal.SIGINT)
    output, _ = stopped.communicate(timeout=30)
    assert stopped.returncode != 0 and "process: interrupted" in output
    assert "Traceback" not in output
    assert [path.name for path in (part / "data").iterdir()] == ["raw.csv"]

    quality.write_text(code)
    again = dvc("repro", "process")
    output, _ = again.communicate(timeout=60)
    assert again.returncode == 0, output
    assert {"train.csv", "prod_sim.csv"} <= {path.name for path in (part / "data").iterdir()}
