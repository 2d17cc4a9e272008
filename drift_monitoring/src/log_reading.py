"""Blocks of the request log, read and counted."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import compress
from typing import Any

import numpy as np

from src.answers import answer, predictions, probabilities
from src.distinct_songs import DistinctSongs
from src.hashes import Hashes, row_hashes, song_hashes
from src.log_files import Block
from src.log_lines import LineCounts, Lines, read_lines
from src.log_part import LogPart
from src.plan import Plan
from src.population import Counted, Population
from src.row_sample import ROWS, RowSample, smallest
from src.slices import Segment, Slices
from src.songs import Songs, songs_of

# Songs that are held in memory before they are counted.
BATCH = 200_000


def read_blocks(blocks: Sequence[Block], plan: Plan) -> LogPart:
    """Read the lines of some blocks and count what they say; small ones are counted together."""
    part = LogPart([])
    held: list[Lines] = []
    for block in blocks:
        counts = LineCounts()
        part.blocks.append((block, counts))
        for lines in read_lines(block, counts):
            held.append(_within(lines, plan.slices, part))
            if sum(len(lines.songs) for lines in held) >= BATCH:
                part += _counted(held, plan)
                held.clear()
    return part + _counted(held, plan)


def _within(lines: Lines, slices: Slices, part: LogPart) -> Lines:
    """The lines of the span that is looked at."""
    if not slices.all_times:
        songs = [slices.holds(time) for time in lines.times]
        rejected = [time for time in lines.rejected if slices.holds(time)]
        part.outside += songs.count(False) + len(lines.rejected) - len(rejected)
        lines = Lines(
            lines.columns[:, songs],
            list(compress(lines.songs, songs)),
            list(compress(lines.times, songs)),
            rejected,
        )
    part.rejected += len(lines.rejected)
    times = [time for time in (*lines.times, *lines.rejected) if time]
    if times:
        part.first = min(times) if part.first is None else min(part.first, *times)
        part.last = max(times) if part.last is None else max(part.last, *times)
    return lines


def _counted(held: list[Lines], plan: Plan) -> LogPart:
    if not any(lines.songs for lines in held):
        return LogPart([])
    songs = songs_of(np.concatenate([lines.columns for lines in held], axis=1))
    entries = [entry for lines in held for entry in lines.songs]
    times = [time for lines in held for time in lines.times]
    hashes = song_hashes(songs.columns)
    whole = plan.population and Counted.of(songs, plan.population, hashes)
    return LogPart(
        [],
        whole=whole or Population.of(songs, hashes),
        segments=_segments(songs, entries, times, hashes, plan),
        predictions=predictions(entries),
        sample=_sample(songs, entries, hashes, plan),
        answers=[
            answer(entry, plan.genres)
            for entry in (entries if plan.labelled else ())
            if entry.request_id in plan.labelled
        ],
        distinct=DistinctSongs.of(hashes, songs.columns) if plan.distinct_songs else None,
    )


def _segments(
    songs: Songs, entries: list[Any], times: list[Any], hashes: Hashes, plan: Plan
) -> dict[Segment, Counted]:
    slices = plan.slices
    if plan.thinned is None or not (slices.by or slices.window):
        return {}
    places = defaultdict(list)
    for place, (entry, time) in enumerate(zip(entries, times, strict=True)):
        for segment in slices.segments(entry.genre, entry.model_version, time):
            places[segment].append(place)
    found = {}
    for segment, rows in places.items():
        population = plan.thinned
        if segment.by == "genre":
            population = plan.by_genre.get(segment.key, population)
        part = songs_of(songs.columns[:, rows])
        found[segment] = Counted.of(part, population, hashes[rows])
    return found


def _sample(songs: Songs, entries: list[Any], hashes: Hashes, plan: Plan) -> RowSample:
    rows = row_hashes(hashes, [entry.request_id or "" for entry in entries])
    kept = smallest(rows, ROWS)
    nothing = np.full(len(plan.genres), np.nan, dtype=np.float32)
    found = [
        probabilities(entries[row], plan.genres)
        if entries[row].model_version == plan.model_version
        else nothing
        for row in (kept if plan.genres else ())
    ]
    return RowSample(
        rows[kept],
        songs.columns[:, kept],
        np.array(found, dtype=np.float32).reshape(len(kept), len(plan.genres)),
    )
