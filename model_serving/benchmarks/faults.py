"""Faults that happen to the service as a process while it is under load, and what they cost."""

import json
import os
import random
import resource
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from load import Load, Outcome
from server import Server, get, wait_for

from app.request_log import FILE


@dataclass(frozen=True)
class Result:
    """What a fault did.

    Attributes
    ----------
    answered, cut_off : int
        Requests that were answered, and those that were sent and not answered.
    missing : int
        Answered requests without a line.
    torn : int
        Lines that are not whole.
    counted : int
        Lines that the service says it lost.
    """

    answered: int
    cut_off: int
    missing: int
    torn: int
    counted: int

    @classmethod
    def of(cls, outcome: Outcome, logs: Sequence[bytes], counted: int = 0) -> "Result":
        """Compare what was answered with the lines of all files of the log."""
        logged, torn = set(), 0
        for line in (line for log in logs for line in log.split(b"\n") if line):
            try:
                logged.add(json.loads(line)["request_id"])
            except ValueError:
                torn += 1
        missing = len(outcome.answered.keys() - logged)
        return cls(len(outcome.answered), len(outcome.cut_off), missing, torn, counted)


Fault = Callable[[Server, Path], None]


def kill(server: Server, log: Path) -> None:
    """End the process at once."""
    server.process.kill()
    server.end()


def terminate(server: Server, log: Path) -> None:
    """Let the process end as `docker stop` does."""
    server.terminate()
    if server.end() != 0:
        raise SystemExit(f"the service ended with {server.process.returncode}: {server.output}")


def rename(server: Server, log: Path) -> None:
    """Rotate as logrotate does."""
    log.rename(log.with_name(f"{FILE}.{random.getrandbits(32)}"))


def copy_and_truncate(server: Server, log: Path) -> None:
    """Rotate as logrotate does with copytruncate."""
    shutil.copyfile(log, log.with_name(f"{FILE}.{random.getrandbits(32)}"))
    os.truncate(log, 0)


def remove_folder(server: Server, log: Path) -> None:
    """Remove the log with its folder; what was in it is kept elsewhere, to be counted."""
    kept = log.parent.parent / f"{FILE}.{random.getrandbits(32)}"
    os.link(log, kept)
    shutil.rmtree(log.parent)


def fill_up(server: Server, log: Path) -> None:
    """Let the log grow by 20 kB more and then no further, as on a full disk, for a while."""
    size = log.stat().st_size + 20_000
    unlimited = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, unlimited[1]))
    wait_for_losses(server.port)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, unlimited)


def nothing(server: Server, log: Path) -> None:
    """Let the service do what it does by itself, which is to rotate by size."""


@dataclass(frozen=True)
class Scenario:
    """A fault, how often it happens, and to how many workers with which settings.

    Where the service is to end, so many more requests are sent that it ends under load.
    """

    fault: Fault
    times: int = 1
    workers: int = 1
    rotate: bool = False
    more: int = 0


SCENARIOS = {
    "kill -9": Scenario(kill),
    "SIGTERM": Scenario(terminate, more=100_000),
    "SIGTERM, 2 workers": Scenario(terminate, workers=2, more=100_000),
    "log renamed 5 times, 2 workers": Scenario(rename, times=5, workers=2),
    "log copied and truncated 5 times": Scenario(copy_and_truncate, times=5),
    "log folder removed 5 times": Scenario(remove_folder, times=5),
    "disk full for a while": Scenario(fill_up),
    "rotation at 1 MiB, 2 workers": Scenario(nothing, workers=2, rotate=True),
}


def try_process(scenario: Scenario, model_dir: Path, folder: Path, requests: int) -> Result:
    """Let a fault happen to the service as a process.

    Parameters
    ----------
    scenario : Scenario
    model_dir : Path
    folder : Path
        An empty one.
    requests : int
        How many are sent, where the service lives on.

    Returns
    -------
    Result
    """
    log = folder / "logs" / FILE
    variables = {"LOG_ROTATE_MIB": "1"} if scenario.rotate else {}
    counted = 0
    with Server(model_dir, log.parent, scenario.workers, **variables) as server:
        with Load(server.port, requests + scenario.more) as load:
            for number in range(scenario.times):
                load.wait_for(int(requests * (number + random.uniform(0.1, 0.9)) / scenario.times))
                scenario.fault(server, log)
                if server.process.poll() is not None:
                    load.stop()
        if server.process.poll() is None:
            counted = lost_lines(server.port)
    return Result.of(load.outcome, contents(folder), counted)


def lost_lines(port: int) -> int:
    """How many lines of the log the service says it has lost."""
    text = get(port, "/metrics")[1].decode()
    name = "spotify_request_log_lines_lost_total "
    return sum(int(float(line.split()[1])) for line in text.splitlines() if line.startswith(name))


def wait_for_losses(port: int, lines: int = 100) -> None:
    """Wait until the service says that it has lost so many lines."""
    wait_for(lambda: lost_lines(port) >= lines, f"{lines} lines to be lost")


def contents(folder: Path) -> list[bytes]:
    """The content of every file of a log."""
    return [file.read_bytes() for file in sorted(folder.rglob("*.jsonl*"))]
