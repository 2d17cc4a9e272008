"""False alarms and power of our report and of three others, on the same draws of songs.

    python benchmarks/experiment.py --real SONGS.csv --sample SAMPLE.csv --folder FOLDER \\
        --evidently PYTHON --nannyml PYTHON --alibi PYTHON

SONGS.csv are real songs, SAMPLE.csv made ones with at least 400,000 songs up to 2010 (800,000 rows
of data_pipeline/src/sample.py). PYTHON is the interpreter of an environment of
requirements-{evidently,nannyml,alibi}.txt (all three: Python 3.11); who has none does not take
part. What each judge flagged stays in FOLDER, a line for each draw and a file for each kind
of scenario, and the tables are made of all the files that are there: `--only ours --kind repeats`
judges those draws anew, by our report alone.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import ours
import pools
from figures import read_lines, wilson
from judging import verdicts
from markdown import markdown
from scenarios import KINDS, SCENARIOS

HERE = Path(__file__).resolve().parent
PEERS = ("evidently", "nannyml", "alibi")


def judge_ourselves(folder: Path, kinds: Sequence[str], draws: int) -> None:
    """Judge every draw by our report, in this process."""
    for kind in kinds:
        judge = ours.judge_repeats if "repeats" in kind else ours.judge
        chosen = [one for one in SCENARIOS if one.kind == kind]
        with _lines(folder, "ours", kind) as lines:
            for verdict in verdicts(judge, chosen, folder, lambda one: one.draws, draws):
                lines.write(json.dumps(verdict) + "\n")


def judge_by_peer(name: str, python: str, folder: Path, kinds: Sequence[str], draws: int) -> None:
    """Judge every draw by a peer, in a process and an environment of its own.

    Raises
    ------
    CalledProcessError
        When it fails; it has said why.
    """
    script = str(HERE / f"peer_{name}.py")
    # One thread each: two processes share the machine.
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    for kind in kinds:
        command = [python, script, str(folder), "--draws", str(draws), "--kind", kind]
        with _lines(folder, name, kind) as lines:
            subprocess.run(command, stdout=lines, env=one_thread, check=True)


@contextmanager
def _lines(folder: Path, judge: str, kind: str) -> Iterator[TextIO]:
    """A file that has its name, which read_lines looks for, only when it is complete."""
    path = folder / f"{judge}.{kind}.jsonl"
    part = path.with_suffix(".part")
    with open(part, "w", encoding="utf-8") as lines:
        yield lines
    part.rename(path)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--real", type=Path, required=True, help="CSV file of real songs")
    parser.add_argument("--sample", type=Path, required=True, help="CSV file of made songs")
    parser.add_argument("--folder", type=Path, required=True, help="for pools and lines")
    for peer in PEERS:
        parser.add_argument(f"--{peer}", metavar="PYTHON", help="the interpreter for it")
    parser.add_argument("--only", nargs="+", choices=["ours", *PEERS], help="who judges now")
    parser.add_argument("--kind", nargs="+", choices=KINDS, default=KINDS, help="of scenario")
    parser.add_argument("--draws", type=int, default=1000, help="most draws of a scenario")
    parser.add_argument("--output", type=Path, help="JSON file for the figures")
    arguments = parser.parse_args(argv)
    present = [peer for peer in PEERS if getattr(arguments, peer)]
    judges = arguments.only or ["ours", *present]
    for peer in set(judges) - {"ours", *present}:
        parser.error(f"--only {peer} needs --{peer} PYTHON")

    arguments.folder.mkdir(parents=True, exist_ok=True)
    pools.make_pools(arguments.real, arguments.sample, arguments.folder)
    amount = arguments.folder, arguments.kind, arguments.draws
    with ThreadPoolExecutor(max_workers=1) as beside:
        running = [
            beside.submit(judge_by_peer, peer, getattr(arguments, peer), *amount)
            for peer in PEERS
            if peer in judges
        ]
        if "ours" in judges:
            judge_ourselves(*amount)
        for peer_run in running:
            peer_run.result()

    tally = read_lines(arguments.folder, ("ours", *PEERS))
    print("\n".join(markdown(tally)))
    if arguments.output:
        figures = {
            reading: {
                name: {**vars(one), "any_interval": wilson(one.any, one.draws)}
                for name, one in scenarios.items()
            }
            for reading, scenarios in tally.items()
        }
        arguments.output.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
