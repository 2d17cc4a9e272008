"""Faults that happen to the service in a container while it is under load, and what they cost."""

import random
from pathlib import Path

from container import Container, docker
from faults import Result, contents, lost_lines, wait_for_losses
from load import Load, Outcome

from app.request_log import FILE


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
    return Result.of(every, contents(folder))


def stop_container(image: str, folder: Path, requests: int) -> Result:
    """Stop a container; it must end by itself."""
    with Container(image, folder) as container:
        with Load(container.port, requests) as load:
            load.wait_for(requests // 2)
            docker("stop", container.name)
            load.stop()
        if container.exit_code() != 0:
            raise SystemExit(f"the container ended with {container.exit_code()}")
    return Result.of(load.outcome, contents(folder))


def fill_container(image: str, requests: int) -> Result:
    """Give a container 1 MiB for its log, and room again when that is full."""
    with Container(image, None) as container:
        with Load(container.port, requests) as load:
            wait_for_losses(container.port)
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
            wait_for_losses(container.port)
            log.unlink()
            folder.chmod(0o700)
        counted = lost_lines(container.port)
    return Result.of(load.outcome, contents(folder), counted)
