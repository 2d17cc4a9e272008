"""Ctrl-C and SIGTERM of `process` on a cluster, sent from outside to a process of its own."""

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dask_cluster import PART, SECONDS, Cluster, cluster, wait_until

from src.load import load_data
from src.songs import FEATURES

pytestmark = pytest.mark.dask

Process = subprocess.Popen[str]
VALUES = "0.5,0.6,5,-7.0,1,0.05,0.2,0.0,0.1,0.5,120.0,210000"
SIGNALS = [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list of so many parts that two workers are at them for some time."""
    folder = tmp_path_factory.mktemp("parts")
    with open(folder / "00.csv", "w", encoding="utf-8") as file:
        file.write(f"year,genre,{','.join(FEATURES)}\n")
        file.writelines(f"{2000 + row % 20},Rock,{VALUES}\n" for row in range(100_000))
    for number in range(1, 40):
        (folder / f"{number:02}.csv").hardlink_to(folder / "00.csv")
    load_data(folder, folder / "raw.csv")
    return folder / "raw.csv"


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("dask")) as started:
        yield started


@pytest.fixture
def start(raw: Path, tmp_path: Path) -> Iterator[Callable[[str], Process]]:
    """Starts the stage with the scheduler at an address, its outputs in `out`."""
    out = tmp_path / "out"
    out.mkdir()
    started: list[Process] = []

    def start(address: str) -> Process:
        command = [sys.executable, "src/process.py", "--input_path", str(raw)]
        command += ["--train_output", str(out / "train.csv")]
        command += ["--prod_output", str(out / "prod_sim.csv"), "--scheduler", address]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, cwd=PART, stdout=pipe, stderr=pipe, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def stopped(process: Process, number: int) -> tuple[int, str, str]:
    """Exit code and what was said, of a process that still ran when the signal came."""
    assert process.poll() is None, process.communicate()
    process.send_signal(number)
    printed, error = process.communicate(timeout=SECONDS)
    return process.returncode, printed, error


def of_scheduler(dask: Cluster, look: Callable[..., Any]) -> Any:
    from distributed import Client

    with Client(dask.address, set_as_default=False) as client:
        return client.run_on_scheduler(look)


@pytest.mark.parametrize(("number", "code", "word"), SIGNALS)
def test_in_the_middle(
    number: int, code: int, word: str, dask: Cluster, start: Callable[[str], Process],
    tmp_path: Path,
) -> None:  # fmt: skip
    """While workers read, it ends in one line, with no file, and they go on with nothing of it."""
    from distributed import Client

    from src.given_up import given_up

    out = tmp_path / "out"
    process = start(dask.address)
    wait_until(lambda: any(path.stat().st_size for path in out.glob(".train.csv.*")))
    assert stopped(process, number) == (code, "", f"process: {word}\n")
    assert list(out.iterdir()) == []
    with Client(dask.address, set_as_default=False) as client:
        wait_until(lambda: not any(client.run(given_up).values()))
    wait_until(lambda: of_scheduler(dask, lambda dask_scheduler: not dask_scheduler.tasks))


@pytest.mark.parametrize(("number", "code", "word"), SIGNALS)
def test_without_a_worker(
    number: int, code: int, word: str, start: Callable[[str], Process], tmp_path: Path
) -> None:
    """While it waits for the first worker, it ends in one line too."""
    with cluster(tmp_path, 0) as dask:
        process = start(dask.address)
        # The client that looks, the one that waits, and one that the scheduler itself keeps.
        wait_until(
            lambda: of_scheduler(dask, lambda dask_scheduler: len(dask_scheduler.clients) > 2)
        )
        assert stopped(process, number) == (code, "", f"process: {word}\n")


@pytest.mark.parametrize(("number", "code", "word"), SIGNALS)
def test_without_an_answer(
    number: int, code: int, word: str, start: Callable[[str], Process]
) -> None:
    """While it waits for a scheduler that says nothing, it ends in one line too."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = start(f"tcp://127.0.0.1:{silent.getsockname()[1]}")
        silent.settimeout(SECONDS)
        connection, _ = silent.accept()
        with connection:
            assert stopped(process, number) == (code, "", f"process: {word}\n")
