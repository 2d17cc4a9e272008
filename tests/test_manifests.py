"""scripts/manifests.py, which make lint runs, finds what Kubernetes or Kustomize would refuse."""

import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT

MANIFESTS = ROOT / "model_serving" / "kubernetes"


def check(folder: Path) -> tuple[int, str]:
    """The exit code and the complaints."""
    done = subprocess.run(
        [ROOT / ".venv" / "bin" / "python", ROOT / "scripts" / "manifests.py", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the manifests, to be damaged."""
    return Path(shutil.copytree(MANIFESTS, tmp_path / "kubernetes"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def test_the_repositorys_are_well() -> None:
    """There is nothing to complain of in what is offered."""
    assert check(MANIFESTS) == (0, "")


def test_everything_that_is_wrong_is_told(folder: Path) -> None:
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


def test_a_key_that_is_there_twice_is_told(folder: Path) -> None:
    """Kubernetes refuses it, where a lenient reader would take the last one."""
    change(folder / "base" / "service.yaml", "kind: Service", "kind: Service\nkind: Service")
    code, told = check(folder)
    assert code == 1 and 'duplicate key "kind"' in told


def test_a_folder_without_manifests_is_no_success(tmp_path: Path) -> None:
    """A path that leads nowhere is told, or the check would pass for ever."""
    code, told = check(tmp_path / "nowhere")
    assert code == 1 and "no folder with a kustomization.yaml" in told
