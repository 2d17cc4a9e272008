"""What comes of a run on a cluster when something is lost or missing: right, or one clear error."""

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dask_cluster import PART, SECONDS, Cluster, cluster, wait_until
from tests.conftest import log_line

pytestmark = pytest.mark.dask
Run = subprocess.Popen[str]
# Many small tasks.
CODE = """
import sys
import src.cluster, src.cluster_readers, src.request_log
from src.analyze_drift import main
from src.log_tasks import tasks_of


def small_tasks(files):
    tasks = tasks_of(files, 40_000)
    {change}
    return tasks


src.request_log.tasks_of = small_tasks
src.cluster.WORKER_SECONDS = src.cluster_readers.WORKER_SECONDS = {patience}
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
        log: Path,
        address: str | None,
        output: str = "report.json",
        change: str = "pass",
        patience: int = 60,
    ) -> Run:
        code = CODE.replace("{change}", change).replace("{patience}", str(patience))
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


def pause(there: Cluster, worker: str) -> None:
    """Put a worker into the state that it is in when its memory is nearly used up."""
    from distributed import Client

    def pause(dask_worker: Any) -> None:
        dask_worker.status = type(dask_worker.status).paused

    with Client(there.address, set_as_default=False) as client:
        client.run(pause, workers=[worker])


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
        run = start(log, there.address, patience=4)
        os.kill(process_of(there, in_the_middle(there)), signal.SIGKILL)
        assert f"no worker of {there.address} has been able to" in error_of(run, tmp_path)


def test_no_worker_for_long(start: Callable[..., Run], log: Path, tmp_path: Path) -> None:
    """A scheduler without a worker is not waited for for ever, and what starts one is said."""
    with cluster(tmp_path, 0) as there:
        error = error_of(start(log, there.address, patience=4), tmp_path)
    assert f"{there.address} has had no worker for 4 s" in error and "make worker" in error


def test_workers_that_stay_short_of_memory(
    start: Callable[..., Run], log: Path, tmp_path: Path
) -> None:
    """Workers that begin nothing for want of memory are not waited for for ever either."""
    with cluster(tmp_path, 1, "--memory-limit", "0") as there:
        run = start(log, there.address, patience=4)
        pause(there, in_the_middle(there))
        error = error_of(run, tmp_path)
    assert f"no worker of {there.address} has been able to work for 4 s" in error
    assert "--memory-limit" in error


def test_ctrl_c(start: Callable[..., Run], log: Path, tmp_path: Path) -> None:
    """Ctrl-C in the middle ends the run in one line, and its tasks with it."""
    from distributed import Client

    def tasks_under_way(dask_worker: Any) -> int:
        return len(dask_worker.active_threads)

    with cluster(tmp_path, 2) as there:
        run = start(log, there.address)
        in_the_middle(there)
        assert run.poll() is None
        run.send_signal(signal.SIGINT)
        printed, error = run.communicate(timeout=SECONDS)
        assert (run.returncode, printed) == (130, ""), error
        assert error == "analyze_drift: interrupted\n"
        assert not (tmp_path / "reports").exists(), error
        with Client(there.address, set_as_default=False) as client:
            wait_until(
                lambda: client.run_on_scheduler(lambda dask_scheduler: not dask_scheduler.tasks)
            )
            wait_until(lambda: not any(client.run(tasks_under_way).values()))


def test_workers_without_memory(
    start: Callable[..., Run], prod: pl.DataFrame, tmp_path: Path
) -> None:
    """A file for which the workers have too little memory is named, or one that is read later."""
    folder = tmp_path / "large"
    folder.mkdir()
    songs = [log_line(**song) + "\n" for song in prod.iter_rows(named=True)]
    files = [folder / f"{number:02}.jsonl" for number in range(8)]
    files[1] = files[1].with_suffix(".jsonl.gz")
    for file in files:
        file.write_text("".join(songs))
    files[0].write_text(songs[0])
    line = b'{"tempo": "' + bytes(1 << 20) * 500 + b'"}\n'
    files[1].write_bytes(gzip.compress(line, 1))
    once = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
    with cluster(tmp_path, 2, "--memory-limit", "400MB", **once) as there:
        error = error_of(start(folder, there.address), tmp_path)
    assert "2 workers of" in error and "were lost" in error and "--memory-limit" in error
    # What waits behind it on a worker counts as lost with it, so the sentence holds either way.
    found = re.search(f"which is in ({folder}/.*?), or is read before that", error)
    assert found and Path(found[1]) in files[1:], error


def test_workers_are_lost_over_the_classifier(
    start: Callable[..., Run], log: Path, tmp_path: Path
) -> None:
    """What a worker does after the log is read can end it too; no report, and no trace."""
    change = "import os, src.analysis as a; a.separation_of = lambda *about: about[-1](os._exit, 1)"
    once = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
    with cluster(tmp_path, 2, **once) as there:
        error = error_of(start(log, there.address, change=change), tmp_path)
    assert "2 workers of" in error and "with the same work" in error


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
