"""The image of the tests, which holds the champion of the tests."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from champion import VERSION, write_champion
from server import PART


def docker(*arguments: str, fails: bool = False) -> str:
    """Run docker; what it prints."""
    ended = subprocess.run(
        ["docker", *arguments],
        env=os.environ | {"DOCKER_BUILDKIT": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert (ended.returncode != 0) is fails, ended.stdout
    return ended.stdout.strip()


def write_context(folder: Path) -> Path:
    """Write the build context into a folder, with the champion in models/."""
    folder.mkdir()
    for name in ("Dockerfile", ".dockerignore", "requirements.txt", "requirements-bake.txt"):
        shutil.copy(PART / name, folder)
    shutil.copytree(PART / "app", folder / "app")
    write_champion(folder / "models")
    return folder


@contextmanager
def baked(context: Path) -> Iterator[str]:
    """The image of a build context, there within a with block."""
    tag = f"spotify-api-test:{uuid.uuid4().hex}"
    source = ["--build-arg", "MODEL_SOURCE=folder"]
    labels = ["--build-arg", f"MODEL_VERSION={VERSION}", "--build-arg", "GIT_REVISION=f00"]
    docker("build", "--network", "host", *source, *labels, "-t", tag, str(context))
    yield tag
    docker("image", "rm", "--force", tag)
