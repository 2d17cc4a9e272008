"""A real Dask scheduler and real worker processes, for the benchmark and the tests marked dask."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PART = Path(__file__).resolve().parents[1]
# As `make worker` has it.
WORKER_ENVIRONMENT = {
    "PYTHONPATH": ".",
    "OMP_WAIT_POLICY": "PASSIVE",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s",
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__NANNY__PRE_SPAWN_ENVIRON": '{"MALLOC_TRIM_THRESHOLD_": None}',
}
DASK = Path(sys.executable).with_name("dask")
SECONDS = 180


class Cluster:
    """A scheduler, and the workers that were started for it, each below a nanny of its own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = os.environ | WORKER_ENVIRONMENT | environment
        self.processes: list[subprocess.Popen[bytes]] = []
        # Not in the part's folder: the scheduler must do without its modules.
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", "file.json",
            cwd=folder,
        )  # fmt: skip
        file = folder / "file.json"
        wait_until(lambda: file.exists() and file.read_text().endswith("}"))
        self.address: str = json.loads(file.read_text())["address"]

    def start_workers(self, count: int, *options: str) -> None:
        """Start workers as `make worker` does, and wait until all are there."""
        wanted = len(self.workers()) + count
        for _ in range(count):
            self._start(
                "worker", self.address, "--nthreads", "1", "--no-dashboard",
                "--local-directory", str(self.folder), *options,
                cwd=PART,
            )  # fmt: skip
        wait_until(lambda: len(self.workers()) == wanted)

    def workers(self) -> dict[str, Any]:
        """What the scheduler says of its workers, by address."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            workers: dict[str, Any] = client.scheduler_info()["workers"]
            return workers

    def kill_scheduler(self) -> None:
        self.scheduler.kill()
        self.scheduler.wait()

    def _start(self, *arguments: str, cwd: Path) -> subprocess.Popen[bytes]:
        log = open(self.folder / f"{len(self.processes)}-{arguments[0]}.log", "wb")
        process = subprocess.Popen(
            [DASK, *arguments],
            cwd=cwd,
            env=self.environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        log.close()
        self.processes.append(process)
        return process

    def close(self) -> None:
        for process in reversed(self.processes):
            if process.poll() is None:
                # The nanny ends its worker, which is in another process of the session.
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextmanager
def cluster(
    folder: Path, workers: int = 2, *options: str, **environment: str
) -> Iterator[Cluster]:
    """A cluster that is gone when the block ends."""
    started = Cluster(folder, environment)
    try:
        started.start_workers(workers, *options)
        yield started
    finally:
        started.close()


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for something, which must come to be in good time."""
    end = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {SECONDS} s")
        time.sleep(0.1)
