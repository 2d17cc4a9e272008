"""Our report's decisions, for the experiment: the one place that knows the report's functions."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from draws import Columns
from judging import Readings
from src.comparison import compare
from src.correction import benjamini_hochberg
from src.distinct_songs import DistinctSongs
from src.features import FEATURES
from src.hashes import song_hashes
from src.population import Counted, Population
from src.songs import Songs, songs_of
from src.thresholds import ALPHA, Thresholds

MIN_EFFECTS = (0.03, 0.05, 0.1)


@dataclass(frozen=True)
class Decision:
    """What is decided by for one feature: the corrected p-value and the effect."""

    p_corrected: float
    effect: float


def every_request(reference: Columns, current: Columns) -> dict[str, Decision]:
    """Every row counts as a song of its own, as those of a table do."""
    population = Population.of(_songs(reference))
    return _decided(population, Counted.of(_songs(current), population))


def effective_number(reference: Columns, current: Columns) -> dict[str, Decision]:
    """Repeated requests are worth fewer songs, as the report has it for a log."""
    population, songs = Population.of(_songs(reference)), _songs(current)
    return _decided(population, Counted.of(songs, population, song_hashes(songs.columns)))


def distinct_songs(reference: Columns, current: Columns) -> dict[str, Decision]:
    """Each song counts once however often it was asked for: --distinct-songs."""
    population, songs = Population.of(_songs(reference)), _songs(current)
    distinct = DistinctSongs.of(song_hashes(songs.columns), songs.columns)
    return _decided(population, Counted.of(songs_of(distinct.columns), population))


def _decided(population: Population, counted: Counted) -> dict[str, Decision]:
    compared = compare(population, counted, Thresholds(min_samples=1))
    corrected = benjamini_hochberg({name: one.test_p_value for name, one in compared.items()})
    decisions = {}
    for name, one in compared.items():
        # Fewer songs than one have no p-value, and cannot show anything.
        p = corrected.get(name, 1.0)
        if one.effect is None:
            raise ValueError(f"{name}: nothing was compared")
        decisions[name] = Decision(p, one.effect)
    return decisions


def _songs(columns: Columns) -> Songs:
    return songs_of(np.array([columns[feature] for feature in FEATURES], dtype=np.float64))


def judge(reference: Columns, current: Columns) -> Readings:
    """What is detected (p alone) and what alarms (p and effect), by the least effect."""
    return dict(_readings("ours", every_request(reference, current)))


WAYS: dict[str, Callable[[Columns, Columns], dict[str, Decision]]] = {
    "ours, every request": every_request,
    "ours, effective number": effective_number,
    "ours, distinct songs": distinct_songs,
}


def judge_repeats(reference: Columns, current: Columns) -> Readings:
    """The same, for each way to count requests that repeat."""
    readings: Readings = {}
    for way, decide in WAYS.items():
        readings.update(_readings(way, decide(reference, current)))
    return readings


def _readings(way: str, decisions: dict[str, Decision]) -> Iterator[tuple[str, list[str]]]:
    detected = {name: one for name, one in decisions.items() if one.p_corrected < ALPHA}
    yield f"{way}: detected", list(detected)
    for least in MIN_EFFECTS:
        yield (
            f"{way}: alarm at {least}",
            [name for name, one in detected.items() if one.effect >= least],
        )
