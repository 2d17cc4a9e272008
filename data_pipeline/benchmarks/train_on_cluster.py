"""Training on 1, 2 and 4 workers of a Dask cluster beside training in one process.

    .venv-dask/bin/python benchmarks/train_on_cluster.py --rows 550622 --folder ../bench/cluster

Sample songs; the scheduler, each worker and train.py are processes of their own. Seconds are of the
whole train.py and of XGBoost's fits alone, megabytes the peak of resident memory of train.py, of
the scheduler, and of the worker with most. A worker has one thread. The one process has one core,
and then all of them.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dask_cluster import PART, cluster

from src.process import process_data
from src.sample import write_sample

LOOK_SECONDS = 0.2
WORKERS = (1, 2, 4)


def look(peaks: dict[str, float], processes: Mapping[str, int]) -> None:
    """Note the resident memory of processes, of each with the largest that it has started."""
    for name, pid in processes.items():
        now = max(_resident(each) for each in [pid, *_children(pid)])
        peaks[name] = max(peaks.get(name, 0.0), now)


def _resident(pid: int) -> float:
    """Resident memory in MB; 0 of a process that has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _children(pid: int) -> list[int]:
    """What a process has started, and what that has; a nanny starts its worker from a thread."""
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            found += [int(child) for child in children.read_text().split()]
    return found + [grandchild for child in found for grandchild in _children(child)]


def train(
    folder: Path, params_path: str, options: list[str], others: Mapping[str, int], cores: set[int]
) -> dict[str, Any]:
    """Run train.py on some cores; what it took, and how good its trees are."""
    environment = os.environ | {"MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"}
    output = folder / "training.json"
    command = [sys.executable, "src/train.py", "--data_path", str(folder / "train.csv"),
               "--params_path", params_path, "--output", str(output), *options]
    peaks: dict[str, float] = {}
    begin = time.monotonic()
    process = subprocess.Popen(
        command, cwd=PART, env=environment, preexec_fn=lambda: os.sched_setaffinity(0, cores)
    )
    while process.poll() is None:
        look(peaks, {"train.py": process.pid, **others})
        time.sleep(LOOK_SECONDS)
    seconds = time.monotonic() - begin
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    import mlflow

    run_id = json.loads(output.read_text())["runs"]["xgboost"]["run_id"]
    client = mlflow.MlflowClient(tracking_uri=environment["MLFLOW_TRACKING_URI"])
    metrics = client.get_run(run_id).data.metrics
    most = max((peak for name, peak in peaks.items() if "worker" in name), default=0.0)
    return {
        "seconds": seconds,
        "fit_seconds": metrics["fit_seconds"],
        "rounds": metrics["rounds"],
        "accuracy": metrics["accuracy"],
        "log_loss": metrics["log_loss"],
        "train_mb": peaks["train.py"],
        "scheduler_mb": peaks.get("scheduler", 0.0),
        "worker_mb": most,
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=20000, help="sample songs (default: 20000)")
    parser.add_argument("--folder", type=Path, required=True, help="for songs and results")
    parser.add_argument("--params_path", default="params.yaml", help="default: %(default)s")
    parser.add_argument("--workers", type=int, nargs="+", default=WORKERS, help="default: 1 2 4")
    arguments = parser.parse_args()
    folder: Path = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / f"songs-{arguments.rows}.csv").exists():
        write_sample(folder / f"songs-{arguments.rows}.csv", arguments.rows)
    process_data(
        folder / f"songs-{arguments.rows}.csv", folder / "train.csv", folder / "prod_sim.csv"
    )
    cores = os.sched_getaffinity(0)
    results = {
        "one core": train(folder, arguments.params_path, [], {}, {min(cores)}),
        "all cores": train(folder, arguments.params_path, [], {}, cores),
    }
    for count in arguments.workers:
        with cluster(folder, count, "--memory-limit", "0") as dask:
            others = {f"worker {number}": each.pid for number, each in enumerate(dask.workers)}
            others["scheduler"] = dask.scheduler.pid
            results[f"workers: {count}"] = train(
                folder, arguments.params_path, ["--scheduler", dask.address], others, cores
            )
    (folder / "train_on_cluster.json").write_text(json.dumps(results, indent=2), encoding="utf-8")
    names = list(results["one core"])
    print(f"{'':<12} " + " ".join(f"{name:>12}" for name in names))
    for where, row in results.items():
        cells = (f"{row[n]:>12.4f}" if row[n] < 10 else f"{row[n]:>12,.1f}" for n in names)
        print(f"{where:<12} " + " ".join(cells))
    return 0


if __name__ == "__main__":
    sys.exit(main())
