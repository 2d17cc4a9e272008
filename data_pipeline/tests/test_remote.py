import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from src import remote
from src.command import PipelineError
from src.remote import main, set_remote

PART = Path(__file__).resolve().parents[1]
COMMITTED = ("src", "dvc.yaml", "songs.csv.dvc", ".dvc", ".dvcignore")
SETTINGS = ("MLFLOW_TRACKING_URI", "DVC_REMOTE_URL")

Run = Callable[..., str]


@pytest.fixture
def run() -> Run:
    """Runs a command with this environment's programs and no setting made: run(folder, ...)."""
    plain = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    plain |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for role in ("AUTHOR", "COMMITTER"):
        plain |= {f"GIT_{role}_NAME": "Somebody", f"GIT_{role}_EMAIL": "somebody@example.org"}

    def run(folder: Path, *command: str, fails: bool = False) -> str:
        done = subprocess.run(
            command, cwd=folder, env=plain, capture_output=True, text=True, check=False
        )
        output = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, output
        return output

    return run


@pytest.fixture
def repository(tmp_path: Path, run: Run) -> Path:
    """A git repository with the pipeline as it is committed, small models, and any songs.csv."""
    part = tmp_path / "first" / "data_pipeline"
    part.mkdir(parents=True)
    leave_out = shutil.ignore_patterns("__pycache__", "cache", "tmp", "config.local")
    for name in COMMITTED:
        if (PART / name).is_dir():
            shutil.copytree(PART / name, part / name, ignore=leave_out)
        else:
            shutil.copy(PART / name, part)
    shutil.copy(PART.parent / ".gitignore", part.parent)
    params = YAML(typ="safe").load(PART / "params.yaml")
    params["data"]["source_md5"] = None
    params["train"]["inner_folds"] = 2
    params["train"]["xgboost"]["n_estimators"] = 5
    params["evaluate"]["min_accuracy"] = 0.2
    YAML().dump(params, part / "params.yaml")
    run(part.parent, "git", "init", "--quiet")
    return part.parent


def test_push_clone_pull(
    repository: Path, songs_csv: Path, empty_store: Path, tmp_path: Path, run: Run
) -> None:
    """A clone gets songs and tables by `dvc pull`, and records a training of its own."""
    (repository / ".env").write_text("DVC_REMOTE_URL=../../storage\n")
    part = repository / "data_pipeline"
    shutil.copy(songs_csv, part / "songs.csv")
    shutil.copy(empty_store, part / "mlflow.db")
    run(part, "dvc", "repro", "train")
    run(part, "python", "src/remote.py")
    assert "pushed" in run(part, "dvc", "push")
    run(repository, "git", "add", "--all")
    run(repository, "git", "commit", "--quiet", "--message", "Songs, and what came of them")
    committed = run(repository, "git", "ls-files")
    assert "dvc.lock" in committed and "training.json" not in committed
    assert "config.local" not in committed and ".env" not in committed.split()

    run(tmp_path, "git", "clone", "--quiet", "first", "second")
    clone = tmp_path / "second" / "data_pipeline"
    (tmp_path / "second" / ".env").write_text(f"DVC_REMOTE_URL={tmp_path / 'storage'}\n")
    run(clone, "python", "src/remote.py")
    run(clone, "dvc", "pull")
    for name in ("songs.csv", "data/raw.csv", "data/train.csv", "data/prod_sim.csv"):
        assert (clone / name).read_bytes() == (part / name).read_bytes()
    assert json.loads((clone / "data" / "data_quality.json").read_text())["rows_read"] == 1500

    shutil.copy(empty_store, clone / "mlflow.db")
    output = run(clone, "dvc", "repro", "train")
    assert "Running stage 'load'" not in output and "Running stage 'process'" not in output
    assert "2 runs recorded" in output
    trained = [json.loads((p / "training.json").read_text()) for p in (part, clone)]
    assert trained[0]["fingerprint"] == trained[1]["fingerprint"]
    assert trained[0]["runs"] != trained[1]["runs"]


def test_songs_of_another_place(
    repository: Path, songs_csv: Path, tmp_path: Path, run: Run
) -> None:
    """With data.source_path elsewhere, push and pull move the tables, and miss songs.csv only."""
    part = repository / "data_pipeline"
    params = YAML(typ="safe").load(part / "params.yaml")
    params["data"]["source_path"] = str(songs_csv)
    YAML().dump(params, part / "params.yaml")
    (repository / ".env").write_text(f"DVC_REMOTE_URL={tmp_path / 'storage'}\n")
    run(part, "dvc", "repro", "process")
    run(part, "python", "src/remote.py")
    run(part, "dvc", "push")
    trained = (part / "data" / "train.csv").read_bytes()
    shutil.rmtree(part / ".dvc" / "cache")
    shutil.rmtree(part / "data")
    assert "following targets:\nsongs.csv\n" in run(part, "dvc", "pull", fails=True)
    assert (part / "data" / "train.csv").read_bytes() == trained


@pytest.fixture
def part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Path:
    """An empty DVC repository as the part, with no DVC_REMOTE_URL in the environment."""
    folder = tmp_path / "root" / "data_pipeline"
    folder.mkdir(parents=True)
    run(folder, "dvc", "init", "--no-scm", "--quiet")
    monkeypatch.setattr(remote, "PART", folder)
    # Set first, so that what .env adds is taken out again at the end.
    monkeypatch.setenv("DVC_REMOTE_URL", "")
    monkeypatch.delenv("DVC_REMOTE_URL")
    return folder


def test_without_the_setting(part: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without DVC_REMOTE_URL the setting and the places to make it are named."""
    assert main([]) == 1
    said = capsys.readouterr().err
    assert "DVC_REMOTE_URL is not set" in said and "\n.env at the root" in said
    assert not (part / ".dvc" / "config.local").exists()


def test_the_environment_wins(
    part: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """.env is read, the environment wins over it, and options given to the remote stay."""
    (part.parent / ".env").write_text("DVC_REMOTE_URL=s3://from-dotenv/songs\n")
    assert main([]) == 0
    run(part, "dvc", "remote", "modify", "--local", "storage", "region", "eu-west-1")
    assert "from-dotenv" in run(part, "dvc", "remote", "list")
    monkeypatch.setenv("DVC_REMOTE_URL", "s3://from-environment/songs")
    assert main([]) == 0
    assert "from-environment" in run(part, "dvc", "remote", "list")
    local = (part / ".dvc" / "config.local").read_text()
    assert "eu-west-1" in local and "from-dotenv" not in local


def test_an_address_that_dvc_does_not_know(part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What DVC says against the address is passed on."""
    monkeypatch.setenv("DVC_REMOTE_URL", "nothing://like/that")
    with pytest.raises(PipelineError, match="nothing://"):
        set_remote(part)
