"""Time and memory of each stage on sample songs, each stage a process of its own.

    python benchmarks/stages.py --rows 20000
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PART = Path(__file__).resolve().parents[1]
STAGES = {
    "sample": "src/sample.py --rows {rows} --output songs.csv",
    "load": "src/load.py --source_path songs.csv --output_path data/raw.csv",
    "process": (
        "src/process.py --input_path data/raw.csv --train_output data/train.csv "
        "--prod_output data/prod_sim.csv"
    ),
    "train": "src/train.py",
    "evaluate": "src/evaluate.py",
}


def measure(command: list[str], folder: Path) -> tuple[float, float]:
    """Wall time in seconds and peak memory in MB of a command.

    Raises
    ------
    SystemExit
        When the command fails; it has said why.
    """
    environment = os.environ | {"MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"}
    start = time.monotonic()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    errors = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(errors)
    return time.monotonic() - start, usage.ru_maxrss / 1024


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=20_000, help="songs (default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="keep all files in this new folder")
    arguments = parser.parse_args()
    rows = arguments.rows
    with tempfile.TemporaryDirectory() as name:
        folder = arguments.folder.resolve() if arguments.folder else Path(name)
        shutil.copytree(PART / "src", folder / "src")
        shutil.copy(PART / "params.yaml", folder)
        print(f"{rows:,} sample songs\n{'stage':<10} {'seconds':>8} {'peak MB':>8}")
        total = 0.0
        for stage, command in STAGES.items():
            arguments = command.format(rows=rows).split()
            seconds, megabytes = measure([sys.executable, *arguments], folder)
            total += seconds if stage != "sample" else 0
            print(f"{stage:<10} {seconds:>8.1f} {megabytes:>8.0f}", flush=True)
        print(f"{'load to evaluate':<10} {total:.1f} s")
        for path in ("songs.csv", "data/train.csv", "data/prod_sim.csv"):
            print(f"{path:<18} {(folder / path).stat().st_size / 1e6:>8.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
