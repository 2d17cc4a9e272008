"""The steps of drift.yml, run as GitHub runs them; only actions are left out, and gh stands in."""

import csv
import json
import os
import random
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, GitHub, copy_of_the_repository, environment
from ruamel.yaml import YAML

pytestmark = pytest.mark.long

EXPRESSION = re.compile(r"\$\{\{ ([\w.]+)(?: \|\| '([^']*)')? \}\}")
KNOWN = ("vars.", "secrets.", "inputs.")


def made_song(source: random.Random, louder: float) -> dict[str, float]:
    """A song; with `louder` decibels more than songs were."""
    song: dict[str, float] = {
        name: round(source.betavariate(2, 3), 4)
        for name in "danceability energy speechiness acousticness instrumentalness liveness "
        "valence".split()
    }
    return song | {
        "key": source.randrange(12),
        "mode": source.randrange(2),
        "loudness": round(source.gauss(-12, 3) + louder, 3),
        "tempo": round(source.gauss(120, 20), 3),
        "duration_ms": source.randrange(90_000, 400_000),
    }


def write_log(folder: Path, louder: float, songs: int = 800) -> Path:
    """A request log of yesterday; and, 30 days ago, of songs as nobody asks for them now."""
    source = random.Random(f"log {louder}")
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "api_requests.jsonl", "w", encoding="utf-8") as log:
        for number in range(songs + 500):
            old = number < 500
            when = datetime.now(UTC) - timedelta(days=30 if old else 1)
            entry = {
                "timestamp": when.isoformat(),
                "request_id": f"{number:032x}",
                "status": 200,
                "genre": "Rock",
                "confidence": 0.6,
                "probabilities": {"Rock": 0.6, "Pop": 0.4},
                "model_version": "1",
                **made_song(source, -20.0 if old else louder),
                "latency_ms": 0.9,
            }
            log.write(json.dumps(entry) + "\n")
    return folder


