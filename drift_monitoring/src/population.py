"""Songs of the reference as distributions, and current songs counted against them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, TypeVar

import numpy as np

from src.distribution import Distribution, Tally
from src.features import FEATURES
from src.hashes import Hashes
from src.moments import Values
from src.repeats import Repeats, added, design_effect

# Segments are compared at so many values of each feature: their D is at most 0.001 smaller.
SEGMENT_POINTS = 1000
THREADS = 2


Made = TypeVar("Made")


class Countable(Protocol):
    """Songs whose values can be counted, such as `Songs`."""

    def __len__(self) -> int: ...

    def usable(self, feature: str) -> Values:
        """The values of a feature, without the gaps."""


def _by_feature(make: Callable[[str], Made]) -> dict[str, Made]:
    """What is made of each feature; side by side, as NumPy sorts without holding Python's lock."""
    with ThreadPoolExecutor(THREADS) as threads:
        return dict(zip(FEATURES, threads.map(make, FEATURES), strict=True))


@dataclass(frozen=True)
class Population:
    """Songs that others are compared with; those of two parts add up.

    Attributes
    ----------
    rows : int
    distributions : dict of str to Distribution
        By feature, in the order of FEATURES.
    repeats : Repeats or None
        Of requests; None for the rows of a table, which are songs each.
    """

    rows: int
    distributions: dict[str, Distribution]
    repeats: Repeats | None = None

    @classmethod
    def of(cls, songs: Countable, requested: Hashes | None = None) -> "Population":
        """Those of a table, or, given the hashes of their songs, those of requests."""
        return cls(
            len(songs),
            _by_feature(lambda feature: Distribution.of(songs.usable(feature))),
            None if requested is None else Repeats.of(requested),
        )

    def __add__(self, other: "Population") -> "Population":
        return Population(
            self.rows + other.rows,
            {f: self.distributions[f] + other.distributions[f] for f in FEATURES},
            added(self.repeats, other.repeats),
        )

    @property
    def design_effect(self) -> float:
        """How many songs are worth one independent song."""
        return design_effect(self.repeats)

    def without_counts(self) -> "Population":
        """Only what current songs are counted at, for the processes that count them."""
        nothing = np.zeros(0, dtype=np.int64)
        return Population(
            self.rows,
            {
                feature: replace(distribution, at_or_below=nothing, below=nothing)
                for feature, distribution in self.distributions.items()
            },
        )

    @cached_property
    def thinned(self) -> "Population":
        """The same songs, to be compared with at fewer values."""
        thinned = {f: d.thinned(SEGMENT_POINTS) for f, d in self.distributions.items()}
        return Population(self.rows, thinned, self.repeats)


@dataclass(frozen=True)
class Counted:
    """Current songs, counted against a population; those of two parts add up.

    Attributes
    ----------
    rows : int
    tallies : dict of str to Tally
        By feature, in the order of FEATURES.
    repeats : Repeats or None
        Of requests; None for the rows of a table, which are songs each.
    """

    rows: int
    tallies: dict[str, Tally]
    repeats: Repeats | None = None

    @classmethod
    def of(
        cls, songs: Countable, population: Population, requested: Hashes | None = None
    ) -> "Counted":
        """Those of a table, or, given the hashes of their songs, those of requests."""
        return cls(
            len(songs),
            _by_feature(
                lambda feature: Tally.of(songs.usable(feature), population.distributions[feature])
            ),
            None if requested is None else Repeats.of(requested),
        )

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(
            self.rows + other.rows,
            {f: self.tallies[f] + other.tallies[f] for f in FEATURES},
            added(self.repeats, other.repeats),
        )

    @property
    def design_effect(self) -> float:
        """How many songs are worth one independent song."""
        return design_effect(self.repeats)
