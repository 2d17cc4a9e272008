import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from src.features import FEATURES
from src.request_log import read_request_log
from tests.conftest import REJECTED, SONG, STAMP, log_line

Write = Callable[..., Path]


def kinds(path: Any) -> dict[str, int]:
    """The kinds of lines that were found."""
    _, counts = read_request_log(path)
    found = {kind: getattr(counts, kind) for kind in ("used", "rejected", "invalid", "torn")}
    assert counts.lines == sum(found.values())
    return {kind: count for kind, count in found.items() if count}


def test_songs(write_log: Write) -> None:
    """The features of each song are read by name, in their order, whatever stands beside them."""
    other = {"tempo": 99.5, "key": 7.0}
    sample, _ = read_request_log(write_log(log_line(), log_line(**other), json.dumps(SONG)))
    assert sample.rows == 3
    assert tuple(sample.features) == FEATURES
    assert sample.features["tempo"].values.tolist() == [120.0, 99.5, 120.0]
    assert sample.features["key"].values.tolist() == [5.0, 7.0, 5.0]
    assert sample.features["duration_ms"].values.tolist() == [210000.0] * 3


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
    sample, counts = read_request_log(path)
    assert (sample.rows, counts.lines, counts.files) == (0, 0, [str(path)])
    assert all(len(feature.values) == 0 for feature in sample.features.values())


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
    sample, counts = read_request_log(path.parent)
    assert counts.damaged_files == [str(packed)]
    assert sample.rows == counts.used
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
    sample, counts = read_request_log(path)
    assert sample.rows == 4
    assert counts.first_timestamp == "2026-11-24T10:30:00.000+00:00"
    assert counts.last_timestamp == "2026-11-24T13:00:00.500+00:00"


def test_no_timestamp(write_log: Write) -> None:
    """Without a timestamp there is no span."""
    _, counts = read_request_log(write_log(json.dumps(SONG)))
    assert (counts.first_timestamp, counts.last_timestamp) == (None, None)
