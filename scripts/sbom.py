"""Write the bill of materials of an image, in CycloneDX 1.6: what is in it, by its own account.

Usage: sbom.py IMAGE FOLDER
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

INVENTORY = Path(__file__).with_name("image_inventory.py")
LABEL = "org.opencontainers.image."
MODEL = "spotify-genre-classifier"


def bill(inventory: dict[str, Any], labels: dict[str, str], image_id: str) -> Bom:
    """The bill of materials of an image.

    Parameters
    ----------
    inventory : dict
        What image_inventory.py says inside the image.
    labels : dict
        The image's, which name it, the model's version and the code's revision.
    image_id : str
        Which image this is about.

    Returns
    -------
    Bom
        The image, and as its components the Python packages with the licences they declare and
        the SHA-256 of the wheels they came from, Python, the Debian packages, and the model.
    """
    image = Component(
        type=ComponentType.CONTAINER,
        name=labels[f"{LABEL}title"],
        version=labels[f"{LABEL}version"],
        properties=[
            Property(name="image:id", value=image_id),
            Property(name="git:revision", value=labels[f"{LABEL}revision"]),
        ],
    )
    components = [
        *_python_packages(inventory),
        *_debian_packages(inventory),
        _python(inventory["python"]),
        Component(
            type=ComponentType.MACHINE_LEARNING_MODEL,
            name=MODEL,
            version=labels[f"{LABEL}version"],
            bom_ref=f"model:{MODEL}",
            hashes=[_sha256(inventory["model"])],
        ),
    ]
    made = Bom(components=components)
    made.metadata.component = image
    made.register_dependency(image, components)
    return made


def _python_packages(inventory: dict[str, Any]) -> Iterator[Component]:
    licences = LicenseFactory()
    for package in inventory["python_packages"]:
        name, version = package["name"], package["version"]
        purl = PackageURL("pypi", None, re.sub("[-_.]+", "-", name).lower(), version)
        yield Component(
            type=ComponentType.LIBRARY,
            name=name,
            version=version,
            purl=purl,
            bom_ref=purl.to_string(),
            licenses=[licences.make_from_string(told) for told in package["licences"]],
            hashes=[_sha256(package["sha256"])] if package["sha256"] else [],
        )


def _debian_packages(inventory: dict[str, Any]) -> Iterator[Component]:
    system = inventory["distribution"]
    for package in inventory["debian_packages"]:
        name, version = package["name"], package["version"]
        where = {
            "arch": package["architecture"],
            "distro": f"{system['name']}-{system['version']}",
        }
        purl = PackageURL("deb", system["name"], name, version, where)
        yield Component(
            type=ComponentType.LIBRARY,
            name=name,
            version=version,
            purl=purl,
            bom_ref=purl.to_string(),
        )


def _python(version: str) -> Component:
    purl = PackageURL("generic", None, "python", version)
    return Component(
        type=ComponentType.PLATFORM,
        name="python",
        version=version,
        purl=purl,
        bom_ref=purl.to_string(),
    )


def _sha256(digest: str) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=digest)


def _docker(*arguments: str, given: str | None = None) -> str:
    done = subprocess.run(
        ["docker", *arguments], input=given, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"sbom: docker {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def main(image: str, folder: str) -> None:
    described = json.loads(_docker("image", "inspect", image))[0]
    labels = described["Config"]["Labels"] or {}
    for name in ("title", "version", "revision"):
        if f"{LABEL}{name}" not in labels:
            sys.exit(f"sbom: {image} has no label {LABEL}{name}; 'make image' gives it one")
    run = ("run", "--rm", "--interactive", "--network", "none", "--read-only", described["Id"])
    inventory = json.loads(_docker(*run, "python", "-", given=INVENTORY.read_text("utf-8")))
    made = bill(inventory, labels, described["Id"])
    output = Path(folder) / f"{labels[f'{LABEL}title']}-{labels[f'{LABEL}version']}.cdx.json"
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(JsonV1Dot6(made).output_as_string(indent=2) + "\n", encoding="utf-8")
    print(f"sbom: {output} lists {len(made.components)} components of {image}")


if __name__ == "__main__":
    main(*sys.argv[1:])
