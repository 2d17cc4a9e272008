"""Parts of a log add up to the same whatever is added first: so who reads them plays no role."""

import random
from dataclasses import fields, is_dataclass
from datetime import timedelta
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from src.log_files import Block
from src.log_part import LogPart
from src.log_reading import read_blocks
from src.plan import Plan
from src.population import Population
from src.slices import Slices
from src.songs import songs_of
from tests.conftest import REJECTED, log_line, made_songs


def plain(value: Any) -> Any:
    """A part in values that can be compared, floats by their last bit."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, np.ndarray):
        # A part of one block has counters of half the width.
        return value.astype(np.float64 if value.dtype.kind == "f" else np.int64).tobytes()
    return value.hex() if isinstance(value, float) else value


def tree(parts: list[LogPart], rng: random.Random) -> LogPart:
    """The sum of parts in their order, by brackets that chance sets."""
    if len(parts) == 1:
        return parts[0]
    cut = rng.randrange(1, len(parts))
    return tree(parts[:cut], rng) + tree(parts[cut:], rng)


def blocks(tmp_path: Path, prod: pl.DataFrame) -> list[Block]:
    """Files of very different songs, of none, and of the same requests with other answers."""
    rng = random.Random(3)
    songs = list(prod.head(300).iter_rows(named=True))
    found = []
    for number in range(12):
        lines = [REJECTED, "bad"] if number % 4 == 0 else []
        divisor = 3**number if number % 2 else 1
        for place in rng.sample(range(300), rng.choice([0, 1, 90])):
            share = rng.random()
            lines.append(
                log_line(
                    **songs[place] | {"tempo": songs[place]["tempo"] / divisor},
                    request_id=str(place),
                    genre=rng.choice(["Rock", "Pop"]),
                    model_version=str(number % 3),
                    probabilities={"Rock": share, "Pop": 1 - share},
                    timestamp=f"2026-11-{1 + place % 28:02}T00:00:00Z",
                )
            )
        path = tmp_path / f"{number:02}.jsonl"
        path.write_text("\n".join(lines) + "\n")
        found.append(Block(str(path)))
    return found


def plan_for(population: Population | None) -> Plan:
    return Plan(
        population,
        population and population.thinned,
        slices=Slices(by=("genre", "week", "model_version"), window=timedelta(days=3)),
        genres=("Pop", "Rock"),
        model_version="1",
        labelled=frozenset(map(str, range(0, 300, 7))),
        distinct_songs=True,
    )


@pytest.mark.parametrize("counted", [True, False], ids=["against a reference", "as a reference"])
def test_what_is_added_first_makes_no_difference(
    tmp_path: Path, prod: pl.DataFrame, monkeypatch: pytest.MonkeyPatch, counted: bool
) -> None:
    """A tree of any shape gives what adding one after the other gives, to the last bit."""
    monkeypatch.setattr("src.row_sample.ROWS", 60)
    frame = made_songs(500, seed=8).select(pl.all().cast(pl.Float64))
    population = Population.of(songs_of(frame.to_numpy().T.copy())) if counted else None
    plan = plan_for(population)
    parts = [read_blocks([block], plan) for block in blocks(tmp_path, prod)]
    one_by_one = reduce(add, parts)
    assert one_by_one.whole.rows > 150 and len(one_by_one.answers) > 10
    assert bool(one_by_one.segments) == counted
    expected = plain(one_by_one)
    for seed in range(20):
        assert plain(tree(parts, random.Random(seed))) == expected, seed
