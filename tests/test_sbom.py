"""The bill of materials, held against the image that it is about."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, docker
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

pytestmark = pytest.mark.image


@pytest.fixture(scope="module")
def text(image: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The bill of materials, as `make sbom` writes it."""
    folder = tmp_path_factory.mktemp("sbom")
    subprocess.run(
        [sys.executable, ROOT / "scripts" / "sbom.py", image, folder / "build"], check=True
    )
    (path,) = (folder / "build").iterdir()
    assert path.name == "spotify-api-1.cdx.json"
    return path.read_text(encoding="utf-8")


@pytest.fixture
def components(text: str) -> dict[str, dict[str, Any]]:
    """What it lists, by package URL, or by name for the model."""
    listed = json.loads(text)["components"]
    return {component.get("purl", component["name"]): component for component in listed}


def test_the_schema_holds(text: str) -> None:
    """The official schema of CycloneDX 1.6 has nothing against it."""
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_it_names_its_image(text: str, image: str) -> None:
    """It says which image it is about, and of which model's version."""
    subject = json.loads(text)["metadata"]["component"]
    assert (subject["name"], subject["version"]) == ("spotify-api", "1")
    properties = {entry["name"]: entry["value"] for entry in subject["properties"]}
    assert properties["image:id"] == docker("image", "inspect", "--format", "{{.Id}}", image)


def test_python_packages(components: dict[str, dict[str, Any]], image: str) -> None:
    """It lists the packages whose metadata lie in the image, each licensed, and no other."""
    places = docker("run", "--rm", image, "sh", "-c", "ls -d /venv/lib/python3*/*/*.dist-info")
    found = {
        re.sub(r"[-_.]+", "-", name).lower() + "@" + version
        for name, version in (
            Path(place).name.removesuffix(".dist-info").split("-") for place in places.split()
        )
    }
    listed = {purl.removeprefix("pkg:pypi/") for purl in components if purl.startswith("pkg:pypi/")}
    assert "fastapi-offline" in {name.split("@")[0] for name in listed}
    assert listed == found
    assert all(components[f"pkg:pypi/{name}"]["licenses"] for name in listed)


def test_the_hashes_are_those_of_requirements(components: dict[str, dict[str, Any]]) -> None:
    """Each package came from a wheel whose SHA-256 requirements.txt allows."""
    pinned = (ROOT / "model_serving" / "requirements.txt").read_text()
    allowed = {
        f"pkg:pypi/{name}@{version}": set(re.findall(r"sha256:(\w+)", hashes))
        for name, version, hashes in re.findall(
            r"(?m)^([\w.-]+)==([\w.]+)(.*\n(?:    --hash.*\n)+)", pinned
        )
    }
    packages = {purl: entry for purl, entry in components.items() if purl.startswith("pkg:pypi/")}
    for purl, package in packages.items():
        (wheel,) = package["hashes"]
        assert wheel["content"] in allowed[purl], purl


def test_debian_packages(components: dict[str, dict[str, Any]], image: str) -> None:
    """It lists what the base's package manager has installed, by name and version."""
    status = docker("run", "--rm", image, "cat", "/var/lib/dpkg/status")
    packages = [
        dict(re.findall(r"(?m)^(Package|Version|Status): (.+)$", entry))
        for entry in status.split("\n\n")
    ]
    found = {
        (package["Package"], package["Version"])
        for package in packages
        if package["Status"] == "install ok installed"
    }
    listed = {
        (entry["name"], entry["version"])
        for purl, entry in components.items()
        if purl.startswith("pkg:deb/debian/")
    }
    assert "libc6" in {name for name, _ in listed}
    assert listed == found


def test_the_model(components: dict[str, dict[str, Any]], image: str) -> None:
    """The model is a component, with the SHA-256 of the graph that the image holds."""
    model = components["spotify-genre-classifier"]
    digest, _ = docker("run", "--rm", image, "sha256sum", "models/model.onnx").split()
    assert (model["type"], model["version"]) == ("machine-learning-model", "1")
    assert model["hashes"] == [{"alg": "SHA-256", "content": digest}]
