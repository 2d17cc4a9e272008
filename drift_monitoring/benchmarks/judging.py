"""Lets a judge of drift loose on every draw, and writes what it flags as lines of JSON.

A judge takes the reference and the current columns and gives, for each way in which its answer
can be read, the features that it flags. Like draws.py it runs in every environment.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List

from draws import CATEGORIES, Columns, Pool
from scenarios import KINDS, SCENARIOS, Scenario

Readings = Dict[str, List[str]]
Judge = Callable[[Columns, Columns], Readings]
Most = Callable[[Scenario], int]


def verdicts(
    judge: Judge, scenarios: List[Scenario], folder: Path, most: Most, draws: int
) -> Iterator[Dict[str, Any]]:
    """What a judge flags in each draw of some scenarios.

    Parameters
    ----------
    judge : callable
    scenarios : list of Scenario
    folder : path
        Holds the pools, real.npz and sample.npz.
    most : callable
        Draws of a scenario that the judge can afford.
    draws : int
        Most draws of any scenario.

    Yields
    ------
    dict
        scenario, draw, checksum, changed (a feature or None), flagged (by reading) and seconds.
    """
    pools = {name: Pool.load(folder / f"{name}.npz") for name in ("real", "sample")}
    for scenario in scenarios:
        for number in range(min(scenario.draws, draws, most(scenario))):
            draw = scenario.draw(pools[scenario.pool], number)
            start = time.perf_counter()
            flagged = judge(draw.reference, draw.current)
            seconds = time.perf_counter() - start
            yield {
                "scenario": scenario.name,
                "draw": number,
                "checksum": draw.checksum(),
                "changed": draw.changed,
                "flagged": flagged,
                "seconds": seconds,
            }


def fewer_if_costly(scenario: Scenario) -> int:
    """100 draws where one takes long."""
    return 100 if scenario.costly else scenario.draws


def as_read(columns: Columns) -> Columns:
    """Columns as a table that is read from a CSV file has them: key and mode are whole numbers."""
    return {
        name: values.astype("int64") if name in CATEGORIES else values
        for name, values in columns.items()
    }


def main(judge: Judge, most: Most) -> int:
    """What every peer does: judge the draws of a folder of pools, one line for each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, help="with real.npz and sample.npz")
    parser.add_argument("--draws", type=int, required=True, help="most draws of a scenario")
    parser.add_argument("--kind", nargs="+", choices=KINDS, required=True)
    arguments = parser.parse_args()
    chosen = [scenario for scenario in SCENARIOS if scenario.kind in arguments.kind]
    for verdict in verdicts(judge, chosen, arguments.folder, most, arguments.draws):
        json.dump(verdict, sys.stdout)
        print(flush=True)
    return 0
