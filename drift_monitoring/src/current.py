"""The songs that are compared with a reference: of a table, or of the request log."""

from dataclasses import dataclass, field

import numpy as np

from src.answers import Predictions
from src.domain_classifier import ROWS
from src.errors import InputError
from src.features import FEATURES
from src.hashes import song_hashes
from src.log_part import LogPart
from src.population import Counted, Population
from src.reference import Reference, Requests
from src.request_log import LogCounts
from src.row_sample import RowSample
from src.slices import Segment
from src.songs import Quality, Songs, songs_of


@dataclass(frozen=True)
class Current:
    """Current songs, counted against a reference.

    Attributes
    ----------
    counted : Counted
    sample : RowSample
        For what needs rows.
    segments : dict of Segment to Counted
        Parts that are judged by themselves.
    quality : Quality or None
        Of a table.
    requests : Requests or None
        Of a log.
    predictions : dict of str to Predictions
        Of a log, by model version.
    """

    counted: Counted
    sample: RowSample
    segments: dict[Segment, Counted] = field(default_factory=dict)
    quality: Quality | None = None
    requests: Requests | None = None
    predictions: dict[str, Predictions] = field(default_factory=dict)


def current_of_table(
    songs: Songs, reference: Reference, name: str, by: tuple[str, ...] = ()
) -> Current:
    """The songs of a table, by genre too if that is asked for.

    Raises
    ------
    InputError
        When genres are asked for and one of the two sides has none.
    """
    segments = {}
    if by:
        if songs.genres is None or not reference.by_genre:
            side = name if songs.genres is None else reference.name
            raise InputError(f"by genre: {side} has no column genre; leave out --by")
        for genre in np.unique(songs.genres).tolist():
            population = reference.by_genre.get(genre, reference.population.thinned)
            segments[Segment("genre", genre)] = Counted.of(songs.of_genre(genre), population)
    return Current(
        Counted.of(songs, reference.population),
        RowSample.of(song_hashes(songs.columns), songs.columns, ROWS),
        segments,
        quality=songs.quality,
    )


def current_of_log(part: LogPart, counts: LogCounts, reference: Reference) -> Current:
    """The songs of a request log, which was read with a plan to count them against a reference."""
    empty = songs_of(np.empty((len(FEATURES), 0)))
    counted = part.whole
    if counted is None:
        counted = Counted.of(empty, reference.population, song_hashes(empty.columns))
    if part.distinct is not None:
        counted = Counted.of(songs_of(part.distinct.columns), reference.population)
    sample = part.sample or RowSample.of(song_hashes(empty.columns), empty.columns)
    return Current(
        counted,
        sample,
        part.segments,
        requests=Requests.of(counts),
        predictions=part.predictions,
    )


def population_of(segment: Segment, reference: Reference) -> Population:
    """What the songs of a segment were counted against."""
    whole = reference.population.thinned
    return reference.by_genre.get(segment.key, whole) if segment.by == "genre" else whole
