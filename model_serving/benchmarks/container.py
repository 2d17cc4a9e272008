"""The service in a container, for the faults that only a container has."""

import os
import subprocess
import uuid
from pathlib import Path
from typing import Self

from server import free_port, is_ready, wait_for

# A start takes half a second, and many on a machine that is busy with other things.
PATIENCE_SECONDS = 60


def docker(*arguments: str) -> bytes:
    """Run docker; what it prints.

    Raises
    ------
    SystemExit
        With what docker says, when it fails.
    """
    ended = subprocess.run(["docker", *arguments], capture_output=True, timeout=120, check=False)
    if ended.returncode:
        raise SystemExit(f"docker {' '.join(arguments)}: {ended.stderr.decode().strip()}")
    return ended.stdout


class Container:
    """A container of the service, up and ready within a with block.

    It runs as the user who starts it and without any capability, so that the permissions of the
    log folder hold for root too. Its network is the machine's: before a published port stands a
    proxy of Docker's, which takes connections also when nothing listens behind it.

    Parameters
    ----------
    image : str
    log_dir : Path or None
        A folder of this machine for the log; None gives it a small one in memory.
    memory : str
        The size of the latter.
    port : int or None
        Where it listens; None finds a free one.
    """

    def __init__(
        self, image: str, log_dir: Path | None, memory: str = "1m", port: int | None = None
    ) -> None:
        user = f"{os.getuid()}:{os.getgid()}"
        folder = (
            ["--volume", f"{log_dir}:/app/logs"]
            if log_dir
            else ["--tmpfs", f"/app/logs:size={memory},uid={os.getuid()},mode=700"]
        )
        self.name = f"spotify-api-{uuid.uuid4().hex}"
        self._command = ["run", "--detach", "--name", self.name, "--read-only", "--cap-drop", "ALL"]
        self.port = port or free_port()
        self._command += ["--user", user, "--network", "host", "--env", f"PORT={self.port}"]
        self._command += [*folder, image]

    def __enter__(self) -> Self:
        docker(*self._command)
        try:
            wait_for(lambda: is_ready(self.port), "the container", PATIENCE_SECONDS)
        except BaseException:
            self._tell()
            self.remove()
            raise
        return self

    def __exit__(self, *raised: object) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove the container, whatever it does."""
        docker("rm", "--force", "--volumes", self.name)

    def shell(self, command: str) -> bytes:
        """Run a command in the container, as its user; what it prints."""
        return docker("exec", self.name, "sh", "-c", command)

    def exit_code(self) -> int:
        """Of a container that has ended."""
        return int(docker("inspect", "--format", "{{.State.ExitCode}}", self.name))

    def _tell(self) -> None:
        """Show what the service said, of one that did not get ready."""
        subprocess.run(["docker", "logs", self.name], check=False)
