"""nginx, with the configuration that the repository offers, before replicas of the service."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import httpx2
from server import PART, free_port, is_ready, wait_for

OFFERED = PART / "nginx" / "spotify-api.conf"
# What a distribution's nginx.conf has around it, but in a folder of its own and for any user.
AROUND = """
daemon off;
pid nginx.pid;
error_log stderr notice;
worker_processes 2;
events {{}}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
{offered}
}}
"""


class ReverseProxy:
    """nginx, up within a with block.

    Parameters
    ----------
    folder : Path
        For its files.
    ports : sequence of int
        Where the replicas listen on this machine; three, as in the configuration.
    """

    def __init__(self, folder: Path, ports: Sequence[int]) -> None:
        self.port = free_port()
        self._log = folder / "error.log"
        self._configuration = folder / "nginx.conf"
        offered = OFFERED.read_text()
        for offered_port, port in zip((8001, 8002, 8003), ports, strict=True):
            offered = replaced(offered, f"127.0.0.1:{offered_port} ", f"127.0.0.1:{port} ")
        offered = replaced(offered, "listen 8080;", f"listen 127.0.0.1:{self.port};")
        self._configuration.write_text(AROUND.format(offered=offered))

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [nginx(), "-p", self._configuration.parent, "-c", self._configuration],
                stdout=log,
                stderr=log,
            )
        wait_for(self._answers, "nginx to answer")
        return self

    def __exit__(self, *raised: object) -> None:
        self._process.terminate()
        self._process.wait(10)

    def version_served(self) -> str:
        """The version of the model that answers a song."""
        answer = httpx2.get(f"http://127.0.0.1:{self.port}/model")
        return str(answer.raise_for_status().json()["version"])

    def complaints(self) -> list[str]:
        """What nginx says of replicas: each request that it sent to a second one, for a start."""
        return re.findall(r"\[(?:warn|error|crit|emerg)\].*", self._log.read_text())

    def _answers(self) -> bool:
        assert self._process.poll() is None, self._log.read_text()
        return is_ready(self.port)


def nginx() -> str:
    """The program."""
    # Debian's, where a user's PATH does not lead.
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    assert found, "there is no nginx here: sudo apt-get install nginx-light, or brew install nginx"
    return found


def replaced(text: str, old: str, new: str) -> str:
    """A text with the one place changed that says something."""
    assert text.count(old) == 1, f"{OFFERED} says {old!r} {text.count(old)} times"
    return text.replace(old, new)
