"""Time and memory of a command."""

import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """What a command took.

    Attributes
    ----------
    seconds : float
        Wall time, with the start of the program.
    megabytes : float
        Peak resident memory of its largest process: of the command itself or of one that it
        started and waited for, never a sum of several. NaN where it was not measured.
    cpu_seconds : float
        Of the command and of all that it started and waited for. NaN where it was not measured.
    """

    seconds: float
    megabytes: float
    cpu_seconds: float = math.nan


def measure(
    command: Sequence[str], folder: Path, variables: Mapping[str, str], repeats: int = 1
) -> Measured:
    """Run a command in a folder, several times if need be, and take the medians.

    Parameters
    ----------
    command : sequence of str
    folder : path
        Where to run it.
    variables : mapping
        Environment variables beside those that are set.
    repeats : int

    Raises
    ------
    SystemExit
        When the command fails; what it said is printed.
    """
    runs = [_once(command, folder, variables) for _ in range(repeats)]
    return Measured(
        statistics.median(run.seconds for run in runs),
        statistics.median(run.megabytes for run in runs),
        statistics.median(run.cpu_seconds for run in runs),
    )


def _once(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> Measured:
    with open(folder / "output.txt", "w+b") as output:
        start = time.monotonic()
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | variables, stdout=output, stderr=output
        )
        # os.wait4 and not Popen.wait: it alone tells the memory. ru_maxrss is in kB on Linux, in
        # bytes on macOS.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            said = output.read().decode(errors="replace")
            sys.exit(f"{said}\n{' '.join(command)} ended with {process.returncode}")
    unit = 1e6 if sys.platform == "darwin" else 1e3 / 1.024
    return Measured(seconds, usage.ru_maxrss / unit, usage.ru_utime + usage.ru_stime)
