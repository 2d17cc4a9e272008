"""The request log: one line of JSON for each POST /predict, written before its answer leaves."""

import logging
import os
import time
import uuid
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pydantic_core import to_json
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import ServingError
from app.schemas import Prediction, SpotifyFeatures
from app.settings import settings

FILE = "api_requests.jsonl"
_SERVED = "app.served"  # where the route leaves in the scope what it served
logger = logging.getLogger("app")


class RequestLog:
    """Appends lines to a file that other processes append to and that may be renamed meanwhile.

    Parameters
    ----------
    path : Path
        Its folder is made where it is missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1
        self._inode: tuple[int, int] | None = None
        self._torn = False

    def open(self) -> None:
        """Open the file, so that a folder that cannot be written is known before the first request.

        Raises
        ------
        ServingError
            With the owner that the folder should have.
        """
        try:
            self._reopen()
        except OSError as error:
            user = f"{os.getuid()}:{os.getgid()}"
            raise ServingError(
                f"the request log {self.path} cannot be written by user {user}: {error.strerror}. "
                f"Give that user its folder (sudo chown {user} FOLDER), or start as the folder's "
                'owner (docker run --user "$(id -u):$(id -g)"), or set LOG_DIR to another folder.'
            ) from None

    def append(self, entry: dict[str, Any]) -> None:
        """Write one line; what was rotated away is left alone.

        A full disk must not stop predictions, so a failure is reported and not raised.
        """
        line = to_json(entry) + b"\n"
        if self._torn:
            line = b"\n" + line
        try:
            if self._inode is None or self._inode != self._inode_at_path():
                self._reopen()
            # One write on an O_APPEND descriptor: lines of several workers never interleave.
            self._torn = os.write(self._descriptor, line) < len(line)
            if self._torn:
                logger.error("request log %s: a line was cut off; is the disk full?", self.path)
        except OSError as error:
            logger.error("request log %s: a line is lost: %s", self.path, error.strerror)

    def close(self) -> None:
        """Close the file; the next line opens it again."""
        if self._inode is not None:
            os.close(self._descriptor)
            self._inode = None

    def _reopen(self) -> None:
        self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        opened = os.fstat(self._descriptor)
        self._inode = (opened.st_dev, opened.st_ino)

    def _inode_at_path(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return None
        return (found.st_dev, found.st_ino)


@cache
def request_log() -> RequestLog:
    """The request log of this process."""
    return RequestLog(settings().log_dir / FILE)


def note_served(request: Request, song: SpotifyFeatures, prediction: Prediction) -> None:
    """Leave with a request what its line in the log is to say of the song and the answer."""
    request.scope[_SERVED] = prediction.__dict__ | song.__dict__


class RequestLogMiddleware:
    """Writes the line of each POST /predict and gives the answer its X-Request-ID."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; only those to POST /predict are logged."""
        if scope["type"] != "http" or scope["path"] != "/predict" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        request_id = uuid.uuid4().hex

        def log(status: int) -> None:
            request_log().append(
                {
                    "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
                    "request_id": request_id,
                    "status": status,
                    **scope.get(_SERVED, {}),
                    "latency_ms": round((time.perf_counter() - start) * 1000, 3),
                }
            )

        async def logged_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"x-request-id", request_id.encode()))
                log(message["status"])
            await send(message)

        try:
            await self.app(scope, receive, logged_send)
        except Exception:
            # The answer to it is made outside of this middleware.
            log(500)
            logger.error("request %s failed", request_id)
            raise
