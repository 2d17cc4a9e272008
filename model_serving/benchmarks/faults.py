"""What is lost when something goes wrong under load: a table in Markdown.

    python benchmarks/faults.py --model_dir models [--image spotify-api] [--requests N] [--times N]

Each fault happens to a real service while requests come over 32 connections. With --image, which
needs Docker, it happens to containers too.
"""

import argparse
import json
import os
import random
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PART = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PART))

import httpx2
from container import Container, docker
from load import Load, Outcome
from server import Server

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
    while lost_lines(server.port) < 100:
        pass
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
    return Result.of(load.outcome, _contents(folder), counted)


def kill_container(image: str, folder: Path, requests: int, number: int) -> Outcome:
    """Send requests to a container that is killed meanwhile; what became of them."""
    with Container(image, folder) as container:
        with Load(container.port, requests, name=f"kill-{number}") as load:
            load.wait_for(random.randrange(requests // 10, requests * 9 // 10))
            docker("kill", "--signal", "KILL", container.name)
            load.stop()
    return load.outcome


def kill_containers(image: str, folder: Path, requests: int, times: int) -> Result:
    """Kill one container after another, each of which goes on with the log of the former."""
    every = Outcome()
    for number in range(times):
        outcome = kill_container(image, folder, requests, number)
        every.answered |= outcome.answered
        every.cut_off += outcome.cut_off
    return Result.of(every, _contents(folder))


def stop_container(image: str, folder: Path, requests: int) -> Result:
    """Stop a container; it must end by itself."""
    with Container(image, folder) as container:
        with Load(container.port, requests) as load:
            load.wait_for(requests // 2)
            docker("stop", container.name)
            load.stop()
        if container.exit_code() != 0:
            raise SystemExit(f"the container ended with {container.exit_code()}")
    return Result.of(load.outcome, _contents(folder))


def fill_container(image: str, requests: int) -> Result:
    """Give a container 1 MiB for its log, and room again when that is full."""
    with Container(image, None) as container:
        with Load(container.port, requests) as load:
            while lost_lines(container.port) < 100:
                pass
            whole = container.shell(f"cat /app/logs/{FILE}; : > /app/logs/{FILE}")
        log = container.shell(f"cat /app/logs/{FILE}")
        counted = lost_lines(container.port)
    return Result.of(load.outcome, [whole, log], counted)


def close_folder(image: str, folder: Path, requests: int) -> Result:
    """Make a container's log folder read-only, rotate, and open it again."""
    log = folder / FILE
    with Container(image, folder) as container:
        with Load(container.port, requests) as load:
            load.wait_for(requests // 4)
            log.rename(folder / f"{FILE}.1")
            folder.chmod(0o500)
            log.touch(0o400)
            while lost_lines(container.port) < 100:
                pass
            log.unlink()
            folder.chmod(0o700)
        counted = lost_lines(container.port)
    return Result.of(load.outcome, _contents(folder), counted)


def lost_lines(port: int) -> int:
    """How many lines of the log the service says it has lost."""
    text = httpx2.get(f"http://127.0.0.1:{port}/metrics").text
    name = "spotify_request_log_lines_lost_total "
    return sum(int(float(line.split()[1])) for line in text.splitlines() if line.startswith(name))


def _contents(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in sorted(folder.rglob("*.jsonl*"))]


def main(argv: Sequence[str] | None = None) -> int:
    """Try every fault and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model_dir", type=Path, default=PART / "models")
    parser.add_argument("--image", help="an image of the service, to try containers too")
    parser.add_argument("--requests", type=int, default=20_000, help="(%(default)s)")
    parser.add_argument("--times", type=int, default=10, help="containers killed (%(default)s)")
    chosen = parser.parse_args(argv)
    trials: dict[str, Callable[[Path], Result]] = {
        name: lambda folder, scenario=scenario: try_process(  # type: ignore[misc]
            scenario, chosen.model_dir.resolve(), folder, chosen.requests
        )
        for name, scenario in SCENARIOS.items()
    }
    if chosen.image:
        trials |= {
            f"container killed {chosen.times} times": lambda folder: kill_containers(
                chosen.image, folder, chosen.requests, chosen.times
            ),
            "container stopped": lambda f: stop_container(chosen.image, f, chosen.requests),
            "log folder full, container": lambda f: fill_container(chosen.image, chosen.requests),
            "log folder read-only, container": lambda f: close_folder(
                chosen.image, f, chosen.requests
            ),
        }
    print("| fault | answered | cut off | answered without a line | counted as lost | torn |")
    print("|---|---|---|---|---|---|")
    for name, attempt in trials.items():
        with tempfile.TemporaryDirectory() as folder:
            found = attempt(Path(folder))
        numbers = (found.answered, found.cut_off, found.missing, found.counted, found.torn)
        print(f"| {name} |", " | ".join(f"{number:,}" for number in numbers), "|", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
