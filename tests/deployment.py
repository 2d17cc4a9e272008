"""The Kubernetes manifests as they stand, and what the service says of itself under them."""

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from conftest import ROOT, environment
from ruamel.yaml import YAML

BASE = ROOT / "model_serving" / "kubernetes" / "base"
EXAMPLE = ROOT / "model_serving" / "kubernetes" / "example"
UNITS = {"Mi": 2**20, "Gi": 2**30}
ASK_THE_SERVICE = """
import json, sys
from app.access import OPEN
from app.connection import GRACE_SECONDS
from app.main import app
from app.request_log import FILE
from app.settings import Settings, parse_settings
given = json.loads(sys.argv[1])
print(json.dumps({
    "known": [name.upper() for name in Settings.model_fields],
    "settings": json.loads(parse_settings(given).model_dump_json()),
    "open_routes": sorted({route.path for route in app.routes} & OPEN),
    "grace": GRACE_SECONDS,
    "log": FILE,
}))
"""


def read(path: Path) -> Any:
    """The content of a YAML file."""
    return YAML(typ="safe").load(path)


def ask(part: str, code: str, *arguments: str) -> str:
    """What Python code prints, run in a part of this repository."""
    done = subprocess.run(
        ["python", "-c", code, *arguments],
        cwd=ROOT / part,
        env=environment(part),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def given_settings() -> dict[str, str]:
    """What settings.env says, and the example adds."""
    text = (BASE / "settings.env").read_text().splitlines()
    (generator,) = (
        generator
        for generator in read(EXAMPLE / "kustomization.yaml")["configMapGenerator"]
        if generator["name"] == "spotify-api-settings"
    )
    said = [line for line in text if line and not line.startswith("#")] + generator["literals"]
    return dict(line.split("=", 1) for line in said)


@cache
def service() -> dict[str, Any]:
    """What the service says of itself under the settings of the manifests."""
    found: dict[str, Any] = json.loads(
        ask("model_serving", ASK_THE_SERVICE, json.dumps(given_settings()))
    )
    return found


def pod() -> dict[str, Any]:
    """What the deployment says of its pods."""
    found: dict[str, Any] = read(BASE / "deployment.yaml")["spec"]["template"]["spec"]
    return found


def api() -> dict[str, Any]:
    """The container of the service."""
    (container,) = pod()["containers"]
    return dict(container)


def shipper() -> dict[str, Any]:
    """The container that ships the request log."""
    (container,) = pod()["initContainers"]
    return dict(container)


def mounted(container: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The mounts of a container, by the name of the volume."""
    return {mount["name"]: mount for mount in container["volumeMounts"]}


def volume(name: str) -> dict[str, Any]:
    """A volume of the pods."""
    (found,) = (volume for volume in pod()["volumes"] if volume["name"] == name)
    return dict(found)


def pause(container: dict[str, Any]) -> float:
    """Seconds that a container goes on after its pod was told to end."""
    return float(container["lifecycle"]["preStop"]["sleep"]["seconds"])


def size(quantity: str) -> int:
    """Bytes, of a quantity as Kubernetes writes it."""
    found = re.fullmatch(r"(\d+)(Mi|Gi)", quantity)
    assert found, quantity
    return int(found[1]) * UNITS[found[2]]
