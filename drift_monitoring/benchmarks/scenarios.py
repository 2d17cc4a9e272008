"""The scenarios of the experiment: what has changed, between samples of how many songs.

Draw number i of a scenario is made from the scenario's name and i alone, so that every judge, in
whatever environment, has the same songs before it; the checksum of a draw is the proof.
"""

import zlib
from dataclasses import dataclass
from typing import List

import numpy as np

from changes import (
    Make,
    more_in_minor,
    more_of_a_key,
    newer_genres,
    one_hit,
    repeated,
    shifted,
    stretched,
    ten_each,
    zipf,
)
from draws import Draw, Pool, unchanged

KINDS = ("null", "power", "repeats", "shifted-repeats")
SHIFTS = (0.05, 0.1, 0.2, 0.5)  # standard deviations of the pool
SHIFTS_OF_REPEATS = (0.2, 0.5)
WAYS_TO_NEWER_MIX = (0.1, 0.25)


@dataclass(frozen=True)
class Scenario:
    """What is done to the samples, how large they are, and how often it is drawn."""

    kind: str  # one of KINDS
    what: str
    pool: str  # "real" or "sample"
    rows: int  # of the reference; and of the current sample, where nothing is repeated
    draws: int
    make: Make

    @property
    def name(self) -> str:
        return f"{self.what}/{self.rows}"

    @property
    def costly(self) -> bool:
        """So many rows in all draws that the peers make fewer of them."""
        return self.rows >= (200_000 if self.kind == "null" else 20_000)

    def draw(self, pool: Pool, number: int) -> Draw:
        """Draw `number`; the same whenever and wherever it is asked for."""
        random = np.random.default_rng([zlib.crc32(self.name.encode()), number])
        return self.make(pool, self.rows, random, number)


def _scenarios() -> List[Scenario]:
    real, sample = [200, 2000, 5000], [20_000, 200_000]
    sizes = [("real", rows) for rows in real] + [("sample", rows) for rows in sample]
    changes = {
        **{f"shift of {shift} sd": shifted(shift) for shift in SHIFTS},
        "stretch by 1.3": stretched,
        "mode": more_in_minor,
        "key": more_of_a_key,
        **{f"{way:.0%} of the newer genre mix": newer_genres(way) for way in WAYS_TO_NEWER_MIX},
    }
    repeats = {"Zipf": zipf, "one song 1,000 times": one_hit, "each song 10 times": ten_each}
    return [
        *(Scenario("null", "same songs", pool, rows, 1000, unchanged) for pool, rows in sizes),
        *(
            Scenario("power", what, pool, rows, 300, make)
            for pool, rows in sizes[1:4]
            for what, make in changes.items()
        ),
        *(
            Scenario("repeats", what, "real", 5000, 300, repeated(times))
            for what, times in repeats.items()
        ),
        *(
            Scenario(
                "shifted-repeats",
                f"{what}, shift of {shift} sd",
                "real",
                5000,
                300,
                repeated(times, shift),
            )
            for what, times in repeats.items()
            for shift in SHIFTS_OF_REPEATS
        ),
    ]


SCENARIOS = _scenarios()
