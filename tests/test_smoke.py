"""The smoke test of an image, tested: what is well passes, and what does not serve is told."""

import subprocess

import pytest
from conftest import ROOT, docker

pytestmark = pytest.mark.image


def smoke(image: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [ROOT / "scripts" / "smoke.sh", image], capture_output=True, text=True, check=False
    )
    filters = ("--filter", "name=spotify-smoke", "--filter", f"ancestor={image}")
    left = docker("ps", "--all", "--quiet", *filters)
    assert left == "", "a container was left behind"
    return done


def test_an_image_that_serves(image: str) -> None:
    """The image of a champion passes, and its version is named."""
    done = smoke(image)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "smoke: model version 1 says" in done.stdout


def test_an_image_that_does_not_serve() -> None:
    """An image that ends by itself fails, with the reason."""
    done = smoke("python:3.12-slim")
    assert done.returncode == 1
    assert "smoke: python:3.12-slim ended instead of serving" in done.stderr
