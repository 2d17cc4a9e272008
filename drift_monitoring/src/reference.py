"""What current songs are compared with: a table, a part of the request log, or a saved profile."""

from dataclasses import dataclass, field

import numpy as np

from src.answers import Predictions
from src.domain_classifier import ROWS
from src.hashes import song_hashes
from src.log_part import LogPart
from src.population import Population
from src.request_log import LogCounts
from src.row_sample import RowSample
from src.songs import Quality, Songs


@dataclass(frozen=True)
class Requests:
    """How many requests and lines of a log were of use.

    Attributes
    ----------
    answered, rejected : int
    missing, out_of_range : int
        Answered ones of which a feature is missing, and outside its range.
    unusable, lines : int
        Lines that are invalid or torn, and all lines.
    """

    answered: int
    rejected: int
    missing: int
    out_of_range: int
    unusable: int
    lines: int

    @classmethod
    def of(cls, counts: LogCounts) -> "Requests":
        answered = counts.used + counts.missing + counts.out_of_range
        unusable = counts.invalid + counts.torn
        return cls(
            answered,
            counts.rejected,
            counts.missing,
            counts.out_of_range,
            unusable,
            counts.lines,
        )


@dataclass(frozen=True)
class Reference:
    """The songs that current ones are compared with.

    Attributes
    ----------
    name : str
        Where they are from, as people read it.
    population : Population
    sample : RowSample
        For what needs rows.
    by_genre : dict of str to Population
        The same songs by genre, to be compared with at fewer values; empty where none is known.
    quality : Quality or None
        Of a table.
    requests : Requests or None
        Of a log.
    predictions : dict of str to Predictions
        Of a log, by model version.
    """

    name: str
    population: Population
    sample: RowSample
    by_genre: dict[str, Population] = field(default_factory=dict)
    quality: Quality | None = None
    requests: Requests | None = None
    predictions: dict[str, Predictions] = field(default_factory=dict)


def reference_of_table(songs: Songs, name: str) -> Reference:
    """The songs of a table; by genre too where it has genres."""
    hashes = song_hashes(songs.columns)
    genres = [] if songs.genres is None else np.unique(songs.genres).tolist()
    return Reference(
        name,
        Population.of(songs),
        RowSample.of(hashes, songs.columns, ROWS),
        by_genre={genre: Population.of(songs.of_genre(genre)).thinned for genre in genres},
        quality=songs.quality,
    )


def reference_of_log(part: LogPart, counts: LogCounts, name: str) -> Reference | None:
    """The songs of a part of the request log; None where there are none."""
    if part.whole is None or part.sample is None:
        return None
    sample = RowSample.of(part.sample.hashes, part.sample.columns, ROWS)
    return Reference(
        name,
        part.whole,
        sample,
        requests=Requests.of(counts),
        predictions=part.predictions,
    )
