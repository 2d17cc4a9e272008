"""Who is taken for a cluster: a scheduler that answers, with workers of the same code."""

import shutil
import signal
import sys
from pathlib import Path

import pytest
from dask_cluster import PART, cluster

from src import cluster as module
from src.cluster import VARIABLE, connected, scheduler_address
from src.command import PipelineError

pytestmark = pytest.mark.dask

# What a worker loads before it begins.
OLDER = """
import distributed.versions
distributed.versions._version_cached = lambda package: '1.0'
"""


def test_an_option_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scheduler is that of the option, or else of the environment, or else none."""
    monkeypatch.setenv(VARIABLE, "tcp://127.0.0.1:8786")
    assert scheduler_address("tcp://127.0.0.2:8786") == "tcp://127.0.0.2:8786"
    assert scheduler_address() == "tcp://127.0.0.1:8786"
    monkeypatch.setenv(VARIABLE, "")
    assert scheduler_address() is None


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1:8786", "http://127.0.0.1:8786"])
def test_no_address(address: str) -> None:
    """What is no address is refused by its name, with one that is."""
    with pytest.raises(PipelineError, match=f"'{address}' is no address .* tcp://127.0.0.1:8786"):
        scheduler_address(address)


def test_dask_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a scheduler is named and Dask is missing, the error says what to install."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(PipelineError, match="Dask is not installed: install requirements-dask.txt"):
        with connected("tcp://127.0.0.1:8786"):
            pass


def test_no_worker_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheduler without a worker is not waited for for ever, and what starts one is said."""
    monkeypatch.setattr(module, "WORKER_SECONDS", 1)
    with cluster(tmp_path, 0) as running:
        wanted = f"the scheduler {running.address} has had no worker for 1 s; start some with 'make"
        with pytest.raises(PipelineError, match=wanted), connected(running.address):
            pass


def test_a_worker_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that does not answer is not waited for for ever, and is named."""
    monkeypatch.setattr(module, "WORKER_SECONDS", 3)
    with cluster(tmp_path, 1, "--no-nanny") as running:
        running.workers[-1].send_signal(signal.SIGSTOP)
        wanted = rf"the workers tcp://\S+ of {running.address} have not answered for 3 s: end them"
        with pytest.raises(PipelineError, match=wanted), connected(running.address):
            pass
        running.workers[-1].send_signal(signal.SIGCONT)


def test_workers_of_other_code(tmp_path: Path) -> None:
    """A worker whose modules are not these is refused by its address, beside one that has them."""
    other = tmp_path / "part" / "src"
    shutil.copytree(PART / "src", other, ignore=shutil.ignore_patterns("__pycache__"))
    with open(other / "cleaning.py", "a", encoding="utf-8") as file:
        file.write("# changed\n")
    with cluster(tmp_path, 1, PYTHONPATH=str(other.parent)) as running:
        (odd,) = running.pids()
        running.environment["PYTHONPATH"] = "."
        running.start_workers(1)
        wanted = f"1 of 2 workers of {running.address} do not run the code .*{odd}"
        with pytest.raises(PipelineError, match=wanted), connected(running.address):
            pass


@pytest.mark.filterwarnings("ignore:Mismatched versions found")
def test_workers_of_other_versions(tmp_path: Path) -> None:
    """A worker with other versions, of which Dask only warns, is refused with both versions."""
    (tmp_path / "older.py").write_text(OLDER)
    with cluster(tmp_path, 1, "--preload", str(tmp_path / "older.py")) as running:
        (worker,) = running.pids()
        other = r"dask 1.0 instead of 20.*polars 1.0 instead of"
        wanted = rf"the worker {worker} of .* has other versions \(.*{other}"
        with pytest.raises(PipelineError, match=wanted), connected(running.address):
            pass
