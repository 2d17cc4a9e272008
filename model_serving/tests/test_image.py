"""The image, built and run by Docker: pytest -m image. Without a Docker daemon these tests fail."""

import json
import shutil
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx2
import pytest
import yaml
from baking import docker
from champion import VERSION, expected_probabilities, priors
from server import PART, wait_for

from app.page import PAGE_PATHS
from app.schemas import TAKE_FIVE

pytestmark = pytest.mark.image
BASE = "python:3.12-slim"


@pytest.fixture
def name() -> Iterator[str]:
    """A name for a container and its volume, which are removed afterwards."""
    name = f"spotify-api-test-{uuid.uuid4().hex}"
    yield name
    docker("rm", "--force", "--volumes", name)
    docker("volume", "rm", "--force", name)


def inspect(name: str, what: str) -> str:
    return docker("inspect", "--format", f"{{{{{what}}}}}", name)


def test_the_image_is_small_and_says_what_it_holds(image: str) -> None:
    """At most 140 MB over its base, labelled with the model's version and the revision."""
    assert int(inspect(image, ".Size")) - int(inspect(BASE, ".Size")) <= 140_000_000
    labels = json.loads(inspect(image, "json .Config.Labels"))
    assert labels["org.opencontainers.image.version"] == VERSION
    assert labels["org.opencontainers.image.revision"] == "f00"


def test_training_libraries_are_not_in_the_image(image: str) -> None:
    """What the service does not need is not there to be attacked or updated."""
    found = docker("run", "--rm", image, "ls", "/venv/lib/python3.12/site-packages")
    packages = {line.split("-")[0].lower() for line in found.splitlines()}
    assert "onnxruntime" in packages
    assert not packages & {"mlflow", "mlflow_skinny", "pandas", "sklearn", "xgboost", "pip"}


def test_nothing_in_the_image_installs_or_compiles(image: str) -> None:
    """Neither Python has pip, as a module or a command, and there is no compiler."""
    for python in ("/venv/bin/python", "/usr/local/bin/python"):
        for module in ("pip", "ensurepip", "setuptools", "wheel"):
            said = docker("run", "--rm", image, python, "-m", module, fails=True)
            assert f"No module named {module}" in said
    commands = docker(
        "run", "--rm", "--user", "root", image, "sh", "-c",
        "find / -xdev -executable \\( -name 'pip*' -o -name gcc -o -name cc -o -name 'c++' "
        "-o -name clang -o -name ld \\) ! -type d",
    )  # fmt: skip
    assert commands == ""


def test_nobody_in_the_image_becomes_root(image: str) -> None:
    """It runs as its own user, and no file lends another user's or group's rights."""
    assert docker("run", "--rm", image, "id", "-u") == "10001"
    lent = "find / -xdev -type f -perm /6000"
    assert docker("run", "--rm", "--user", "root", image, "sh", "-c", lent) == ""


def test_it_serves_read_only_and_as_nobody(image: str, name: str) -> None:
    """Read-only and not as root it gets healthy, answers, logs, and ends within Docker's 10 s."""
    options = ["--read-only", "-v", f"{name}:/app/logs", "-p", "127.0.0.1::8000"]
    docker("run", "--detach", "--name", name, *options, image)
    wait_for(lambda: inspect(name, ".State.Health.Status") == "healthy", "a healthy container", 60)
    assert docker("exec", name, "id", "-u") == "10001"
    url = f"http://{docker('port', name, '8000/tcp')}"
    answer = httpx2.post(f"{url}/predict?top_k=100", json=TAKE_FIVE)
    told = {entry["genre"]: entry["probability"] for entry in answer.json()["top"]}
    assert told == pytest.approx(expected_probabilities(TAKE_FIVE), abs=1e-6)
    assert {httpx2.get(url + path).status_code for path in PAGE_PATHS} == {200}
    line = json.loads(docker("exec", name, "cat", "/app/logs/api_requests.jsonl"))
    assert line["request_id"] == answer.headers["X-Request-ID"]
    docker("stop", name)
    assert inspect(name, ".State.ExitCode") == "0"


