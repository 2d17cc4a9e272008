"""Print what an image holds, as JSON; sbom.py runs it by the image's own Python."""

import hashlib
import json
import platform
import subprocess
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

WHEELS = Path("/venv/wheels.txt")  # written when the image was built: name, version, SHA-256
MODEL = Path("/app/models")


def python_packages() -> list[dict[str, Any]]:
    """Name, version, licences, address and wheel's SHA-256 of each package of the environment."""
    wheels = {name.lower(): digest for name, _, digest in map(str.split, _lines(WHEELS))}
    return [
        {
            "name": package.metadata["Name"],
            "version": package.version,
            "licences": _licences(package),
            "sha256": wheels.get(package.metadata["Name"].lower()),
        }
        for package in distributions()
    ]


def debian_packages() -> list[dict[str, str]]:
    """Name, version and architecture of each installed package of the base."""
    fields = ("name", "version", "architecture")
    query = r"${db:Status-Abbrev}\t${Package}\t${Version}\t${Architecture}\n"
    listed = subprocess.run(
        ["dpkg-query", "--show", "--showformat", query], capture_output=True, text=True, check=True
    )
    rows = (line.split("\t") for line in listed.stdout.splitlines())
    return [dict(zip(fields, row, strict=True)) for status, *row in rows if status[1] == "i"]


def _licences(package: Distribution) -> list[str]:
    """The SPDX expression; of older packages the field, unless it is the whole text, or classes."""
    told = package.metadata.get_all
    for licence in (*(told("License-Expression") or []), *(told("License") or [])):
        if licence and "\n" not in licence:
            return [licence]
    classes = told("Classifier") or []
    return [name.split(" :: ")[-1] for name in classes if name.startswith("License :: ")]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def inventory() -> dict[str, Any]:
    """All of it; `model` is the SHA-256 of the graph."""
    system = platform.freedesktop_os_release()
    return {
        "python": platform.python_version(),
        "distribution": {"name": system["ID"], "version": system["VERSION_ID"]},
        "python_packages": python_packages(),
        "debian_packages": debian_packages(),
        "model": hashlib.sha256((MODEL / "model.onnx").read_bytes()).hexdigest(),
    }


if __name__ == "__main__":
    print(json.dumps(inventory()))
