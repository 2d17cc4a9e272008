"""What reading a request log on a Dask cluster costs against one machine, to the same report.

Scheduler and workers are real processes, here; with fewer cores than workers they share these. All
take turns, after each has made a report; seconds and CPU time are medians, memory is the most. The
log is made of the production songs, some of its files packed. Most of its files are further names
of a few distinct ones, so that a log of any length takes no disk; it is read as if it were whole.
Needs requirements-dask.txt:

    .venv-dask/bin/python benchmarks/on_cluster.py --lines 10000000 --files 1000 --workers 1 2 4
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from dask_cluster import Cluster, cluster
from reports import DATA, songs_of, write_log

PART = Path(__file__).resolve().parents[1]
DISTINCT = 10
PACKED_EVERY = 5
HEAD = (
    f"{'read by':<12} {'seconds':>8} {'from':>8} {'to':>8} {'CPU s':>8} {'client MB':>10} "
    f"{'worker MB':>10}  report"
)


@dataclass(frozen=True)
class Measured:
    """One run.

    Attributes
    ----------
    seconds, cpu_seconds : float
        CPU time is that of the command and of all processes or workers that read for it.
    client_mb, worker_mb : float
        Peak of the largest process that the command is made of, and of the largest worker; 0
        without workers.
    report : dict
        Without its timestamp.
    """

    seconds: float
    cpu_seconds: float
    client_mb: float
    worker_mb: float
    report: dict[str, Any]


def make_log(folder: Path, prod_data: Path, lines: int, files: int, features: list[str]) -> None:
    """Write so many lines, about, to so many files, every fifth of which is packed."""
    songs = songs_of(prod_data, features)
    made: list[Path] = []
    for number in range(files):
        if number < DISTINCT:
            path = folder / f"{number:06}.jsonl"
            write_log(path, songs, lines // files)
            if number % PACKED_EVERY == 0:
                subprocess.run(["gzip", str(path)], check=True)
                path = path.with_name(path.name + ".gz")
            made.append(path)
        else:
            source = made[number % len(made)]
            (folder / f"{number:06}{''.join(source.suffixes)}").hardlink_to(source)


def measure(command: list[str], output: Path, cores: set[int], there: Cluster | None) -> Measured:
    """Run the command on some cores, by the workers of a cluster if there is one.

    Raises
    ------
    SystemExit
        When it fails; it has said why.
    """
    command = [*command, "--output", str(output)]
    before = _workers_usage(there)
    start = time.monotonic()
    process = subprocess.Popen(
        [*command, "--scheduler", there.address] if there else command,
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    if status:
        sys.exit(1)
    after = _workers_usage(there)
    worked = sum(cpu - before[worker][0] for worker, (cpu, _) in after.items())
    report: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    del report["timestamp"]
    return Measured(
        seconds,
        usage.ru_utime + usage.ru_stime + worked,
        usage.ru_maxrss / 1024,
        max((peak for _, peak in after.values()), default=0.0),
        report,
    )


def _workers_usage(there: Cluster | None) -> dict[str, tuple[float, float]]:
    """CPU seconds and peak MB of each worker, by address."""
    if there is None:
        return {}
    from distributed import Client

    with Client(there.address, set_as_default=False) as client:
        found = client.run(resource.getrusage, resource.RUSAGE_SELF)
        return {
            worker: (usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
            for worker, usage in found.items()
        }


@contextmanager
def runs(
    command: list[str], folder: Path, workers: list[int]
) -> Iterator[dict[str, Callable[[], Measured]]]:
    """What is measured: one core, all cores, and clusters of some sizes, which all wait."""
    cores = os.sched_getaffinity(0)
    found = {
        "one process": lambda: measure(command, folder / "one.json", {min(cores)}, None),
        "processes": lambda: measure(command, folder / "processes.json", cores, None),
    }
    with ExitStack() as stack:
        for count in workers:
            place = folder / f"cluster{count}"
            place.mkdir()
            there = stack.enter_context(cluster(place, count))
            found[f"{count} worker{'s' * (count > 1)}"] = partial(
                measure, command, folder / f"{count}.json", cores, there
            )
        yield found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--train_data", default=DATA / "train.csv", type=Path)
    parser.add_argument("--prod_data", default=DATA / "prod_sim.csv", type=Path)
    parser.add_argument("--lines", type=int, default=1_000_000, help="of the request log")
    parser.add_argument("--files", type=int, default=100, help="that it is in")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--turns", type=int, default=3, help="of all that is measured")
    parser.add_argument("--json", type=Path, help="where the figures are written too")
    arguments = parser.parse_args()
    sys.path.insert(0, str(PART))
    from src.features import FEATURES

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "logs"
        log.mkdir()
        make_log(log, arguments.prod_data, arguments.lines, arguments.files, list(FEATURES))
        size = sum(file.stat().st_size for file in log.iterdir())
        command = [sys.executable, str(PART / "src" / "analyze_drift.py"), "--mode", "online"]
        command += ["--train_data", str(arguments.train_data), "--api_logs", str(log)]
        print(f"{arguments.lines:,} lines in {arguments.files:,} files of {size / 1e6:,.0f} MB")
        print(HEAD, flush=True)
        with runs(command, folder, arguments.workers) as takes:
            rows = _table(takes, arguments.turns)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0 if all(row["equal"] for row in rows) else 1


def _table(takes: dict[str, Callable[[], Measured]], turns: int) -> list[dict[str, Any]]:
    """Print a row for each that is measured; the rows."""
    measured: dict[str, list[Measured]] = {name: [] for name in takes}
    # The first reports are for the workers to load their libraries.
    for turn in range(turns + 1):
        for name, take in takes.items():
            found = take()
            if turn:
                measured[name].append(found)
    (first, *_), *_ = measured.values()
    rows: list[dict[str, Any]] = []
    for name, own in measured.items():
        row: dict[str, Any] = {
            "name": name,
            "seconds": median(one.seconds for one in own),
            "fastest": min(one.seconds for one in own),
            "slowest": max(one.seconds for one in own),
            "cpu_seconds": median(one.cpu_seconds for one in own),
            "client_mb": max(one.client_mb for one in own),
            "worker_mb": max(one.worker_mb for one in own),
            "equal": all(one.report == first.report for one in own),
        }
        print(
            "{name:<12} {seconds:>8.2f} {fastest:>8.2f} {slowest:>8.2f} {cpu_seconds:>8.1f} "
            "{client_mb:>10.0f} {worker_mb:>10.0f}  ".format(**row)
            + ("the same" if row["equal"] else "ANOTHER")
        )
        rows.append(row)
    return rows


if __name__ == "__main__":
    sys.exit(main())
