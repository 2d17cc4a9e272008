"""`make demo` as its users meet it. It needs the environments that `make test` makes first."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import PARTS, SMALL_MODELS, copy_of_the_repository, set_params


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of the tracked files, with the environments of this repository and small models."""
    copy = copy_of_the_repository(tmp_path / "clone")
    set_params(copy / "data_pipeline" / "params.yaml", **SMALL_MODELS)
    return copy


@pytest.fixture
def demo(clone: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts `make demo` on few songs, in a session of its own."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            # -o: a linked environment is taken as it is, never made anew through the link.
            ["make", *(f"-o{part}/.venv/.ready" for part in PARTS), "demo", "ROWS=4000"],
            cwd=clone,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env=os.environ | {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def processes_in(folder: Path) -> list[str]:
    """The commands of the processes that work in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            inside = (process / "cwd").resolve(strict=True).is_relative_to(folder)
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if inside and state != "Z":
            found.append(command)
    return found


def tracked(clone: Path) -> dict[Path, bytes]:
    return {
        path: path.read_bytes()
        for path in clone.rglob("*")
        if path.is_file() and not {".demo", ".venv", "__pycache__"} & set(path.parts)
    }


def test_demo(clone: Path, demo: Callable[[], subprocess.Popen[str]]) -> None:
    """The demo ends with its summary, in .demo/ only, and leaves the registry in use alone."""
    before = tracked(clone)
    process = demo()
    output, _ = process.communicate()
    assert process.returncode == 0, output
    told = ("songs read          4,000", "xgboost", "500 answered", "Drift since", "Done in")
    for words in told:
        assert words in output
    assert (clone / ".demo" / "data_pipeline" / "metrics.json").exists()
    assert tracked(clone) == before
    assert processes_in(clone) == []


@pytest.mark.parametrize(
    ("moment", "how"),
    [
        ("Running stage 'load'", signal.SIGINT),
        ("Running stage 'train'", signal.SIGTERM),
        ("newer songs to POST /predict", signal.SIGINT),
    ],
)
def test_demo_interrupted(
    clone: Path, demo: Callable[[], subprocess.Popen[str]], moment: str, how: signal.Signals
) -> None:
    """After Ctrl-C or a kill in the middle of a step nothing of the demo goes on running."""
    interrupt(demo(), moment, how)
    assert processes_in(clone) == []


@pytest.mark.image
@pytest.mark.parametrize("moment", ["baked into an image", "newer songs to POST /predict"])
def test_demo_interrupted_with_docker(
    clone: Path, demo: Callable[[], subprocess.Popen[str]], moment: str
) -> None:
    """After Ctrl-C no container of the demo is left, be it while it is built or while it serves."""
    interrupt(demo(), moment, signal.SIGINT)
    assert processes_in(clone) == []
    listing = ["docker", "ps", "--all", "--quiet", "--filter", "name=spotify-demo"]
    assert subprocess.run(listing, capture_output=True, check=True).stdout == b""


def interrupt(process: subprocess.Popen[str], moment: str, how: signal.Signals) -> None:
    """Send a signal as a terminal does, to all of them, once a line says that it is the moment."""
    assert process.stdout is not None
    for line in process.stdout:
        if moment in line:
            break
    os.killpg(process.pid, how)
    rest = process.communicate(timeout=60)[0]
    assert process.returncode != 0
    assert "demo: stopped" in rest
