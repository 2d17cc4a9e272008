"""`process` on tables in parts: one process beside a scheduler and 1, 2, 4 ... worker processes.

    .venv-dask/bin/python benchmarks/parts.py --rows 550000 --parts 16 --workers 1 2 4

Sample songs are made in parts (those that are there from an earlier run are taken again), and
listed by `load`. Each run is a process of its own. Its outputs must be those of the single process,
byte for byte. Seconds are wall time with the start of the program, the workers running already; CPU
seconds are those of the client with all that it starts, and of all workers together; MB is peak
resident memory of the client, and of the worker that needed most.
"""

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from dask_cluster import cluster
from measure import measure

PART = Path(__file__).resolve().parents[1]
OUTPUTS = ("train.csv", "prod_sim.csv")


@dataclass(frozen=True)
class Run:
    """What `process` took.

    Attributes
    ----------
    rows, parts, workers : int
        With 0 workers, one process did all.
    cores : int
        To which all processes together were held.
    seconds : float
    client_cpu, worker_cpu : float
        CPU seconds: of `process` and all that it started, and of all workers together.
    client_megabytes, worker_megabytes : float
        Peaks; of the worker that needed most, 0 where there was none.
    """

    rows: int
    parts: int
    workers: int
    cores: int
    seconds: float
    client_cpu: float
    worker_cpu: float
    client_megabytes: float
    worker_megabytes: float


def make_parts(folder: Path, rows: int, parts: int) -> Path:
    """Make sample songs in parts, each with a seed of its own, and list them.

    Ids repeat nowhere but by chance; 2 % of the songs are unusable.
    """
    source = folder / f"{rows}-in-{parts}"
    source.mkdir(parents=True, exist_ok=True)
    for number in range(parts):
        path = source / f"{number:05}.csv"
        if not path.exists():
            share = rows // parts + (number < rows % parts)
            _python("src/sample.py", "--rows", share, "--seed", number, "--faulty", 0.02,
                    "--output", path)  # fmt: skip
    raw = folder / f"{rows}-in-{parts}.csv"
    _python("src/load.py", "--source_path", source, "--output_path", raw)
    return raw


def _python(*arguments: object) -> None:
    subprocess.run([sys.executable, *map(str, arguments)], cwd=PART, check=True, stdout=sys.stderr)


def peak(pid: int) -> float:
    """Peak resident memory of a running process in MB; Linux tells it."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(kilobytes) * 1.024e-3


def cpu_seconds(pid: int) -> float:
    """What a running process has taken so far; Linux tells it."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(raw: Path, rows: int, parts: int, workers: int, repeats: int) -> tuple[Run, list[str]]:
    """Measure `process` on a list of parts, with so many workers, and hash its outputs."""
    with tempfile.TemporaryDirectory(dir=raw.parent) as name:
        out = Path(name)
        command = [sys.executable, "src/process.py", "--input_path", str(raw)]
        command += ["--train_output", str(out / OUTPUTS[0]), "--prod_output", str(out / OUTPUTS[1])]
        # measure() keeps what was said in the folder that it runs in; the modules are in PART.
        command[1] = str(PART / command[1])
        if not workers:
            taken = [measure(command, out, {"DASK_SCHEDULER_ADDRESS": ""}) for _ in range(repeats)]
            peaks, worked = [0.0], 0.0
        else:
            options = ("--no-nanny", "--memory-limit", "0")
            logs = out / "logs"
            logs.mkdir()
            with cluster(logs, workers, *options) as dask:
                command += ["--scheduler", dask.address]
                pids = dask.pids().values()
                before = sum(map(cpu_seconds, pids))
                taken = [measure(command, out, {}) for _ in range(repeats)]
                worked = (sum(map(cpu_seconds, pids)) - before) / repeats
                peaks = [peak(pid) for pid in pids]
        hashes = [hashlib.sha256((out / name).read_bytes()).hexdigest() for name in OUTPUTS]
    return (
        Run(
            rows,
            parts,
            workers,
            len(os.sched_getaffinity(0)),
            statistics.median(measured.seconds for measured in taken),
            statistics.median(measured.cpu_seconds for measured in taken),
            worked,
            max(measured.megabytes for measured in taken),
            max(peaks),
        ),
        hashes,
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[550_000], help="songs")
    parser.add_argument("--parts", type=int, nargs="+", default=[16])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--repeats", type=int, default=3, help="of which the median is told")
    parser.add_argument("--folder", type=Path, help="where the parts stay (default: temporary)")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()
    runs: list[Run] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = (arguments.folder or Path(temporary)).absolute()
        print(f"{'':36} {'client':>19} {'workers':>20}")
        usage = f" {'CPU s':>14} {'MB':>4}"
        print(f"{'songs':>12} {'parts':>6} {'workers':>7} {'s':>8}{usage}{usage}")
        for rows in arguments.rows:
            for parts in arguments.parts:
                raw = make_parts(folder, rows, parts)
                wanted: list[str] = []
                for workers in (0, *arguments.workers):
                    figures, hashes = run(raw, rows, parts, workers, arguments.repeats)
                    wanted = wanted or hashes
                    if hashes != wanted:
                        sys.exit(f"{workers} workers gave other outputs than one process")
                    runs.append(figures)
                    print(
                        f"{rows:>12,} {parts:>6,} {workers:>7} {figures.seconds:>8.2f} "
                        f"{figures.client_cpu:>14.2f} {figures.client_megabytes:>4.0f} "
                        f"{figures.worker_cpu:>14.2f} {figures.worker_megabytes:>4.0f}",
                        flush=True,
                    )
    if arguments.json:
        text = json.dumps([asdict(figures) for figures in runs], indent=2)
        arguments.json.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
