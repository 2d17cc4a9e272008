"""What comes of a run on a cluster when something is lost or missing: right, or one clear error."""

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from dask_cluster import PART, SECONDS, Cluster, cluster
from tests.conftest import log_line

pytestmark = pytest.mark.dask
Run = subprocess.Popen[str]
# Many small tasks, and no long wait for what does not come.
CODE = """
import sys
import src.cluster_readers, src.request_log
from src.analyze_drift import main
from src.log_tasks import tasks_of


def small_tasks(files):
    tasks = tasks_of(files, 40_000)
    {change}
    return tasks


src.request_log.tasks_of = small_tasks
src.cluster_readers.WORKER_SECONDS = 4
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def log(tmp_path: Path, prod: pl.DataFrame) -> Path:
    """A log of two hundred tasks."""
    songs = [log_line(**song) for song in prod.iter_rows(named=True)]
    folder = tmp_path / "logs"
    folder.mkdir()
    for number in range(8):
        (folder / f"{number:02}.jsonl").write_text("\n".join(songs) + "\n")
    return folder


@pytest.fixture
def start(train_csv: Path, tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Starts the command, as a process of its own."""
    started: list[Run] = []

    def start(
        log: Path, address: str | None, output: str = "report.json", change: str = "pass"
    ) -> Run:
        code = CODE.replace("{change}", change)
        command = [sys.executable, "-W", "error", "-c", code, "--mode", "online"]
        command += ["--train_data", str(train_csv), "--api_logs", str(log)]
        command += ["--output", str(tmp_path / "reports" / output)]
        command += ["--scheduler", address] if address else []
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, cwd=PART, stdout=pipe, stderr=pipe, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def error_of(run: Run, tmp_path: Path) -> str:
    """What a run says that fails: one line, exit code 2, and no report."""
    printed, error = run.communicate(timeout=3 * SECONDS)
    assert (run.returncode, printed) == (2, ""), error
    assert error.startswith("analyze_drift: error: ") and error.count("\n") == 1, error
    assert not (tmp_path / "reports").exists()
    return error


def in_the_middle(there: Cluster) -> str:
    """Wait until parts have been added up; the worker that holds one of the sums."""
    from distributed import Client

    end = time.monotonic() + SECONDS
    with Client(there.address, set_as_default=False) as client:
        while time.monotonic() < end:
            for worker, keys in client.has_what().items():
                if any("drift-add" in str(key) for key in keys):
                    return str(worker)
    raise TimeoutError(f"nothing was added up within {SECONDS} s")


def process_of(there: Cluster, worker: str) -> int:
    from distributed import Client

    with Client(there.address, set_as_default=False) as client:
        return int(client.run(os.getpid, workers=[worker])[worker])


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_is_killed_in_the_middle(
    workers: int, start: Callable[..., Run], log: Path, tmp_path: Path
) -> None:
    """What a killed worker had read is read again, though it was the only one: the same report."""
    with cluster(tmp_path, workers) as there:
        run = start(log, there.address)
        os.kill(process_of(there, in_the_middle(there)), signal.SIGKILL)
        assert run.poll() is None
        _, error = run.communicate(timeout=3 * SECONDS)
        assert (run.returncode, error) == (0, "")
    assert start(log, None, "here.json").wait(SECONDS) == 0
    found, expected = (
        json.loads((tmp_path / "reports" / name).read_text())
        for name in ("report.json", "here.json")
    )
    assert found.pop("timestamp") and expected.pop("timestamp")
    assert found == expected
    assert found["production_samples"] == 12_000


def test_no_scheduler(start: Callable[..., Run], log: Path, tmp_path: Path) -> None:
    """A scheduler that is not there is named, with the way out."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        error = error_of(start(log, address), tmp_path)
    assert f"no Dask scheduler answers at {address}" in error


def test_no_address(start: Callable[..., Run], log: Path, tmp_path: Path) -> None:
    """What is no address is refused before anything is read."""
    error = error_of(start(log, "localhost"), tmp_path)
    assert "'localhost' is no address of a Dask scheduler" in error


def test_the_scheduler_is_killed_in_the_middle(
    start: Callable[..., Run], log: Path, tmp_path: Path
) -> None:
    """A scheduler that is lost ends the run."""
    with cluster(tmp_path, 1) as there:
        run = start(log, there.address)
        in_the_middle(there)
        there.kill_scheduler()
        assert f"the scheduler {there.address} was lost" in error_of(run, tmp_path)


def test_all_workers_are_lost(start: Callable[..., Run], log: Path, tmp_path: Path) -> None:
    """Where no worker is left nobody waits for ever."""
    with cluster(tmp_path, 1, "--no-nanny") as there:
        run = start(log, there.address)
        os.kill(process_of(there, in_the_middle(there)), signal.SIGKILL)
        assert f"no worker of {there.address} has been able to" in error_of(run, tmp_path)


def test_workers_without_memory(start: Callable[..., Run], tmp_path: Path) -> None:
    """A part for which the workers have too little memory is named, with the way out."""
    folder = tmp_path / "large"
    folder.mkdir()
    line = b'{"tempo": "' + bytes(1 << 20) * 500 + b'"}\n'
    (folder / "large.jsonl.gz").write_bytes(gzip.compress(line, 1))
    once = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
    with cluster(tmp_path, 2, "--memory-limit", "400MB", **once) as there:
        error = error_of(start(folder, there.address), tmp_path)
    assert "2 workers of" in error and "were lost" in error
    assert "large.jsonl.gz" in error and "--memory-limit" in error


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("files[5].unlink()", "No such file or directory"),
        ("files[5].write_bytes(b'')", "it has 0 bytes there"),
    ],
)
def test_a_worker_does_not_see_a_file(
    change: str,
    words: str,
    start: Callable[..., Run],
    log: Path,
    tmp_path: Path,
) -> None:
    """Where a worker finds another file, or none, the error names the file and the worker."""
    with cluster(tmp_path, 1) as there:
        worker = next(iter(there.workers()))
        error = error_of(start(log, there.address, change=change), tmp_path)
    assert f"the worker {worker} cannot read {log}/05.jsonl ({words}" in error
