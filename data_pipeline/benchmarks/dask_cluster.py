"""A real Dask scheduler and real worker processes, for benchmarks and the tests marked dask."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

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
SECONDS = 120  # machines that run tests are busy
END_SECONDS = 10


class Cluster:
    """A scheduler, and the workers that were started for it.

    Parameters
    ----------
    folder : path
        Where what they say and what they keep goes.
    environment : dict
        Variables beside those of this process, for all of them.

    Attributes
    ----------
    address : str
        Of the scheduler.
    scheduler : Popen
    workers : list of Popen
        Each is a nanny with a worker below it, unless it was started with --no-nanny.
    """

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = os.environ | WORKER_ENVIRONMENT | environment
        file = folder / "scheduler.json"
        # Not in the part's folder: the scheduler must do without its modules.
        self.scheduler = self._start(
            "scheduler.log", folder,
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file),
        )  # fmt: skip
        self.workers: list[subprocess.Popen[bytes]] = []
        try:
            wait_until(lambda: file.exists() and file.read_text().endswith("}"))
        except TimeoutError:
            self.close()
            raise
        self.address: str = json.loads(file.read_text())["address"]

    def start_workers(self, count: int, *options: str, apart: bool = False) -> None:
        """Start workers as `make worker` does, and wait until all are there.

        With `apart` each is at an address of its own, as if it were on another machine (Linux).
        """
        wanted = len(self.pids()) + count
        for _ in range(count):
            here = ("--host", f"127.0.0.{2 + len(self.workers)}") if apart else ()
            self.workers.append(
                self._start(
                    f"worker-{len(self.workers)}.log", PART,
                    "worker", self.address, "--nthreads", "1",
                    "--local-directory", str(self.folder), *here, *options,
                )
            )  # fmt: skip
        wait_until(lambda: len(self.pids()) == wanted)

    def pids(self) -> dict[str, int]:
        """The process of each worker that is there now, by its address; of no nanny."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            pids: dict[str, int] = client.run(os.getpid)
        return pids

    def kill_scheduler(self) -> None:
        self.scheduler.kill()
        self.scheduler.wait()

    def close(self) -> None:
        processes = [*self.workers, self.scheduler]
        for process in processes:
            if process.poll() is None:
                # The nanny ends its worker, which is in another process of the session.
                process.terminate()
        for process in processes:
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _start(self, log: str, folder: Path, *command: str) -> "subprocess.Popen[bytes]":
        with open(self.folder / log, "wb") as file:
            return subprocess.Popen(
                [str(DASK), *command, "--no-dashboard"],
                cwd=folder, env=self.environment, stdout=file, stderr=file, start_new_session=True,
            )  # fmt: skip


@contextmanager
def cluster(
    folder: Path, workers: int = 2, *options: str, apart: bool = False, **environment: str
) -> Iterator[Cluster]:
    """A scheduler and workers with one thread each, which are gone when the block ends.

    Parameters
    ----------
    folder : path
        As in `Cluster`.
    workers : int
    *options : str
        Of `dask worker`.
    apart : bool
        As in `Cluster.start_workers`.
    **environment : str
        As in `Cluster`.
    """
    started = Cluster(folder, environment)
    try:
        started.start_workers(workers, *options, apart=apart)
        yield started
    finally:
        started.close()


def wait_until(condition: Callable[[], object], seconds: float = SECONDS) -> None:
    """Wait for something, which must come to be in good time.

    Raises
    ------
    TimeoutError
        When it does not.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.1)
