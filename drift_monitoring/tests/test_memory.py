"""What is freed is kept: seen in a process of its own, as it holds for a process from then on."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

PART = Path(__file__).resolve().parents[1]
PAGES = """
import resource
from src.memory import keep_freed_memory
{call}
{fill}
fill()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
fill()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
FILL = """
def fill():
    blocks = [bytearray(b"x") * (1 << 20) for _ in range(16)]
"""


def pages(call: str, fill: str = FILL) -> int:
    """How many pages of memory the system gives to work that was done once before."""
    code = PAGES.format(call=call, fill=fill)
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=PART, capture_output=True, text=True, check=True
    )
    return int(run.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others have other rules")
def test_freed_memory_is_not_asked_for_again() -> None:
    """Sixteen blocks of 1 MB are 4,096 pages, of which none need be new the second time."""
    assert pages("keep_freed_memory()") < 400


def test_the_call_takes_no_memory() -> None:
    """The block of 32 MB, 8,192 pages, is never written to."""
    assert pages("def fill(): keep_freed_memory()", "") < 400
