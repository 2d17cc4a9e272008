import gzip
import json
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from src.features import FEATURES
from src.log_entries import lines_in
from src.log_files import blocks_of, texts_of
from src.log_part import LogPart
from src.log_tasks import tasks_of
from src.plan import Plan
from src.population import Population
from src.processes import Processes
from src.request_log import LogCounts, read_request_log
from src.slices import Segment, Slices
from src.songs import songs_of
from tests.conftest import REJECTED, SONG, STAMP, log_line

Write = Callable[..., Path]


def read(path: Any, plan: Plan | None = None) -> tuple[LogPart, LogCounts]:
    return read_request_log(path, plan or Plan())


def kinds(path: Any) -> dict[str, int]:
    """The kinds of lines that were found."""
    _, counts = read(path)
    found = {kind: getattr(counts, kind) for kind in ("used", "rejected", "invalid", "torn")}
    assert counts.lines == sum(found.values())
    return {kind: count for kind, count in found.items() if count}


def test_songs(write_log: Write) -> None:
    """The features of each song are read by name, in their order, whatever stands beside them."""
    other = {"tempo": 99.5, "key": 7.0}
    part, _ = read(write_log(log_line(), log_line(**other), json.dumps(SONG)))
    songs = dict(zip(FEATURES, part.sample.columns, strict=True))
    assert sorted(songs["tempo"]) == [99.5, 120.0, 120.0]
    assert sorted(songs["key"]) == [5.0, 5.0, 7.0]
    assert part.whole.rows == 3
    tempo, duration = (part.whole.distributions[f] for f in ("tempo", "duration_ms"))
    assert (tempo.values.tolist(), tempo.at_or_below.tolist()) == ([99.5, 120.0], [1, 3])
    assert (duration.values.tolist(), duration.count) == ([210000.0], 3)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (log_line(), "used"),
        (REJECTED, "rejected"),
        (log_line(status=400), "rejected"),
        (log_line(status=503), "rejected"),
        (log_line(status=399), "used"),
        (REJECTED.replace("422", "200"), "invalid"),
        ("{}", "invalid"),
        ("[]", "invalid"),
        ("null", "invalid"),
        ('"text"', "invalid"),
        ("hello", "invalid"),
        (log_line()[:80], "invalid"),
        (log_line()[:80] + log_line(), "invalid"),
        (log_line(status="ok"), "invalid"),
        (log_line(tempo=None), "invalid"),
        (log_line(tempo="120"), "invalid"),
        (log_line(tempo=True), "invalid"),
        (log_line(tempo=[120]), "invalid"),
        (log_line(tempo=float("nan")), "invalid"),
        (log_line(tempo=1000.5), "invalid"),
        (log_line().replace("120.0", "1e999"), "invalid"),
        (log_line(energy=-0.01), "invalid"),
        (log_line(key=4.5), "invalid"),
        (log_line(mode=2), "invalid"),
        (log_line(duration_ms=0), "invalid"),
        (log_line(genre="[" * 100_000), "used"),
        ("[" * 100_000, "invalid"),
        ('{"tempo":' * 100_000, "invalid"),
        ('{"probabilities":' + "[" * 100_000, "invalid"),
        (log_line(genre="Chanson \u00e9\u2028"), "used"),
    ],
)
def test_one_line(write_log: Write, line: str, kind: str) -> None:
    """A line counts as one kind, and one bad line takes nothing from the good ones around it."""
    path = write_log(log_line(), line, log_line())
    expected = {"used": 2}
    expected[kind] = expected.get(kind, 0) + 1
    assert kinds(path) == expected


def test_bytes_that_are_no_utf8(write_log: Write) -> None:
    """A line in another encoding is counted and stops nothing."""
    path = write_log(log_line(), log_line(timestamp="X"), log_line())
    path.write_bytes(path.read_bytes().replace(b'"X"', b'"\xff\xfe"').replace(b"Rock", b"R\xff"))
    found = kinds(path)
    assert sum(found.values()) == 3
    assert found["invalid"] >= 1