def test_it_serves_as_a_pod_may(image: str, name: str) -> None:
    """With the settings, the rights and the memory of the Kubernetes manifests it gets ready."""
    base = PART / "kubernetes" / "base"
    pod = yaml.safe_load((base / "deployment.yaml").read_text())["spec"]["template"]["spec"]
    (api,) = pod["containers"]
    user, memory = pod["securityContext"]["runAsUser"], api["resources"]["limits"]["memory"]
    docker(
        "run", "--detach", "--name", name, "--env-file", str(base / "settings.env"), "--read-only",
        "--user", f"{user}:{user}", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
        "--memory", memory.removesuffix("i"), "-v", f"{name}:/app/logs", "-p", "127.0.0.1::8000",
        image,
    )  # fmt: skip
    url = f"http://{docker('port', name, '8000/tcp')}"
    wait_for(lambda: inspect(name, ".State.Health.Status") == "healthy", "a healthy container", 60)
    asked = {probe: api[f"{probe}Probe"]["httpGet"]["path"] for probe in ("readiness", "liveness")}
    assert [httpx2.get(url + path).status_code for path in asked.values()] == [200, 200]
    assert httpx2.post(f"{url}/predict", json=TAKE_FIVE).status_code == 200


def test_genre_priors_are_mounted(image: str, tmp_path: Path) -> None:
    """A file of priors beside the model, as the README mounts it, is read by the image's user."""
    path = tmp_path / "priors.json"
    path.write_text(json.dumps(priors()))
    told = docker(
        "run", "--rm", "--read-only", "-v", f"{path}:/app/priors.json:ro",
        "-e", "GENRE_PRIORS_FILE=/app/priors.json", image, "python", "-m", "app", "--check",
    )  # fmt: skip
    assert f"version {VERSION}" in told and "genre priors" in told


def test_a_log_folder_of_somebody_else_is_explained(image: str, name: str) -> None:
    """A log folder that the user cannot write ends the start with the way out."""
    output = docker(
        "run", "--name", name, "--user", "1234:1234", "-v", f"{name}:/app/logs", image, fails=True
    )
    assert "sudo chown 1234:1234" in output
    assert len(output.splitlines()) == 1


def test_an_unreachable_registry_fails_the_build_by_its_url(context: Path) -> None:
    """Without a server the build fails, and its message holds the server's URL."""
    url = "http://localhost:9"
    output = docker(
        "build", "--network", "host", "--build-arg", f"MLFLOW_TRACKING_URI={url}", str(context),
        fails=True,
    )  # fmt: skip
    assert any(url in line and "refused" in line for line in output.splitlines())


class NoSuchAlias(BaseHTTPRequestHandler):
    """A registry that knows no alias."""

    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


def test_a_missing_alias_fails_the_build_by_its_name(context: Path) -> None:
    """Where nobody holds the alias the build fails, and its message holds the alias."""
    with HTTPServer(("127.0.0.1", 0), NoSuchAlias) as registry:
        threading.Thread(target=registry.serve_forever, daemon=True).start()
        output = docker(
            "build", "--network", "host", "--build-arg", "MODEL_ALIAS=nobody",
            "--build-arg", f"MLFLOW_TRACKING_URI=http://127.0.0.1:{registry.server_port}",
            str(context), fails=True,
        )  # fmt: skip
        registry.shutdown()
    assert "alias=nobody" in output


def test_a_damaged_model_fails_the_build(context: Path, tmp_path: Path) -> None:
    """A graph that is not the registered one is not baked."""
    damaged = shutil.copytree(context, tmp_path / "context")
    (damaged / "models" / "model.onnx").write_bytes(b"damaged")
    output = docker(
        "build", "--network", "host", "--build-arg", "MODEL_SOURCE=folder", str(damaged), fails=True
    )
    assert "model.onnx: its SHA-256 is" in output
