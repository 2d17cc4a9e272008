"""Blocks of the request log, read and counted."""

import gc
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt

from src.answers import answer, predictions, probabilities
from src.distinct_songs import DistinctSongs
from src.hashes import row_hashes, song_hashes
from src.held_songs import Held, HeldSongs
from src.log_files import Block
from src.log_lines import LineCounts, Lines, read_lines
from src.log_part import LogPart, sum_by_key
from src.log_times import moments_of, span_of
from src.plan import Plan
from src.population import Counted, Population
from src.row_sample import RowSample, Sampling
from src.slices import Segment, Slices
from src.songs import songs_of

# Songs that are held before they are counted, 54 MB: to look up all values of the reference takes
# as long as all else for 20,000 songs.
BATCH = 1 << 19


def read_blocks(blocks: Sequence[Block], plan: Plan) -> LogPart:
    """Read the lines of some blocks and count what they say; small ones are counted together."""
    with _no_collector():
        return _read_blocks(blocks, plan)


@contextmanager
def _no_collector() -> Iterator[None]:
    """Without Python's search for cycles: lines are millions of objects, and none is in a cycle."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _read_blocks(blocks: Sequence[Block], plan: Plan) -> LogPart:
    part = LogPart([])
    sampling = Sampling(len(plan.genres), plan.rows)
    held: list[Held] = []
    waiting = 0
    for block in blocks:
        counts = LineCounts()
        part.blocks.append((block, counts))
        for lines in read_lines(block, counts):
            lines = _within(lines, plan.slices, part)
            if lines.songs:
                held.append(_taken_up(lines, part, sampling, plan))
                waiting += len(lines.songs)
            if waiting >= BATCH:
                part += _counted(held, plan)
                held.clear()
                waiting = 0
            # The next lines can have the memory of these, which the processor has at hand.
            del lines
    part.sample = sampling.sample()
    return part + _counted(held, plan)


def _within(lines: Lines, slices: Slices, part: LogPart) -> Lines:
    """The lines of the span that is looked at."""
    if not slices.all_times:
        songs = [slices.holds(time) for time in moments_of(lines.timestamps)]
        rejected = [slices.holds(time) for time in moments_of(lines.rejected)]
        part.outside += songs.count(False) + rejected.count(False)
        lines = Lines(
            lines.columns[:, songs],
            lines.confidences[songs],
            list(compress(lines.songs, songs)),
            list(compress(lines.rejected, rejected)),
        )
    part.rejected += len(lines.rejected)
    for timestamps in (lines.timestamps, lines.rejected):
        span = span_of(timestamps)
        if span:
            part.first = min(span[0], part.first or span[0])
            part.last = max(span[1], part.last or span[1])
    return lines


def _taken_up(lines: Lines, part: LogPart, sampling: Sampling, plan: Plan) -> Held:
    """Add to a part what lines say one by one; what remains is to be counted."""
    hashes = song_hashes(lines.columns)
    part.predictions = sum_by_key(part.predictions, predictions(lines.songs, lines.confidences))
    part.answers += [
        answer(entry, plan.genres)
        for entry in (lines.songs if plan.labelled else ())
        if entry.request_id in plan.labelled
    ]
    rows = row_hashes(hashes, [entry.request_id or "" for entry in lines.songs])
    kept = sampling.wanted(rows)
    sampling.add(
        RowSample(
            rows[kept],
            lines.columns[:, kept],
            _probabilities([lines.songs[row] for row in kept], plan),
        )
    )
    return Held(lines.columns, hashes, _segments_of(lines, plan))


def _probabilities(entries: list[Any], plan: Plan) -> npt.NDArray[np.float32]:
    nothing = np.full(len(plan.genres), np.nan, dtype=np.float32)
    found = [
        probabilities(entry, plan.genres) if entry.model_version == plan.model_version else nothing
        for entry in (entries if plan.genres else ())
    ]
    return np.array(found, dtype=np.float32).reshape(len(entries), len(plan.genres))


def _segments_of(lines: Lines, plan: Plan) -> list[list[Segment]]:
    slices = plan.slices
    if plan.thinned is None or not slices.divided:
        return []
    times = moments_of(lines.timestamps)
    return [
        list(slices.segments(entry.genre, entry.model_version, time))
        for entry, time in zip(lines.songs, times, strict=True)
    ]


def _counted(held: list[Held], plan: Plan) -> LogPart:
    if not held:
        return LogPart([])
    songs = HeldSongs(held)
    whole = plan.population and Counted.of(songs, plan.population, songs.hashes)
    return LogPart(
        [],
        whole=whole or Population.of(songs, songs.hashes),
        segments=_counted_segments(songs, plan) if songs.segments else {},
        distinct=DistinctSongs.of(songs.hashes, songs.columns) if plan.distinct_songs else None,
    )


def _counted_segments(songs: HeldSongs, plan: Plan) -> dict[Segment, Counted]:
    places = defaultdict(list)
    for place, own in enumerate(songs.segments):
        for segment in own:
            places[segment].append(place)
    columns, found = songs.columns, {}
    for segment, rows in places.items():
        population = plan.thinned
        if segment.by == "genre":
            population = plan.by_genre.get(segment.key, population)
        assert population is not None
        own_songs = songs_of(columns[:, rows])
        found[segment] = Counted.of(own_songs, population, songs.hashes[rows])
    return found
