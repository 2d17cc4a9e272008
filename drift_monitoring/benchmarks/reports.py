"""Time and memory of a batch report and of an online report, each a process of its own.

The request log is made of the production songs, one line in fifty a rejected request.

    python benchmarks/reports.py --train_data TRAIN.csv --prod_data PROD.csv --lines 1000000
"""

import argparse
import csv
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PART = Path(__file__).resolve().parents[1]
DATA = PART.parent / "data_pipeline" / "data"
GENRES = (
    "Blues", "Classical", "Country", "Electronic", "Folk", "Hip-Hop", "Jazz", "Pop", "R&B", "Rock"
)
REJECTED_EVERY = 50


def songs_of(path: Path, features: list[str]) -> Iterator[dict[str, float]]:
    """The features of the songs of a file, over and over, without keeping them in memory.

    What this process has in memory would count as the peak of those that it starts.
    """
    while True:
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield {feature: float(row[feature]) for feature in features}


def write_log(path: Path, songs: Iterator[dict[str, float]], lines: int) -> None:
    """Write a request log in the form of the service's."""
    entry = {
        "timestamp": "2026-11-24T23:04:13.014+00:00",
        "request_id": "72b8de1e0e3a4bd893dc9d092da7cd4d",
        "latency_ms": 0.942,
    }
    answer = {
        "genre": "Rock",
        "confidence": 0.3981510102748871,
        "probabilities": dict.fromkeys(GENRES, 0.10914549231529236),
        "model_version": "1",
    }
    rejected = json.dumps(entry | {"status": 422}) + "\n"
    with open(path, "w", encoding="utf-8") as file:
        for number, song in enumerate(itertools.islice(songs, lines), start=1):
            if number % REJECTED_EVERY:
                file.write(json.dumps(entry | {"status": 200} | answer | song) + "\n")
            else:
                file.write(rejected)


def measure(arguments: list[str]) -> tuple[float, float]:
    """Wall time in seconds and peak memory in MB of analyze_drift.py.

    Raises
    ------
    SystemExit
        When it fails; it has said why.
    """
    start = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, PART / "src" / "analyze_drift.py", *arguments], stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(1)
    return time.monotonic() - start, usage.ru_maxrss / 1024


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--train_data", default=DATA / "train.csv", type=Path)
    parser.add_argument("--prod_data", default=DATA / "prod_sim.csv", type=Path)
    parser.add_argument("--lines", type=int, default=1_000_000, help="of the request log")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "api_requests.jsonl"
        train = ["--train_data", str(arguments.train_data)]
        print(f"{'mode':<8} {'training':>10} {'production':>11} {'seconds':>8} {'peak MB':>8}")
        report = run("batch", [*train, "--prod_data", str(arguments.prod_data)], folder)
        songs = songs_of(arguments.prod_data, list(report["details"]))
        write_log(log, songs, arguments.lines)
        run("online", [*train, "--api_logs", str(log)], folder)
        print(f"request log: {arguments.lines:,} lines, {log.stat().st_size / 1e6:,.0f} MB")
    return 0


def run(mode: str, arguments: list[str], folder: Path) -> dict[str, Any]:
    """Measure one mode, print its row, and return its report."""
    output = folder / f"{mode}.json"
    seconds, megabytes = measure(["--mode", mode, *arguments, "--output", str(output)])
    report: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    print(
        f"{mode:<8} {report['train_samples']:>10,} {report['production_samples']:>11,} "
        f"{seconds:>8.1f} {megabytes:>8.0f}",
        flush=True,
    )
    return report


if __name__ == "__main__":
    sys.exit(main())
