"""The service as a process of its own, on a free port."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Self

PART = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0  # on a machine that does much else


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    """Ask again and again until something is so; fail when it takes too long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for: {what}"
        time.sleep(0.02)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def get(port: int, path: str) -> tuple[int, bytes]:
    """Status and body of what a service on this machine answers.

    For what is asked again and again: each call of httpx2.get reads all certificates first.
    """
    with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()


def is_ready(port: int) -> bool:
    """Whether /ready says yes."""
    try:
        return get(port, "/ready")[0] == 200
    except (OSError, HTTPException):
        return False


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the service where it is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=PART,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


class Server:
    """`python -m app`, up and ready within a with block."""

    def __init__(
        self, model_dir: Path, log_dir: Path, workers: int = 1, **variables: str
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {
            "MODEL_DIR": str(model_dir),
            "LOG_DIR": str(log_dir),
            "WEB_CONCURRENCY": str(workers),
            "PORT": str(self.port),
            **variables,
        }
        self.output = ""

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app"],
            cwd=PART,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            wait_for(self._is_ready, "the server", START_SECONDS)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _is_ready(self) -> bool:
        if self.process.poll() is not None:
            self.end()
            raise AssertionError(f"the server has ended: {self.output}")
        return is_ready(self.port)

    def terminate(self) -> None:
        """Send SIGTERM, as 'docker stop' does."""
        self.process.send_signal(signal.SIGTERM)

    def interrupt(self) -> None:
        """Send SIGINT, as Ctrl-C does; nothing is drained then."""
        self.process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """Wait for the end; what the server has printed is in `output` then."""
        self.output, _ = self.process.communicate(timeout=10)
        return self.process.returncode

    def __exit__(self, *raised: object) -> None:
        if self.process.poll() is None:
            self.interrupt()
            try:
                self.end()
            finally:
                self.process.kill()
