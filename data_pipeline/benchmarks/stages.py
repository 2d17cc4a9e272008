"""Time and memory of each stage beside its baseline, both from the same run on the same songs.

    python benchmarks/stages.py --rows 20000
    python benchmarks/stages.py --songs songs.csv --json figures.json

MB is the peak resident memory of the largest process of a command; nothing is added up.
"""

import argparse
import json
import math
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from figures import HEADER, Figure, row, write_json
from measure import Measured, measure
from ruamel.yaml import YAML

PART = Path(__file__).resolve().parents[1]
BENCHMARKS = PART / "benchmarks"
REPEATS = 3
# What the plain implementation leaves at XGBoost's defaults.
NOT_PLAIN = ("max_bin", "early_stopping_rounds")


class Bench:
    """The measurements, in the order in which they can be made, and their figures."""

    def __init__(self, folder: Path, songs: Path) -> None:
        self.folder = folder
        self.songs = songs
        self.figures: list[Figure] = []
        self.train_parts: dict[str, float] = {}

    def run(self, *command: str, folder: Path | None = None, repeats: int = 1) -> Measured:
        """Measure a command, which finds Python and DVC of this environment."""
        folder = folder or self.folder
        variables = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db",
        }
        return measure(command, folder, variables, repeats)

    def bare(self, kind: str, *arguments: str, repeats: int = REPEATS) -> Measured:
        """Measure one of the kinds of bare work."""
        return self.run("python", str(BENCHMARKS / "bare.py"), kind, *arguments, repeats=repeats)

    def add(
        self,
        name: str,
        measured: Measured,
        baseline_name: str = "",
        baseline: Measured | None = None,
        limit: str = "",
        holds: bool | None = None,
    ) -> None:
        """Keep a figure, and print its row."""
        figure = Figure(name, measured, baseline_name, baseline, limit, holds)
        self.figures.append(figure)
        print(row(figure), flush=True)

    def load(self) -> None:
        songs = str(self.songs)
        self.bare("copy", songs, "copy.csv", repeats=1)  # now the songs are in memory
        copy = self.bare("copy", songs, "copy.csv")
        stage = ("src/load.py", "--source_path", songs, "--output_path", "data/raw.csv")
        loaded = self.run("python", *stage, repeats=REPEATS)
        holds = loaded.seconds <= 3 * copy.seconds and loaded.megabytes < 100
        self.add("load", loaded, "cp, md5sum", copy, "3 x, 100 MB", holds)
        plain = self.bare("pandas_copy", songs, "copy.csv", repeats=1)
        self.add("load", loaded, "pandas, all columns", plain)
        (self.folder / "copy.csv").unlink()

    def process(self) -> None:
        raw, outputs = "data/raw.csv", ("bare_train.csv", "bare_prod.csv")
        scan = self.bare("scan", raw, *outputs)
        stage = ("src/process.py", "--input_path", raw, "--train_output", "data/train.csv")
        processed = self.run(
            "python", *stage, "--prod_output", "data/prod_sim.csv", repeats=REPEATS
        )
        holds = processed.seconds <= 1.3 * scan.seconds and processed.megabytes < 700
        self.add("process", processed, "Polars, select and sink", scan, "1.3 x, 700 MB", holds)
        plain = self.bare("pandas_scan", raw, *outputs, repeats=1)
        self.add("process", processed, "pandas, same columns", plain)

    def train(self) -> None:
        # A new SQLite store is made once for all trainings, so it is a figure of its own.
        connect = "from src.tracking import connect; connect()"
        self.add("import, make a new store", self.run("python", "-c", connect))
        parts = self.folder / "train_parts.json"
        script = (str(BENCHMARKS / "where_time_goes.py"), str(time.time()), str(parts))
        trained = self.run("python", *script)
        self.train_parts = json.loads(parts.read_text(encoding="utf-8"))
        inside = sum(self.train_parts.values())
        self.train_parts["ending Python"] = trained.seconds - inside
        seconds = sum(part for name, part in self.train_parts.items() if name.startswith("bare"))
        fits = Measured(seconds, math.nan)
        self.add("train", trained, "its fit calls", fits, "1.2 x", trained.seconds <= 1.2 * seconds)

    def evaluate(self) -> None:
        imported = self.run("python", "-c", "import mlflow", repeats=REPEATS)
        evaluated = self.run("python", "src/evaluate.py")
        holds = evaluated.seconds <= imported.seconds + 10
        self.add("evaluate", evaluated, "import mlflow", imported, "10 s more", holds)

    def whole(self) -> None:
        own = self._workspace("repro")
        shutil.copytree(self.folder / "src", own / "src")
        shutil.copy(PART / "dvc.yaml", own)
        shutil.copy(self.folder / "params.yaml", own)
        plain = self._workspace("plain")
        shutil.copytree(BENCHMARKS / "plain", plain, dirs_exist_ok=True)
        _plain_params(self.folder / "params.yaml", plain / "params.yaml")
        repro = self.run("dvc", "repro", folder=own)
        again = self.run("dvc", "repro", folder=own, repeats=REPEATS)
        plain_repro = self.run("dvc", "repro", folder=plain)
        holds = (
            repro.seconds <= plain_repro.seconds / 3
            and repro.megabytes <= plain_repro.megabytes / 3
        )
        name = "plain implementation"
        self.add("dvc repro, all stages", repro, name, plain_repro, "1/3 of both", holds)
        self.add("dvc repro, nothing to do", again, limit="3 s", holds=again.seconds < 3)

    def _workspace(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir()
        (folder / "songs.csv").symlink_to(self.songs)
        self.run("dvc", "init", "--no-scm", "--quiet", folder=folder)
        self.run("dvc", "config", "core.analytics", "false", folder=folder)
        return folder


def _plain_params(source: Path, target: Path) -> None:
    yaml = YAML(typ="safe")
    params = yaml.load(source)
    boosting = {k: v for k, v in params["train"]["xgboost"].items() if k not in NOT_PLAIN}
    plain = {
        "year_threshold": params["data"]["train_year_threshold"],
        "logistic_regression": params["train"]["logistic_regression"],
        "xgboost": boosting,
    }
    yaml.dump(plain | params["split"], target)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write the JSON file where one is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=20_000, help="songs (default: %(default)s)")
    parser.add_argument("--songs", type=Path, help="take these sample songs, and make none")
    parser.add_argument("--folder", type=Path, help="keep all files in this new folder")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        folder = arguments.folder.resolve() if arguments.folder else Path(name)
        shutil.copytree(PART / "src", folder / "src")
        yaml = YAML()
        params = yaml.load(PART / "params.yaml")
        params["data"]["source_md5"] = None
        yaml.dump(params, folder / "params.yaml")
        songs = arguments.songs.resolve() if arguments.songs else folder / "songs.csv"
        bench = Bench(folder, songs)
        if not arguments.songs:
            make = ("src/sample.py", "--rows", str(arguments.rows), "--output", "songs.csv")
            made = bench.run("python", *make)
            print(f"{arguments.rows:,} sample songs in {made.seconds:.1f} s")
        print(f"{songs.name}: {songs.stat().st_size / 1e6:,.1f} MB\n\n{HEADER}", flush=True)
        for measurement in (bench.load, bench.process, bench.train, bench.evaluate, bench.whole):
            measurement()
        print("\nWhere the time of train goes")
        for part, seconds in bench.train_parts.items():
            print(f"  {part:<30} {seconds:>8.2f} s")
        sizes = {p: (folder / p).stat().st_size for p in ("data/train.csv", "data/prod_sim.csv")}
        print("\n" + "\n".join(f"{path:<32} {size / 1e6:>8.1f} MB" for path, size in sizes.items()))
        if arguments.json:
            sizes["songs"] = songs.stat().st_size
            write_json(arguments.json, bench.figures, bench.train_parts, sizes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
