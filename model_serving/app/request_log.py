"""The request log: a line of JSON for each song and refusal, written before its answer leaves."""

import logging
import os
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from app.errors import ServingError
from app.metrics import metrics
from app.rotation import rotate
from app.settings import settings

FILE = "api_requests.jsonl"
# On a full disk every request loses its line; that is worth a message now and then.
REPORT_SECONDS = 10.0
logger = logging.getLogger("app")


class RequestLog:
    """Appends lines to a file that other processes append to and that may be moved meanwhile.

    Parameters
    ----------
    path : Path
        Its folder is made where it is missing.
    full_bytes : int
        The size from which on a new file is begun; 0 is never.
    keep : int
        How many full files are kept; 0 is all.
    """

    def __init__(self, path: Path, full_bytes: int = 0, keep: int = 0) -> None:
        self.path = path
        self._full_bytes = full_bytes
        self._keep = keep
        self._descriptor = -1
        self._inode: tuple[int, int] | None = None
        self._size = 0  # as far as this process knows
        self._ends_whole = False  # known to end with a whole line
        self._untold = 0  # lines lost since the last message
        self._told = 0.0  # when that was; 0 while all is well

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

    def append(self, lines: list[bytes]) -> None:
        """Write lines of JSON, given without their line breaks.

        A log that fails must not stop predictions: lost lines are counted and told, not raised.
        """
        try:
            self._follow()
            whole = self._write(lines)
            reason = "the line was cut off; is the disk full?"
        except OSError as error:
            whole, reason = 0, str(error.strerror)
        metrics().lines_written.inc(whole)
        self._tell(len(lines) - whole, reason)

    def close(self) -> None:
        """Close the file; the next line opens it again."""
        if self._inode is not None:
            os.close(self._descriptor)
            self._inode = None

    def _follow(self) -> None:
        """Have the file at the path open, and a new one there when it is full."""
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            self._reopen()
            return
        if self._inode != (found.st_dev, found.st_ino):
            self._reopen()
        elif self._size != found.st_size:
            self._size, self._ends_whole = found.st_size, False
        if 0 < self._full_bytes <= self._size:
            try:
                rotate(self.path, self._descriptor, self._keep)
            except OSError as error:
                logger.error("request log %s: no new file: %s", self.path, error.strerror)
            self._reopen()

    def _write(self, lines: list[bytes]) -> int:
        """How many of the lines are in the file."""
        if not self._ends_whole and self._size:
            # A process that was killed, or a disk that was full, may have cut the last line off.
            broken = os.pread(self._descriptor, 1, self._size - 1) not in (b"", b"\n")
        else:
            broken = False
        text = b"\n" * broken + b"\n".join(lines) + b"\n"
        # One write on an O_APPEND descriptor: lines of several workers never interleave.
        written = os.write(self._descriptor, text)
        self._size += written
        self._ends_whole = written == len(text)
        return len(lines) if self._ends_whole else max(0, text[:written].count(b"\n") - broken)

    def _tell(self, lost: int, reason: str) -> None:
        if lost:
            metrics().lines_lost.inc(lost)
            self._untold += lost
            if time.monotonic() - self._told > REPORT_SECONDS:
                logger.error(
                    "request log %s: %d lines are lost: %s", self.path, self._untold, reason
                )
                self._untold, self._told = 0, time.monotonic()
        elif self._told:
            logger.warning(
                "request log %s: written again; %d more lines were lost", self.path, self._untold
            )
            self._untold, self._told = 0, 0.0

    def _reopen(self) -> None:
        self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Also for reading, to see how the last line ends.
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        opened = os.fstat(self._descriptor)
        self._inode = (opened.st_dev, opened.st_ino)
        self._size, self._ends_whole = opened.st_size, False


@cache
def request_log() -> RequestLog:
    """The request log of this process."""
    chosen = settings()
    return RequestLog(chosen.log_dir / FILE, chosen.log_rotate_mib << 20, chosen.log_keep)


def timestamp() -> str:
    """Now, in UTC, as lines of the log say it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
