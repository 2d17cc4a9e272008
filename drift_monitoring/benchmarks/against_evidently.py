"""Time and memory of our batch report and of Evidently's, whole processes on the same two files.

Both read the 12 features of two CSV files and write a report as JSON and as HTML. They take turns.

    python benchmarks/against_evidently.py --evidently PYTHON --train_data TRAIN.csv \\
        --prod_data PROD.csv

PYTHON is the interpreter of an environment of requirements-evidently.txt.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "data_pipeline" / "data"


def measure(command: Sequence[str | Path], output: Path) -> tuple[float, float]:
    """Wall time in seconds and peak memory in MB of a process that writes two reports.

    Raises
    ------
    SystemExit
        When it fails (it has said why), or lacks a report.
    """
    reports = output, output.with_suffix(".html")
    for report in reports:
        report.unlink(missing_ok=True)
    start = time.monotonic()
    process = subprocess.Popen([*command, output], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    if status:
        sys.exit(1)
    for report in reports:
        if not report.is_file():
            sys.exit(f"against_evidently: there is no {report.name} of {command[1]}")
    return seconds, usage.ru_maxrss / 1024


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--evidently", metavar="PYTHON", required=True)
    parser.add_argument("--train_data", default=DATA / "train.csv", type=Path)
    parser.add_argument("--prod_data", default=DATA / "prod_sim.csv", type=Path)
    parser.add_argument("--pairs", type=int, default=3)
    arguments = parser.parse_args()
    train, prod = arguments.train_data, arguments.prod_data
    analyze = HERE.parent / "src" / "analyze_drift.py"
    files = ["--train_data", train, "--prod_data", prod]
    commands: dict[str, list[str | Path]] = {
        "ours": [sys.executable, analyze, "--mode", "batch", *files, "--output"],
        "Evidently": [arguments.evidently, HERE / "evidently_report.py", train, prod],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    print("| | seconds | peak MB |\n|---|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(arguments.pairs):
            for name, command in commands.items():
                took, megabytes = measure(command, Path(folder) / f"{name}.json")
                seconds[name].append(took)
                print(f"| {name} | {took:.2f} | {megabytes:.0f} |", flush=True)
    ratios = [
        theirs / our for our, theirs in zip(seconds["ours"], seconds["Evidently"], strict=True)
    ]
    print(
        f"\nEvidently takes {median(ratios):.1f} times as long "
        f"({min(ratios):.1f} to {max(ratios):.1f}; medians {median(seconds['ours']):.2f} s "
        f"and {median(seconds['Evidently']):.2f} s)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