def test_a_torn_last_line(write_log: Write) -> None:
    """A last line that was cut off counts as torn; a whole one without a line end is a song."""
    assert kinds(write_log(log_line(), log_line()[:-30], end="")) == {"used": 1, "torn": 1}
    assert kinds(write_log(log_line(), log_line(), end="")) == {"used": 2}
    for whole in (log_line(tempo=-1), "[]"):
        assert kinds(write_log(log_line(), whole, end="")) == {"used": 1, "invalid": 1}


def test_blank_lines_and_windows_line_ends(write_log: Write) -> None:
    """Blank lines are no lines, and a carriage return before the line end does no harm."""
    assert kinds(write_log("", log_line() + "\r", "  ", REJECTED + "\r", "\r")) == {
        "used": 1,
        "rejected": 1,
    }


def test_an_empty_log(write_log: Write) -> None:
    """The service makes its log at its start: an empty one is a log with 0 songs."""
    path = write_log(end="")
    part, counts = read(path)
    assert (part.whole, counts.used, counts.lines, counts.files) == (None, 0, 0, [str(path)])


def test_packed_files(write_log: Write) -> None:
    """Files in .gz are read as the others are, all of a folder together."""
    path = write_log(log_line(), REJECTED)
    packed = path.with_name("api_requests.jsonl.1.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()) + gzip.compress(path.read_bytes()))
    assert kinds(path.parent) == {"used": 3, "rejected": 3}


@pytest.mark.parametrize("damage", ["cut", "wrong bytes", "wrong block", "not gzip"])
def test_a_damaged_packed_file(write_log: Write, damage: str) -> None:
    """Of a damaged .gz what comes before the damage is used, the file named, the others read."""
    path = write_log(log_line())
    lines = "".join(log_line(request_id=str(number)) + "\n" for number in range(20_000))
    content = bytearray(gzip.compress(lines.encode()))
    if damage == "cut":
        del content[-1000:]
    elif damage == "wrong block":
        content[10] = 0xFF  # the first byte after the header
    elif damage == "wrong bytes":
        content[-4000:-2000] = b"\xff" * 2000
    else:
        content = bytearray(b"plain text\n")
    packed = path.with_name("api_requests.jsonl.1.gz")
    packed.write_bytes(content)
    part, counts = read(path.parent)
    assert counts.damaged_files == [str(packed)]
    assert part.whole.rows == counts.used
    if damage in ("not gzip", "wrong block"):
        assert counts.used == 1
    else:
        assert 10_000 < counts.used < 20_001


def test_first_and_last_timestamp(write_log: Write) -> None:
    """The span is by time, not by place; other zones and lines without a usable time do no harm."""
    path = write_log(
        log_line(timestamp="2026-11-24T12:00:00Z"),
        log_line(timestamp="2026-11-24T12:30:00+02:00"),
        REJECTED.replace(STAMP, "2026-11-24T13:00:00.5"),
        log_line(timestamp="yesterday"),
        log_line(timestamp=1_700_000_000),
    )
    _, counts = read(path)
    assert counts.used == 4
    assert counts.first_timestamp == "2026-11-24T10:30:00.000+00:00"
    assert counts.last_timestamp == "2026-11-24T13:00:00.500+00:00"


def test_no_timestamp(write_log: Write) -> None:
    """Without a timestamp there is no span."""
    _, counts = read(write_log(json.dumps(SONG)))
    assert (counts.first_timestamp, counts.last_timestamp) == (None, None)


def test_where_unusable_lines_are(write_log: Write) -> None:
    """A torn, a glued and a binary line in the middle are told by file, number and fault."""
    lines = [log_line(), log_line()[:80], log_line() * 2, "", "BINARY", log_line(tempo=None),
             log_line(tempo=-1.0, key=3.5), log_line(), "[]"]
    path = write_log(*lines)
    path.write_bytes(path.read_bytes().replace(b"BINARY", bytes(range(128, 138))))
    other = write_log(log_line(), log_line()[:-30], name="b.jsonl", end="")
    _, counts = read(path.parent)
    assert (counts.used, counts.invalid, counts.torn) == (3, 6, 1)
    assert (counts.missing, counts.out_of_range) == (1, 1)
    found = [(line["file"], line["line"], line["fault"]) for line in counts.unusable_lines]
    assert found == [
        (str(path), 2, "no JSON object"),
        (str(path), 3, "no JSON object"),
        (str(path), 5, "no JSON object"),
        (str(path), 6, "a feature is no number"),
        (str(path), 7, "out of range: key, tempo"),
        (str(path), 9, "no entry of a request log"),
        (str(other), 2, "the last line is cut off, or just being written"),
    ]


def test_not_every_bad_line_is_told(write_log: Write) -> None:
    """Of a log full of bad lines the first are told, and all are counted."""
    _, counts = read(write_log(*["bad"] * 1000))
    assert (counts.invalid, len(counts.unusable_lines)) == (1000, 20)


@pytest.mark.parametrize("chunk", [1, 50, 400, 10**6])
@pytest.mark.parametrize("size", [1, 7, 600, 1500, 10**6])
def test_blocks(write_log: Write, monkeypatch: pytest.MonkeyPatch, size: int, chunk: int) -> None:
    """However a file is cut into blocks, each line is read once, by one of them, and whole.

    Lines may be longer than what is read at once.
    """
    monkeypatch.setattr("src.log_files.CHUNK_BYTES", chunk)
    monkeypatch.setattr("src.log_files.LINE_BYTES", chunk)
    path = write_log(*[log_line(request_id="x" * number) for number in range(30)], "bad", end="")
    blocks = blocks_of([path], size)
    read = [list(texts_of(block)) for block in blocks]
    assert b"".join(text for texts in read for text in texts) == path.read_bytes()
    assert sum(len(lines_in(text)) for texts in read for text in texts) == 31


def test_parts_add_up_to_the_whole(write_log: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """What small blocks say together, places of bad lines included, is what one block says."""
    lines = [
        log_line(tempo=float(number), request_id=str(number), model_version=str(number % 2))
        for number in range(200)
    ]
    path = write_log(*lines[:150], "bad", *lines[150:], REJECTED, "worse")
    population = Population.of(songs_of(np.random.default_rng(0).random((12, 50))))
    plan = Plan(population, population.thinned, slices=Slices(by=("model_version", "week")))
    whole, counts = read(path, plan)
    monkeypatch.setattr("src.request_log.tasks_of", lambda files: tasks_of(files, 10_000))
    parts, part_counts = read(path, plan)
    assert len(parts.blocks) > 5
    assert part_counts == counts
    assert [line["line"] for line in counts.unusable_lines] == [151, 203]
    for feature in FEATURES:
        one, other = whole.whole.tallies[feature], parts.whole.tallies[feature]
        assert np.array_equal(one.at_or_below, other.at_or_below)
        assert np.array_equal(one.below, other.below)
        assert one.moments.average == pytest.approx(other.moments.average)
    assert np.array_equal(whole.sample.columns, parts.sample.columns)
    assert whole.segments.keys() == parts.segments.keys()
    assert {s.by for s in whole.segments} == {"model_version", "week"}
    assert [found.rows for found in whole.segments.values()] == [
        parts.segments[segment].rows for segment in whole.segments
    ]
    assert whole.predictions["0"].genres == parts.predictions["0"].genres == {"Rock": 100}


def test_from_when_to_when(write_log: Write) -> None:
    """Only what is of the span counts; all else, and what is of no time, is outside."""
    times = ["2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z", "never"]
    lines = [log_line(timestamp=time) for time in times]
    lines += [REJECTED.replace(STAMP, time) for time in times]
    slices = Slices(
        since=datetime(2026, 11, 2, tzinfo=UTC), until=datetime(2026, 11, 3, tzinfo=UTC)
    )
    part, counts = read(write_log(*lines), Plan(slices=slices))
    assert (counts.used, counts.rejected, counts.outside, counts.lines) == (1, 1, 6, 8)
    assert part.whole.rows == 1
    assert counts.first_timestamp == counts.last_timestamp == "2026-11-02T00:00:00.000+00:00"


def test_segments(write_log: Write) -> None:
    """Songs are counted by predicted genre, model version, week and window."""
    lines = [
        log_line(genre="Jazz", model_version="2", timestamp="2026-11-23T00:00:00Z"),
        log_line(genre="R&B", model_version="3", timestamp="2026-11-29T23:59:59Z"),
        log_line(genre="R&B", model_version="3", timestamp="2026-11-30T00:00:00Z"),
        log_line(genre=5, model_version=None, timestamp="never"),
    ]
    slices = Slices(by=("genre", "model_version", "week"), window=timedelta(days=1))
    population = Population.of(songs_of(np.random.default_rng(0).random((12, 50))))
    part, _ = read(write_log(*lines), Plan(population, population.thinned, slices=slices))
    assert {(s.by, s.key): found.rows for s, found in part.segments.items()} == {
        ("genre", "Jazz"): 1,
        ("genre", "R&B"): 2,
        ("genre", "unknown"): 1,
        ("model_version", "2"): 1,
        ("model_version", "3"): 2,
        ("model_version", "unknown"): 1,
        ("week", "2026-11-23T00:00:00+00:00"): 2,
        ("week", "2026-11-30T00:00:00+00:00"): 1,
        ("window", "2026-11-23T00:00:00+00:00"): 1,
        ("window", "2026-11-29T00:00:00+00:00"): 1,
        ("window", "2026-11-30T00:00:00+00:00"): 1,
    }
    assert part.segments[Segment("genre", "R&B")].tallies["tempo"].count == 2


def test_probabilities_of_one_version(write_log: Write) -> None:
    """The sample holds the probabilities of the wanted version, in the wanted order of genres."""
    lines = [
        log_line(probabilities={"Rock": 0.75, "Pop": 0.25}),
        log_line(probabilities={"Rock": 0.5, "Pop": 0.5}, model_version="2"),
        log_line(probabilities={"Rock": 1.0}),
        log_line(probabilities="none"),
    ]
    plan = Plan(genres=("Pop", "Rock"), model_version="1")
    part, _ = read(write_log(*lines), plan)
    known = part.sample.probabilities[~np.isnan(part.sample.probabilities[:, 0])]
    assert known.tolist() == [[0.25, 0.75]]
    assert part.sample.probabilities.shape == (4, 2)


def test_answers_that_priors_adapted(write_log: Write) -> None:
    """Where the service adapted its answer, the model's own is what counts as its prediction."""
    adapted = log_line(genre="Pop", confidence=0.9, priors="0123456789ab")
    part, _ = read(write_log(log_line(), adapted, log_line(priors="x", probabilities=3)))
    found = part.predictions["1"]
    assert found.genres == {"Rock": 2, "unknown": 1}
    assert found.confidence[12] == found.confidence.sum() == 2  # .61 is in the bin from .6 to .65


def test_answers_to_labelled_requests(write_log: Write) -> None:
    """Of the requests whose genre is known the answers are kept."""
    path = write_log(log_line(request_id="a"), log_line(request_id="b", genre="Pop"), REJECTED)
    plan = Plan(genres=("Pop", "Rock"), labelled=frozenset({"b", "c"}))
    answers = read(path, plan)[0].answers
    assert [(a.request_id, a.genre, a.model_version) for a in answers] == [("b", "Pop", "1")]
    assert answers[0].probabilities.tolist() == pytest.approx([0.39, 0.61])


def test_processes_find_the_same(write_log: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """What other processes read is what is read here."""
    path = write_log(*[log_line(tempo=float(number)) for number in range(200)], "bad")
    monkeypatch.setattr("src.request_log.tasks_of", lambda files: tasks_of(files, 30_000))
    plan = Plan(Population.of(songs_of(np.random.default_rng(0).random((12, 50)))))
    here, counts = read(path, plan)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        there, other_counts = read_request_log(path, plan, Processes(executor, 2, lambda: None))
    assert other_counts == counts
    assert there.whole.tallies["tempo"].moments == here.whole.tallies["tempo"].moments
