"""A Dask scheduler and workers as processes of their own, to be killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

PART = Path(__file__).resolve().parents[1]
PATIENCE = 120  # seconds; machines that run tests are busy


@dataclass
class Cluster:
    """A scheduler and what was started for it."""

    address: str
    log: IO[bytes]
    scheduler: "subprocess.Popen[bytes]"
    workers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def start(self, *command: str) -> "subprocess.Popen[bytes]":
        return start(self.log, *command)

    def add_worker(self, *options: str) -> None:
        folder = str(Path(self.log.name).parent)
        self.workers.append(
            self.start("worker", self.address, "--nthreads", "1", "--no-dashboard",
                       "--local-directory", folder, *options)
        )


def start(log: IO[bytes], *command: str) -> "subprocess.Popen[bytes]":
    environment = os.environ | {"PYTHONPATH": ".", "OMP_WAIT_POLICY": "PASSIVE"}
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *command], cwd=PART, env=environment,
        stdout=log, stderr=log, start_new_session=True,
    )


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for something, which must come to be in good time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


@contextmanager
def cluster(folder: Path, workers: int, *options: str) -> Iterator[Cluster]:
    """A scheduler with so many workers, each started with the options; none of them outlives this.

    What they say goes to cluster.log in the folder.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with open(folder / "cluster.log", "wb") as log:
        command = ("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        running = Cluster(f"tcp://127.0.0.1:{port}", log, start(log, *command))
        try:
            for _ in range(workers):
                running.add_worker(*options)
            yield running
        finally:
            for process in [*running.workers, running.scheduler]:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
