"""compose.yaml brought up for real, under a project and on ports of its own."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, SETTINGS, Workspace, copy_of_the_repository, docker, environment

pytestmark = pytest.mark.image
SERVICES = {"api", "mlflow", "drift", "reports"}
SENT = 150
PRIORS = """
import json
from app.model_folder import read_model_folder
from app.settings import settings
model = read_model_folder(settings().model_dir)
print(json.dumps({
    "model_name": model.name,
    "model_version": model.version,
    "training_priors": model.mean_probabilities,
    "current_priors": model.mean_probabilities,
    "made": "2026-11-25T10:00:00+00:00",
}))
"""


@dataclass(frozen=True)
class Project:
    """A running Compose project."""

    folder: Path
    variables: dict[str, str]

    def compose(self, *arguments: str) -> str:
        """What a `docker compose` command prints."""
        done = subprocess.run(
            ["docker", "compose", *arguments],
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def get(self, port: str, path: str) -> bytes:
        """The body behind a path of a service, by the variable of its port."""
        url = f"http://localhost:{self.variables[port]}/{path}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bytes(answer.read())

    def inspect(self, service: str) -> dict[str, Any]:
        """What Docker says of a service's container."""
        (container,) = json.loads(
            docker("inspect", self.compose("ps", "--all", "--quiet", service).strip())
        )
        return dict(container)


def free_ports(names: list[str]) -> dict[str, str]:
    """A port that nobody uses for each name."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in names]
    ports = [str(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return dict(zip(names, ports, strict=True))


@pytest.fixture(scope="module")
def project(
    workspace: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """A clone as `make pipeline` leaves it, and `docker compose up --build` in it."""
    clone = copy_of_the_repository(tmp_path_factory.mktemp("compose") / "clone")
    for made in ("data_pipeline/data", "model_serving/models"):
        shutil.copytree(workspace.folder / made, clone / made)
    plain = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    ports = free_ports(["PORT", "MLFLOW_PORT", "REPORTS_PORT"])
    own = {"COMPOSE_PROJECT_NAME": f"spotify-{uuid.uuid4().hex}", "DRIFT_EVERY_SECONDS": "5"}
    running = Project(clone, plain | ports | own)
    try:
        running.compose("up", "--build", "--detach", "--wait")
        yield running
    finally:
        running.compose("down", "--volumes", "--rmi", "local", "--timeout", "15")


def wait_for(happened: Callable[[], bool], what: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"{what} did not come within {seconds} s"
        time.sleep(0.5)


def test_everything_is_healthy_and_hardened(project: Project) -> None:
    """Each service is healthy, not root, read-only, without capabilities, and bounded."""
    assert set(project.compose("ps", "--services").split()) == SERVICES
    for service in SERVICES:
        container = project.inspect(service)
        assert container["State"]["Health"]["Status"] == "healthy", service
        assert container["Config"]["User"] == "10001:10001"
        host = container["HostConfig"]
        assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and host["Memory"] > 0
        assert host["SecurityOpt"] == ["no-new-privileges:true"]
        assert host["RestartPolicy"]["Name"] == "unless-stopped"
        for bindings in host["PortBindings"].values():
            assert {binding["HostIp"] for binding in bindings} == {"127.0.0.1"}


def test_before_any_request_the_drift_job_says_so(project: Project) -> None:
    """Before the service is asked anything, the report says that there is too little, twice."""
    wait_for(lambda: project.compose("logs", "drift").count("next run in") > 1, "a second run", 30)
    assert json.loads(project.get("REPORTS_PORT", "drift_report.json"))["production_samples"] == 0
    assert "INSUFFICIENT_DATA" in project.compose("logs", "drift")
    assert project.inspect("drift")["RestartCount"] == 0


def test_requests_become_a_drift_report(project: Project) -> None:
    """Songs that the service answers are in the report on the page, seconds later."""
    table = str(project.folder / "data_pipeline" / "data" / "prod_sim.csv")
    url = f"http://127.0.0.1:{project.variables['PORT']}"
    answers = project.folder / "answers.json"
    script = ROOT / "scripts" / "send_songs.py"
    subprocess.run(["python3", script, url, table, str(SENT), answers], check=True)
    assert json.loads(answers.read_text())["statuses"] == {"200": SENT}

    def reported() -> bool:
        if b"drift_report.json" not in project.get("REPORTS_PORT", ""):
            return False
        report = json.loads(project.get("REPORTS_PORT", "drift_report.json"))
        return bool(report["production_samples"] == SENT)

    wait_for(reported, "a report of all songs", 60)
    page = project.get("REPORTS_PORT", "drift_report.html").decode()
    assert page.startswith("<!doctype html>") and "loudness" in page


def test_genre_priors_are_mounted(
    project: Project, workspace: Workspace, tmp_path: Path
) -> None:
    """The file that GENRE_PRIORS_FILE names on the host is the service's; without it, none is."""
    path = tmp_path / "priors.json"
    path.write_text(json.dumps(workspace.ask("model_serving", PRIORS)))
    check = ("run", "--rm", "--no-deps", "api", "python", "-m", "app", "--check")
    assert "genre priors" not in project.compose(*check)
    named = replace(project, variables=project.variables | {"GENRE_PRIORS_FILE": str(path)})
    assert "genre priors" in named.compose(*check)


def test_the_mlflow_server_takes_runs_and_models(project: Project, tmp_path: Path) -> None:
    """A client on the host records a model there and gets it back, files included."""
    code = """
import sys
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
client = MlflowClient()
run = client.create_run(client.create_experiment("mine"))
client.log_text(run.info.run_id, "a graph", "model/model.onnx")
client.create_registered_model("model")
client.create_model_version("model", run.info.artifact_uri + "/model", run.info.run_id)
print(open(download_artifacts("models:/model/1", dst_path=sys.argv[1]) + "/model.onnx").read())
"""
    address = f"http://localhost:{project.variables['MLFLOW_PORT']}"
    done = subprocess.run(
        ["python", "-c", code, tmp_path],
        env=environment("data_pipeline", MLFLOW_TRACKING_URI=address),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "a graph" in done.stdout


def test_everything_ends_at_once(project: Project) -> None:
    """Stopped, each service ends by itself with exit code 0; nothing has to be killed."""
    project.compose("stop", "--timeout", "15")
    codes = {service: project.inspect(service)["State"]["ExitCode"] for service in SERVICES}
    assert codes == dict.fromkeys(SERVICES, 0)
