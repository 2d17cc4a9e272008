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
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
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


def write_log(
    path: Path, songs: Iterator[dict[str, float]], lines: int, kind: str = "service"
) -> None:
    """Write a request log in the form of the service's, or of short lines without answers."""
    start = datetime(2026, 11, 1, tzinfo=UTC)
    answer = {
        "genre": "Rock",
        "confidence": 0.3981510102748871,
        "probabilities": dict.fromkeys(GENRES, 0.10914549231529236),
        "model_version": "1",
    }
    with open(path, "w", encoding="utf-8") as file:
        for number, song in enumerate(itertools.islice(songs, lines), start=1):
            time = start + timedelta(seconds=number)
            entry: dict[str, Any] = {
                "timestamp": time.isoformat(timespec="milliseconds"),
                "request_id": f"{number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 128):032x}",
            }
            if kind == "short":
                entry |= song
            elif number % REJECTED_EVERY:
                entry |= {"latency_ms": 0.942, "status": 200} | answer | song
            else:
                entry |= {"latency_ms": 0.942, "status": 422}
            file.write(json.dumps(entry, separators=(",", ":")) + "\n")


def measure(command: Sequence[str]) -> tuple[float, float]:
    """Wall time in seconds and peak memory in MB of a command.

    Raises
    ------
    SystemExit
        When it fails; it has said why.
    """
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
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
    analyze = [sys.executable, str(PART / "src" / "analyze_drift.py")]
    seconds, megabytes = measure([*analyze, "--mode", mode, *arguments, "--output", str(output)])
    report: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    print(
        f"{mode:<8} {report['train_samples']:>10,} {report['production_samples']:>11,} "
        f"{seconds:>8.1f} {megabytes:>8.0f}",
        flush=True,
    )
    return report


if __name__ == "__main__":
    sys.exit(main())
