"""What holds for every table of songs, tried on tables that Hypothesis makes up."""

import csv
import io
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_tables import VALUES, Row, tables, text

from src import process
from src.csv_scan import BrokenQuoteError, find_records
from src.process import process_data
from src.songs import FEATURES
from src.split import position, split_by_artist

CELLS = st.text(st.sampled_from('la",\n\u00e9\U0001f3b5'), max_size=12)  # return: not quoted by csv


def processed(content: str, chunk: int = 1 << 20) -> tuple[dict[str, Any], list[Row], str]:
    """The report of a table, its output rows, and all output as it is."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "CHUNK", chunk)
        folder = Path(name)
        (folder / "raw.csv").write_text(content, newline="")
        report = process_data(folder / "raw.csv", folder / "train.csv", folder / "prod.csv")
        sides = [(folder / name).read_text() for name in ("train.csv", "prod.csv")]
        kept = [row for side in sides for row in csv.DictReader(io.StringIO(side, newline=""))]
        quality = (folder / "data_quality.json").read_text()
        return report, kept, "".join([*sides, quality])


@given(tables(), st.lists(st.sampled_from(["", "1,2", "1" + "," * 99]), max_size=3))
def test_every_row_is_kept_or_counted(rows: list[Row], broken: list[str]) -> None:
    """Rows read are rows kept plus rows dropped; what is kept was there, once, and unchanged."""
    report, kept, _ = processed(text(rows) + "".join(f"{line}\n" for line in broken))
    assert report["rows_read"] == len(rows) + len(broken)
    assert report["rows_read"] == report["rows_kept"] + sum(report["rows_dropped"].values())
    assert report["rows_kept"] == len(kept)
    assert report["rows_dropped"]["wrong_number_of_fields"] == len(broken)
    read = {row["artists"]: row for row in rows}
    assert max(Counter(row["artists"] for row in kept).values()) == 1
    for row in kept:
        source = read[row["artists"]]
        assert (row["id"], row["genre"]) == (source["id"], source["genre"].strip())
        for column in ("year", *FEATURES):
            assert float(row[column]) == float(source[column])


@given(tables())
def test_ids_are_unique(rows: list[Row]) -> None:
    """Of the usable songs with one id exactly one is kept, and all that have none."""
    once = {row["id"]: row for row in reversed(rows) if row["id"]}
    _, kept, _ = processed(text(rows))
    ids = Counter(row["id"] for row in kept)
    assert all(count == 1 for song_id, count in ids.items() if song_id)
    alone = [row | {"id": ""} for row in rows]
    assert {row["id"] for row in kept if row["id"]} == {
        rows[int(row["artists"].split()[1])]["id"] for row in processed(text(alone))[1]
    } - {""}
    assert set(ids) - {""} <= set(once)


@settings(max_examples=25)
@given(tables())
def test_chunks_change_nothing(rows: list[Row]) -> None:
    """Files and report are the same bytes, in whatever pieces the table is read."""
    content = text(rows)
    whole = processed(content)
    for chunk in (1, 300):
        assert processed(content, chunk) == whole


@settings(max_examples=25)
@given(tables())
def test_quotes_change_nothing(rows: list[Row]) -> None:
    """A cell in quotes, be it empty, is the same as one without."""
    quoted = processed(text(rows, csv.QUOTE_ALL))
    assert quoted == processed(text(rows))


@given(tables(), st.randoms(use_true_random=False))
def test_order_changes_nothing(rows: list[Row], random: Any) -> None:
    """In another order the same songs are kept, but for which of a repeated id comes first."""
    shuffled = random.sample(rows, len(rows))
    (one, kept, _), (other, again, _) = processed(text(rows)), processed(text(shuffled))
    for part in ("rows_read", "rows_kept", "rows_dropped", "faults_by_feature"):
        assert one[part] == other[part]
    times = Counter(row["id"] for row in rows)
    unrepeated = [
        {row["artists"] for row in side if not row["id"] or times[row["id"]] == 1}
        for side in (kept, again)
    ]
    assert unrepeated[0] == unrepeated[1]


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=8), st.booleans())
def test_records_are_those_of_the_csv_module(rows: list[list[str]], quote_all: bool) -> None:
    """Ends and numbers of fields are what Python's own CSV reader finds."""
    file = io.StringIO()
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    csv.writer(file, lineterminator="\n", quoting=quoting).writerows(rows)
    content = file.getvalue().encode()
    records = find_records(content, last=True)
    assert records.fields.tolist() == [len(row) for row in rows]
    starts = [0, *records.ends.tolist()]
    assert starts[-1] == len(content)
    pieces = [content[a:b].decode() for a, b in zip(starts[:-1], starts[1:], strict=True)]
    assert [next(csv.reader(io.StringIO(piece, newline=""))) for piece in pieces] == rows
    assert records.breaks.tolist() == [content[:end].count(b"\n") for end in starts[1:]]


@given(st.lists(st.sampled_from([b'"', b",", b"\n", b"a", b"b" * 61]), max_size=40).map(b"".join))
def test_broken_quotes(content: bytes) -> None:
    """A text is refused exactly when one read byte by byte, as RFC 4180 has it, is no CSV."""
    content += b"\n"
    fields, ends, state, sound = 1, [], "start", True
    for byte in content.decode():
        match state, byte:
            case "quoted", _:
                state = "closed" if byte == '"' else "quoted"
            case "start", '"':
                state = "quoted"
            case "closed", '"':
                state = "quoted"
            case _, ",":
                fields, state = fields + 1, "start"
            case _, "\n":
                ends.append(fields)
                fields, state = 1, "start"
            case ("start" | "plain"), byte if byte != '"':
                state = "plain"
            case _:
                sound = False
    if sound and state != "quoted":
        assert find_records(content, last=True).fields.tolist() == ends
    else:
        with pytest.raises(BrokenQuoteError):
            find_records(content, last=True)


ARTISTS = st.lists(st.lists(st.sampled_from("ABCDEFGHIJ"), max_size=3, unique=True), max_size=20)


@given(ARTISTS, st.floats(0.05, 0.95), st.integers(0, 99))
def test_no_artist_on_both_sides(artists: list[list[str]], fraction: float, seed: int) -> None:
    """No artist of a training song has a validation song; each song is on one side or neither."""
    sides = split_by_artist(artists, fraction, seed)
    of = {
        name: {artist for row in mask.nonzero()[0] for artist in artists[row]}
        for name, mask in vars(sides).items()
    }
    assert of["training"].isdisjoint(of["validation"])
    assert ((sides.training + 0) + sides.validation + sides.neither == 1).all()
    for row in sides.neither.nonzero()[0]:
        held_out = {position(artist, seed) < fraction for artist in artists[row]}
        assert len(held_out) != 1


@given(ARTISTS, ARTISTS, st.integers(0, 99))
def test_more_songs_move_nobody(old: list[list[str]], more: list[list[str]], seed: int) -> None:
    """The side of a song is the same with other songs before it, after it, or without them."""
    alone = split_by_artist(old, 0.3, seed)
    among = split_by_artist([*more, *old, *more], 0.3, seed)
    here = slice(len(more), len(more) + len(old))
    for side in ("training", "validation", "neither"):
        assert getattr(alone, side).tolist() == getattr(among, side)[here].tolist()


def test_a_report_is_json() -> None:
    """The report that is written is the one that is returned."""
    plain = dict(zip(FEATURES, VALUES, strict=True)) | {"genre": "Rock", "lyrics": ""}
    report, _, output = processed(text([plain | {"year": year} for year in ("2000", "2020")]))
    assert json.loads(output[output.index("{") :]) == report
