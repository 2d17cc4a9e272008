"""scripts/manifests.py, which make lint runs, finds what Kubernetes or Kustomize would refuse."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT
from manifests import main

MANIFESTS = ROOT / "model_serving" / "kubernetes"


Check = Callable[[Path], tuple[int, str]]


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    """Check a folder: the exit code and the complaints."""
    return lambda folder: (main([str(folder)]), capsys.readouterr().err)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the manifests, to be damaged."""
    return Path(shutil.copytree(MANIFESTS, tmp_path / "kubernetes"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def test_the_repositorys_are_well(check: Check) -> None:
    """There is nothing to complain of in what is offered."""
    assert check(MANIFESTS) == (0, "")


def test_everything_that_is_wrong_is_told(folder: Path, check: Check) -> None:
    """Unknown fields, kinds and versions, a wrong value, a file that is forgotten or not there."""
    base = folder / "base"
    change(base / "deployment.yaml", "progressDeadlineSeconds", "progressDeadLine")
    change(base / "serviceaccount.yaml", "Token: false", "Token: sometimes")
    change(base / "network-policy.yaml", "kind: NetworkPolicy", "kind: NetworkPolice")
    change(base / "autoscaler.yaml", "autoscaling/v2", "autoscaling/v2beta2")
    change(base / "kustomization.yaml", "  - service.yaml", "  - services.yaml")
    code, told = check(folder)
    assert code == 1
    for complaint in (
        "deployment.yaml: Deployment/spotify-api, Kubernetes 1.30: spec: Additional properties",
        "automountServiceAccountToken: 'sometimes' is not of type",
        "kind NetworkPolice",
        "api version autoscaling/v2beta2",
        "service.yaml: is not named in kustomization.yaml",
        "names services.yaml, which is not there",
    ):
        assert complaint in told


def test_a_key_that_is_there_twice_is_told(folder: Path, check: Check) -> None:
    """Kubernetes refuses it, where a lenient reader would take the last one."""
    change(folder / "base" / "service.yaml", "kind: Service", "kind: Service\nkind: Service")
    code, told = check(folder)
    assert code == 1 and 'duplicate key "kind"' in told


def test_a_folder_without_manifests_is_no_success(tmp_path: Path, check: Check) -> None:
    """A path that leads nowhere is told, or the check would pass for ever."""
    code, told = check(tmp_path / "nowhere")
    assert code == 1 and "no folder with a kustomization.yaml" in told
