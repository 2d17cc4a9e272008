"""What the tests across the parts share: a workspace in which the whole way was gone."""

import json
import os
import re
import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("data_pipeline", "model_serving", "drift_monitoring")
SETTINGS = (
    "MLFLOW_TRACKING_URI",
    "MODEL_DIR",
    "LOG_DIR",
    "GENRE_PRIORS_FILE",
    "WEB_CONCURRENCY",
    "PORT",
    "LOG_LEVEL",
    "API_KEYS_FILE",
    "RATE_LIMIT",
)
# What these tests look at is the way, which is the same with few trees.
SMALL_MODELS = {"n_estimators": "20", "inner_folds": "2"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of two processes that run the tests, one alone goes the whole way that many look at.

    With `--dist worksteal` the first begins with the first half of the tests, and whoever has none
    left takes over from the end of the other's. (pytest 9.2 hides the groups of `--dist loadgroup`
    from pytest-xdist 3.8.)
    """
    items.sort(key=turn)


def turn(item: pytest.Item) -> int:
    """When a test comes: what needs the workspace, what takes seconds, what takes a minute."""
    if "workspace" in getattr(item, "fixturenames", ()):
        return 0
    return {"test_readme": 2, "test_demo_interrupted": 3, "test_demo": 4}.get(
        item.name.partition("[")[0], 1
    )


def environment(part: str, **variables: str) -> dict[str, str]:
    """Variables of a shell in which a part's environment is active and no setting is made."""
    plain = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    return plain | {"PATH": f"{ROOT / part / '.venv' / 'bin'}:{os.environ['PATH']}"} | variables


def copy_of_the_repository(folder: Path) -> Path:
    """A copy of the tracked files, with the environments of this repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        # With its times, or make would find the environments older than what they are made from.
        shutil.copy2(ROOT / name, folder / name)
    for part in (".", *PARTS):
        (folder / part / ".venv").symlink_to(ROOT / part / ".venv")
    return folder


def set_params(params: Path, **values: str) -> None:
    """Write other values behind names that a params.yaml has once."""
    text = params.read_text()
    for name, value in values.items():
        text, count = re.subn(rf"(?m)^( *){name}: .*", rf"\g<1>{name}: {value}", text)
        assert count == 1, name
    params.write_text(text)


@dataclass(frozen=True)
class Workspace:
    """A copy of the parts in a folder of its own."""

    folder: Path

    def run(self, part: str, *command: str) -> str:
        """What a command prints, run in a part's folder with the part's environment."""
        done = subprocess.run(
            command,
            cwd=self.folder / part,
            env=environment(part),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, part: str, code: str, *arguments: str) -> Any:
        """The value that Python code prints as JSON, run in a part."""
        return json.loads(self.run(part, "python", "-c", code, *arguments))


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace where `dvc repro` has crowned a champion, which the service has been given."""
    made = Workspace(tmp_path_factory.mktemp("whole") / "way")
    script = ROOT / "scripts" / "workspace.sh"
    subprocess.run([script, made.folder], env=environment("data_pipeline"), check=True)
    set_params(made.folder / "data_pipeline" / "params.yaml", **SMALL_MODELS)
    sample = ("src/sample.py", "--rows", "4000", "--output", "songs.csv")
    made.run("data_pipeline", "python", *sample)
    made.run("data_pipeline", "dvc", "repro")
    models = str(made.folder / "model_serving" / "models")
    made.run("data_pipeline", "python", "src/champion.py", "--output", models)
    return made


class GitHub:
    """What `fake_gh.py`, called gh in a folder of its own, takes for GitHub."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copy(Path(__file__).with_name("fake_gh.py"), folder / "gh")
        (folder / "gh").chmod(0o755)

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a shell that finds it as gh."""
        return os.environ | {"PATH": f"{self.folder}:{os.environ['PATH']}"}

    @property
    def issues(self) -> list[dict[str, Any]]:
        path = self.folder / "github.json"
        issues: list[dict[str, Any]] = json.loads(path.read_text())["issues"]
        return issues

    @property
    def calls(self) -> list[list[str]]:
        path = self.folder / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def put(self, issues: list[dict[str, Any]], down: bool = False) -> None:
        """Give it issues to start with; `down` lets every call fail."""
        content = {"labels": [], "issues": issues, "down": down}
        (self.folder / "github.json").write_text(json.dumps(content))


@pytest.fixture
def github(tmp_path_factory: pytest.TempPathFactory) -> GitHub:
    """A GitHub without issues."""
    return GitHub(tmp_path_factory.mktemp("github"))


@pytest.fixture(scope="session")
def image(workspace: Workspace) -> Iterator[str]:
    """The champion of the workspace in an image, as `make image` bakes it."""
    name = f"spotify-api-{uuid.uuid4().hex}"
    script = ROOT / "scripts" / "image.sh"
    subprocess.run([script, workspace.folder / "model_serving", name], check=True)
    yield f"{name}:latest"
    docker("image", "rm", "--force", f"{name}:latest", f"{name}:1")


def docker(*arguments: str) -> str:
    """What a docker command prints."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def service(workspace: Workspace) -> Iterator[str]:
    """The address of the champion's service, whose request log is empty at first."""
    shutil.rmtree(workspace.folder / "model_serving" / "logs", ignore_errors=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    process = subprocess.Popen(
        ["python", "-m", "app"],
        cwd=workspace.folder / "model_serving",
        env=environment("model_serving", PORT=port),
    )
    curl = ["curl", "-fsS", "--retry", "60", "--retry-delay", "1", "--retry-connrefused"]
    subprocess.run([*curl, f"http://127.0.0.1:{port}/ready"], check=True)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    assert process.wait(15) == 0
