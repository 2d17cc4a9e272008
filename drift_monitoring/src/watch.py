"""Compare the request log with training again and again, until somebody ends it."""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

COMMAND = Path(__file__).with_name("analyze_drift.py")
EVERY = "DRIFT_EVERY_SECONDS"
HOUR = 3600
# A run of ten million requests takes minutes.
GRACE_SECONDS = 600
SIGNALS = (signal.SIGTERM, signal.SIGINT)
EXIT_CODES = (
    "Exit codes: 0 ended by SIGTERM or Ctrl-C, or with --check a run ended not long ago; 1 with "
    "--check, none did; 2 wrong usage."
)


def watch(analysis: list[str], every: float, heartbeat: Path) -> None:
    """Run analyze_drift.py with these arguments, wait, and begin again.

    Each run is a process of its own: what it needs of memory is given back, and a run that fails
    ends nothing. It says itself why it failed.

    Parameters
    ----------
    analysis : list of str
        The arguments of analyze_drift.py.
    every : float
        Seconds from the start of one run to the start of the next; one that takes longer is
        followed by the next at once.
    heartbeat : path
        A file that is touched after each run, whatever came of it.
    """
    while True:
        start = time.monotonic()
        code = _run([sys.executable, str(COMMAND), *analysis])
        pause = max(0.0, every - (time.monotonic() - start))
        said = "" if code == 0 else f"no report this time (exit code {code}); "
        print(f"watch: {said}next run in {pause:.0f} s", flush=True)
        heartbeat.touch()
        time.sleep(pause)


def _run(command: list[str]) -> int:
    """The exit code of a command, which is ended if this process is."""
    process = None
    try:
        with _told_later():
            process = subprocess.Popen(command)
        return process.wait()
    finally:
        if process and process.poll() is None:
            process.kill()
            process.wait()


@contextmanager
def _told_later() -> Iterator[None]:
    """A signal to end is obeyed when the block has ended, and knows of what it began."""
    told: list[int] = []
    for number in SIGNALS:
        signal.signal(number, lambda number, frame: told.append(number))
    try:
        yield
    finally:
        _end_by_signals()
    if told:
        raise SystemExit(0)


def is_alive(every: float, heartbeat: Path) -> bool:
    """Whether a run ended within the time between two, and ten minutes more."""
    try:
        return time.time() - heartbeat.stat().st_mtime < every + GRACE_SECONDS
    except FileNotFoundError:
        return False


def _end_by_signals() -> None:
    for number in SIGNALS:
        signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 86400 * 365:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of seconds from 1 to a year ({EVERY})"
        )
    return seconds


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    parser.add_argument(
        "--every",
        type=_seconds,
        default=os.environ.get(EVERY) or str(HOUR),
        help=f"seconds between the starts of two runs (default: {EVERY}, or {HOUR})",
    )
    parser.add_argument(
        "--heartbeat",
        type=Path,
        default="/tmp/drift-heartbeat",
        help="file that is touched after each run (default: %(default)s)",
    )
    parser.add_argument(
        "--check", action="store_true", help="do nothing but look whether a run ended lately"
    )
    parser.add_argument(
        "analysis", nargs="*", help="after --, the options of analyze_drift.py; see its --help"
    )
    arguments = parser.parse_args(argv)
    if arguments.check:
        return 0 if is_alive(arguments.every, arguments.heartbeat) else 1
    _end_by_signals()
    watch(arguments.analysis, arguments.every, arguments.heartbeat)
    return 0


if __name__ == "__main__":
    sys.exit(main())
