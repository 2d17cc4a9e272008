import errno
import os
import pty
import subprocess
import sys
import termios
from pathlib import Path

import pytest

PART = Path(__file__).resolve().parents[1]
CODE = """
import sys
from src import progress
progress.SILENT_SECONDS = float(sys.argv[1])
with progress.progress("load", 4000, "B") as advance:
    for step in range(4):
        advance(1000)
        if float(sys.argv[1]) == 0:
            import time; time.sleep(0.15)
"""


def on_a_terminal(silent_seconds: float) -> str:
    """What the code shows on a terminal of its own."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    with subprocess.Popen(
        [sys.executable, "-c", CODE, str(silent_seconds)], cwd=PART, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while block := os.read(ours, 1 << 16):
                shown += block
        except OSError as error:
            assert error.errno == errno.EIO  # how Linux says that the other end is closed
        os.close(ours)
    assert process.returncode == 0
    return shown.decode()


def test_on_a_terminal() -> None:
    """On a terminal it shows what is done and how far it has come, and wipes it off at the end."""
    shown = on_a_terminal(silent_seconds=0)
    assert "load:" in shown and "100%" in shown and "4.00k/4.00k" in shown
    assert shown.rsplit("\r", 2)[-2].strip() == ""


def test_what_is_quick_shows_nothing() -> None:
    """What ends within the silent seconds shows nothing at all."""
    assert on_a_terminal(silent_seconds=60) == ""


def test_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    """In a log there is no trace of it."""
    subprocess.run([sys.executable, "-c", CODE, "0"], cwd=PART, check=True)
    assert capfd.readouterr() == ("", "")