@dataclass
class Runner:
    """A runner with a clone, and what the repository's settings say."""

    clone: Path
    github: GitHub
    settings: dict[str, str] = field(default_factory=dict)
    output: str = ""

    @property
    def summary(self) -> str:
        return (self.clone / "summary.md").read_text(encoding="utf-8")

    def value(self, text: Any) -> str:
        """A value of `env`, its expressions replaced; what is not set is empty, as on GitHub."""

        def replaced(match: re.Match[str]) -> str:
            name, default = match[1], match[2] or ""
            if name == "github.token":
                return "token"
            if name == "github.repository":
                return "me/songs"
            assert name.startswith(KNOWN), f"{name} is not known to this test"
            return self.settings.get(name.partition(".")[2]) or default

        return EXPRESSION.sub(replaced, str(text))

    def run(self) -> str | None:
        """Run both jobs; the name of the step that failed, if one did."""
        workflow = YAML(typ="safe").load(self.clone / ".github" / "workflows" / "drift.yml")
        self.output = ""
        (self.clone / "summary.md").write_text("")
        assert list(workflow["jobs"]) == ["report", "issue"]
        assert workflow["jobs"]["issue"]["needs"] == "report"
        for job in workflow["jobs"].values():
            for step in filter(lambda step: "run" in step, job["steps"]):
                variables = job.get("env", {}) | step.get("env", {})
                if self.step(step["run"], variables) != 0:
                    return str(step.get("name", step["run"]))
        return None

    def step(self, script: str, variables: dict[str, Any]) -> int:
        assert "${{" not in script, "an expression inside a script can inject commands"
        uv = ROOT / ".uv" / "bin"
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=self.clone,
            env=environment(".")
            | {name: self.value(text) for name, text in variables.items()}
            | {
                "PATH": f"{self.github.folder}:{uv}:{os.environ['PATH']}",
                "GITHUB_STEP_SUMMARY": str(self.clone / "summary.md"),
                "GITHUB_RUN_ID": "7",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.output += done.stdout
        return done.returncode


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone whose environment for fetching is the one of the tests, which has more."""
    made = copy_of_the_repository(tmp_path_factory.mktemp("drift") / "clone")
    remote = made / "drift_monitoring" / ".venv-remote"
    remote.mkdir()
    for part in (ROOT / "drift_monitoring" / ".venv").iterdir():
        if part.name != ".ready":
            (remote / part.name).symlink_to(part)
    # Newer than what it is made from, so that make does not make it anew through the links.
    (remote / ".ready").touch()
    return made


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The profile of training songs, as the command makes it."""
    folder = tmp_path_factory.mktemp("profile")
    source = random.Random("training")
    songs = [made_song(source, louder=0) for _ in range(2000)]
    with open(folder / "train.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, list(songs[0]))
        writer.writeheader()
        writer.writerows(songs)
    subprocess.run(
        ["python", "src/analyze_drift.py", "--mode", "batch"]
        + ["--train_data", folder / "train.csv", "--prod_data", folder / "train.csv"]
        + ["--save-profile", folder / "profile.npz", "--output", folder / "report.json"],
        cwd=ROOT / "drift_monitoring",
        env=environment("drift_monitoring"),
        check=True,
    )
    return folder / "profile.npz"


@pytest.fixture
def runner(clone: Path, github: GitHub, profile: Path) -> Runner:
    return Runner(clone, github, {"PROFILE_URL": str(profile)})


def test_an_alert_comes_and_goes(runner: Runner, tmp_path: Path) -> None:
    """On alert the run is green, says so in its summary and opens an issue; later it is closed.

    What was asked more than seven days ago does not count, unless it is asked for.
    """
    runner.settings["LOG_URL"] = str(write_log(tmp_path / "logs", louder=6))
    assert runner.run() is None, runner.output
    assert "DRIFT\\_DETECTED" in runner.summary or "NORMAL, alert" in runner.summary
    assert "| loudness |" in runner.summary
    assert "::warning title=Drift::Alert" in runner.output
    (issue,) = runner.github.issues
    assert issue["state"] == "open" and "loudness" in issue["title"]
    assert runner.summary.strip() in issue["body"]
    report = json.loads((runner.clone / "build/drift/report/report.json").read_text())
    assert report["production_samples"] == 800
    assert (runner.clone / "build/drift/report/report.html").exists()

    write_log(tmp_path / "logs", louder=0)
    assert runner.run() is None, runner.output
    assert "NORMAL, no alert" in runner.summary and "::warning" not in runner.output
    assert runner.github.issues[0]["state"] == "closed"

    runner.settings |= {"since": "2026-01-01", "window": "7d"}
    assert runner.run() is None, runner.output
    report = json.loads((runner.clone / "build/drift/report/report.json").read_text())
    assert report["production_samples"] == 1300
    assert {found["by"] for found in report["segments"]} == {"window"}


@pytest.mark.parametrize("missing", ["LOG_URL", "PROFILE_URL"])
def test_a_variable_is_not_set(runner: Runner, tmp_path: Path, missing: str) -> None:
    """Without the one or the other variable the first step fails, and names it."""
    runner.settings["LOG_URL"] = str(tmp_path)
    del runner.settings[missing]
    assert runner.run() == "Is it known what to compare?"
    (line,) = runner.output.splitlines()
    assert line.startswith(f"::error::The variable {missing} is not set")
    assert runner.github.calls == []


def test_there_is_no_log(runner: Runner, tmp_path: Path) -> None:
    """A log that cannot be fetched is a red run, and leaves the issue as it is."""
    runner.settings["LOG_URL"] = str(tmp_path / "none")
    assert runner.run() == "Fetch the request log and the profile"
    assert f"fetch_logs: error: {tmp_path / 'none'}: nothing is there" in runner.output
    assert runner.github.calls == []


def test_an_impossible_window(runner: Runner, tmp_path: Path) -> None:
    """What is typed in by hand is never run as a command; nonsense is a red run."""
    runner.settings["LOG_URL"] = str(write_log(tmp_path / "logs", louder=0))
    runner.settings["window"] = "7d; touch typed"
    assert runner.run() == "Compare"
    assert "'7d; touch typed' is no length of time" in runner.output
    assert not (runner.clone / "typed").exists() and runner.github.calls == []


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[str]:
    """The address of an S3 server with a log in the bucket songs."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    shell = environment("drift_monitoring", AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}")
    shell |= {"AWS_ACCESS_KEY_ID": "somebody", "AWS_SECRET_ACCESS_KEY": "sesame"}
    server = subprocess.Popen(
        ["moto_server", "--host", "127.0.0.1", "--port", str(port)],
        env=shell,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    logs = write_log(tmp_path / "logs", louder=6)
    code = (
        "import s3fs, sys; s3 = s3fs.S3FileSystem(); s3.mkdir('songs'); "
        "s3.put(sys.argv[1], 'songs/logs', recursive=True)"
    )
    subprocess.run(["python", "-c", code, str(logs)], env=shell, check=True)
    yield shell["AWS_ENDPOINT_URL"]
    server.terminate()
    server.wait(15)


def test_a_log_in_s3(runner: Runner, bucket: str) -> None:
    """With the credentials of the repository's secrets the log comes out of a bucket."""
    runner.settings |= {"LOG_URL": "s3://songs/logs", "AWS_ENDPOINT_URL": bucket}
    assert runner.run() == "Fetch the request log and the profile"
    assert "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in runner.output
    runner.settings |= {"AWS_ACCESS_KEY_ID": "somebody", "AWS_SECRET_ACCESS_KEY": "sesame"}
    assert runner.run() is None, runner.output
    assert "| loudness |" in runner.summary
    assert runner.github.issues[0]["state"] == "open"


def test_rights() -> None:
    """Only the job that installs nothing may write issues, and no job may write anything else."""
    workflow = YAML(typ="safe").load(ROOT / ".github" / "workflows" / "drift.yml")
    assert workflow["permissions"] == {}
    report, issue = workflow["jobs"]["report"], workflow["jobs"]["issue"]
    assert report["permissions"] == {"contents": "read"}
    assert issue["permissions"] == {"contents": "read", "issues": "write"}
    assert not any("make" in step.get("run", "") for step in issue["steps"])
    (upload,) = [step for step in report["steps"] if "upload" in step.get("uses", "")]
    (download,) = [step for step in issue["steps"] if "download" in step.get("uses", "")]
    assert upload["with"]["name"] == download["with"]["name"]
    assert upload["with"]["path"].rstrip("/") == download["with"]["path"]
