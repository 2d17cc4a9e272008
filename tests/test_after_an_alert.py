"""docs/after-an-alert.md as one path: its marked commands, from the alert until it is gone."""

import csv
import hashlib
import json
import os
import re
import socket
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, copy_of_the_repository, docker, environment
from ruamel.yaml import YAML

pytestmark = pytest.mark.long

STEP = re.compile(r"<!-- tested: (\w+) -->\n```\n(.*?)```\n", re.DOTALL)
REQUESTS = 1200
OLD_SONGS = 700

Serve = Callable[["World"], AbstractContextManager[str]]


class World:
    """A clone, and the music of its time: made songs, of which more and more have labels."""

    def __init__(self, clone: Path) -> None:
        self.clone = clone
        self.pipeline = clone / "data_pipeline"
        text = (clone / "docs" / "after-an-alert.md").read_text(encoding="utf-8")
        self.steps = dict(STEP.findall(text))
        self.taken: set[str] = set()
        self.since = ""

    def step(self, name: str, code: int = 0) -> str:
        """What a marked block of the document prints."""
        self.taken.add(name)
        return self.run("bash", "-euo", "pipefail", "-c", self.steps[name], code=code)

    def run(self, *command: str, code: int = 0, part: str = ".") -> str:
        done = subprocess.run(
            command,
            cwd=self.clone / part,
            env=environment(part, since=self.since),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    def make_songs(self) -> None:
        """Few old songs and the newest ones in songs.csv, those of between in newer.csv."""
        made = ("src/sample.py", "--rows", "14000", "--output", "all.csv")
        self.run("python", *made, part="data_pipeline")
        with open(self.pipeline / "all.csv", encoding="utf-8", newline="") as file:
            header, *songs = csv.reader(file)
        year = header.index("year")
        old = [song for song in songs if int(song[year]) <= 2010][:OLD_SONGS]
        newer = [song for song in songs if 2010 < int(song[year]) <= 2020]
        newest = [song for song in songs if int(song[year]) > 2020]
        for name, some in (("songs.csv", old + newest), ("newer.csv", newer)):
            with open(self.pipeline / name, "w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([header, *some])

    def set_params(self, **blocks: dict[str, Any]) -> None:
        """Change params.yaml as a person does, where it stands."""
        yaml, path = YAML(), self.pipeline / "params.yaml"
        params = yaml.load(path)
        for block, values in blocks.items():
            for name, value in values.items():
                if isinstance(value, dict):
                    params[block][name] |= value
                else:
                    params[block][name] = value
        yaml.dump(params, path)

    def accept_songs(self) -> None:
        """The expected MD5 becomes that of the songs that are there."""
        digest = hashlib.md5((self.pipeline / "songs.csv").read_bytes(), usedforsecurity=False)
        self.set_params(data={"source_md5": digest.hexdigest()})

    @property
    def metrics(self) -> dict[str, Any]:
        metrics: dict[str, Any] = json.loads((self.pipeline / "metrics.json").read_text())
        return metrics

    def ask_newest_songs(self, serve: Serve) -> str:
        """Fetch the champion, serve it, send it the newest songs; the version that answered."""
        self.step("champion")
        self.since = datetime.now(UTC).isoformat()
        with serve(self) as url:
            send = ("python", str(ROOT / "scripts" / "send_songs.py"), url)
            table = self.pipeline / "data" / "prod_sim.csv"
            answers = self.clone / "answers.json"
            self.run(*send, str(table), str(REQUESTS), str(answers))
        answered = json.loads(answers.read_text())
        assert answered["statuses"] == {"200": REQUESTS}
        return str(answered["model"]["version"])

    def look(self) -> dict[str, Any]:
        """The report on what was asked since the present champion is in service."""
        self.step("look")
        path = self.clone / "drift_monitoring" / "reports" / "online.json"
        report: dict[str, Any] = json.loads(path.read_text())
        assert report["production_samples"] == REQUESTS
        return report


@contextmanager
def by_uvicorn(world: World) -> Iterator[str]:
    """The service without Docker."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    process = subprocess.Popen(
        ["python", "-m", "app"],
        cwd=world.clone / "model_serving",
        env=environment("model_serving", PORT=port),
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        assert process.wait(15) == 0


@contextmanager
def by_image(world: World) -> Iterator[str]:
    """The service out of a new image, with the same folder for its log."""
    name = f"spotify-alert-{uuid.uuid4().hex}"
    world.run("scripts/image.sh", "model_serving", name)
    logs = world.clone / "model_serving" / "logs"
    logs.mkdir(exist_ok=True)
    settings = ["--publish", "127.0.0.1::8000", "--volume", f"{logs}:/app/logs"]
    settings += ["--user", f"{os.getuid()}:{os.getgid()}", "--read-only"]
    docker("run", "--detach", "--name", name, *settings, f"{name}:latest")
    try:
        yield f"http://{docker('port', name, '8000/tcp')}"
    finally:
        docker("stop", name)
        docker("rm", "--force", name)
        docker("image", "rm", "--force", f"{name}:latest", f"{name}:{served_version(world)}")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A clone with made songs and small models."""
    world = World(copy_of_the_repository(tmp_path / "clone"))
    subprocess.run(["git", "init", "--quiet"], cwd=world.clone, check=True)
    world.make_songs()
    world.accept_songs()
    world.set_params(
        train={"inner_folds": 2, "xgboost": {"n_estimators": 60, "learning_rate": 0.2}},
        evaluate={"min_accuracy": 0.3},
    )
    return world


def go_the_whole_way(world: World, serve: Serve) -> None:
    world.step("retrain")
    assert world.metrics["promoted"] and world.metrics["model_version"] == 1
    world.step("profile")
    assert world.ask_newest_songs(serve) == "1"
    report = world.look()
    assert report["alert"] and "loudness" in report["drifted_features"]

    world.step("songs")
    assert "is not the expected file" in world.step("retrain", code=255)
    world.accept_songs()
    world.set_params(data={"train_year_threshold": 2020})

    world.set_params(
        train={"xgboost": {"n_estimators": 1, "max_depth": 1}, "logistic_regression": {"C": 1e-6}}
    )
    refused = world.step("retrain")
    hasty = world.metrics
    assert not hasty["promoted"] and "may be worse than" in hasty["reason"]
    assert "songs of 2011 to 2020 decide, as version 1 learnt up to 2010" in refused
    world.step("champion")
    assert served_version(world) == "1"

    world.set_params(
        train={"xgboost": {"n_estimators": 60, "max_depth": 6}, "logistic_regression": {"C": 0.1}}
    )
    world.step("retrain")
    promoted = world.metrics
    assert promoted["promoted"] and promoted["model_version"] == 3
    assert promoted["newest_era_accuracy_difference_low"] > 0
    eras = [check for check in promoted["checks"] if check["kind"] == "era"]
    assert {check["name"] for check in eras} == {"before 2011", "2011 to 2020"}
    assert all(check["outcome"] == "ok" for check in eras), "no era may have lost for certain"

    assert world.ask_newest_songs(serve) == "3"
    assert world.look()["alert"], "the songs that the former champion learnt from are no reference"
    world.step("profile")
    assert not world.look()["alert"]
    assert world.taken == set(world.steps), "a block is marked as tested and is not"


def served_version(world: World) -> str:
    """The version of the champion that was fetched for the service."""
    meta = world.clone / "model_serving" / "models" / "registered_model_meta"
    return str(YAML(typ="safe").load(meta)["model_version"])


def test_after_an_alert(world: World) -> None:
    """Newer labelled songs, a challenger that is refused, one that wins, and the alert is gone."""
    go_the_whole_way(world, by_uvicorn)


@pytest.mark.image
def test_after_an_alert_with_docker(world: World) -> None:
    """The same with each champion baked into an image of its own."""
    go_the_whole_way(world, by_image)
