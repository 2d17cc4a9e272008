"""Check a folder of Kubernetes manifests: each file is used, each resource is as Kubernetes has it.

Usage: manifests.py FOLDER. Exit codes: 0 all is well, 1 something is wrong, each in a line.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

# The oldest with all that the manifests use, and the newest that is known here.
VERSIONS = ("1.30", kubernetes_validate.latest_version())
KUSTOMIZATION = "kustomization.yaml"


def listed_files(kustomization: dict[str, Any]) -> set[str]:
    """What a kustomization takes from its folder: resources, and the files of its ConfigMaps."""
    generators = kustomization.get("configMapGenerator", [])
    taken = [kustomization.get("resources", [])]
    taken += [generator.get(kind, []) for generator in generators for kind in ("files", "envs")]
    return {name for names in taken for name in names}


def file_problems(path: Path) -> Iterator[str]:
    """What is wrong with the files of a kustomization."""
    listed = listed_files(_documents(path.read_text())[0])
    for name in sorted(listed):
        place = path.parent / name
        if not (place.is_file() or (place / KUSTOMIZATION).is_file()):
            yield f"{path}: names {name}, which is not there"
    for file in sorted(path.parent.iterdir()):
        if file.name not in listed | {KUSTOMIZATION}:
            yield f"{file}: is not named in {KUSTOMIZATION}, so nobody uses it"


def resource_problems(text: str, place: str) -> Iterator[str]:
    """What Kubernetes would say of the resources in a text; unknown fields and kinds are wrong.

    Parameters
    ----------
    text : str
        YAML, of any number of resources.
    place : str
        For the messages.
    """
    for resource in _documents(text):
        name = f"{resource.get('kind')}/{resource.get('metadata', {}).get('name')}"
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(resource, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                field = ".".join(map(str, error.path))
                yield f"{place}: {name}, Kubernetes {version}: {field}: {error.message}"
            except kubernetes_validate.SchemaNotFoundError as error:
                yield f"{place}: {name}: {error.message}"


def problems(folder: Path) -> Iterator[str]:
    """What is wrong with the kustomizations in the folders of a folder."""
    found = sorted(folder.glob(f"*/{KUSTOMIZATION}"))
    if not found:
        yield f"{folder}: no folder with a {KUSTOMIZATION} is in it"
    for path in found:
        try:
            yield from file_problems(path)
            for name in _documents(path.read_text())[0]["resources"]:
                file = path.parent / name
                if file.is_file():
                    yield from resource_problems(file.read_text(), str(file))
        except YAMLError as error:
            yield f"{path.parent}: {error}"
            continue
        yield from rendered_problems(path.parent)


def rendered_problems(folder: Path) -> Iterator[str]:
    """What is wrong with what Kustomize makes of a folder, where kubectl is there to make it."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        print(f"manifests: no kubectl here, so what it renders of {folder} was not checked")
        return
    made = subprocess.run(
        [kubectl, "kustomize", str(folder)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        yield f"{folder}: {made.stderr.strip()}"
    else:
        yield from resource_problems(made.stdout, f"{folder}, rendered")


def main(argv: list[str]) -> int:
    if len(argv) != 1:
        print(__doc__, file=sys.stderr)
        return 1
    found = list(problems(Path(argv[0])))
    for problem in found:
        print(f"manifests: {problem}", file=sys.stderr)
    return 1 if found else 0


def _documents(text: str) -> list[Any]:
    # Not PyYAML, which takes the last of two equal keys without a word.
    return list(YAML(typ="safe").load_all(text))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
