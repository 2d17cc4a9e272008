"""Time and memory of our online report, and of DuckDB that only reads the same request log.

The reference is a profile, as in production. Whole processes, which take turns. Two logs are made
of the production songs: with lines as the service writes them, and with short ones (features, time
and id, no answers).

    python benchmarks/against_duckdb.py --duckdb PYTHON --train_data TRAIN.csv --prod_data PROD.csv

PYTHON is the interpreter of an environment of requirements-duckdb.txt.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from against_evidently import DATA, HERE
from reports import measure, songs_of, write_log

ANALYZE = HERE.parent / "src" / "analyze_drift.py"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--duckdb", metavar="PYTHON", required=True)
    parser.add_argument("--train_data", default=DATA / "train.csv", type=Path)
    parser.add_argument("--prod_data", default=DATA / "prod_sim.csv", type=Path)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        features = _profile(arguments, folder)
        for kind in ("short", "service"):
            log = folder / f"{kind}.jsonl"
            write_log(log, songs_of(arguments.prod_data, features), arguments.lines, kind)
            size = log.stat().st_size / 1e6
            print(f"\n{arguments.lines:,} {kind} lines, {size:,.0f} MB\n")
            _turns(arguments, folder, log)
            log.unlink()
    return 0


def _profile(arguments: argparse.Namespace, folder: Path) -> list[str]:
    """Write a profile of the training songs; the names of the features."""
    files = ["--train_data", arguments.train_data, "--prod_data", arguments.prod_data]
    report = folder / "batch.json"
    subprocess.run(
        [sys.executable, ANALYZE, "--mode", "batch", *files, "--output", report,
         "--save-profile", folder / "profile.npz"],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return list(json.loads(report.read_text(encoding="utf-8"))["details"])


def _turns(arguments: argparse.Namespace, folder: Path, log: Path) -> None:
    read: list[str] = [arguments.duckdb, str(HERE / "duckdb_read.py"), str(log)]
    commands: dict[str, list[str]] = {
        "our report": [
            sys.executable, str(ANALYZE), "--mode", "online", "--api_logs", str(log),
            "--profile", str(folder / "profile.npz"), "--output", str(folder / "online.json"),
        ],
        "DuckDB reads the features": [*read, "features"],
        "DuckDB reads what the report uses": [*read, "columns"],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    peaks: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(arguments.pairs):
        for name, command in commands.items():
            took, megabytes = measure(command)
            seconds[name].append(took)
            peaks[name].append(megabytes)
    print("| | seconds, median | from | to | peak MB of a process | ours takes |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, own in seconds.items():
        pairs = zip(seconds["our report"], own, strict=True)
        ratio = median(ours / theirs for ours, theirs in pairs)
        print(
            f"| {name} | {median(own):.2f} | {min(own):.2f} | {max(own):.2f} "
            f"| {max(peaks[name]):.0f} | {ratio:.1f} times as long |"
        )


if __name__ == "__main__":
    sys.exit(main())
