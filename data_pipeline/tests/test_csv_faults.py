"""What happens to a songs.csv that is not as it should be."""

import bz2
import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from src import csv_chunks, load
from src.command import PipelineError
from src.process import main, process_data
from src.songs import FEATURES

VALUES = "0.5,0.6,5,-7.0,1,0.05,0.2,0.0,0.1,0.5,120.0,210000"
HEADER = f"id,name,year,genre,{','.join(FEATURES)}\n".encode()
TEXT = pl.String


def song(number: object, name: str = "A song", year: object = 2000, genre: str = "Rock") -> bytes:
    return f"{number},{name},{year},{genre},{VALUES}\n".encode()


OLD = b"".join(song(number) for number in range(3))
NEW = song(99, year=2020)


def process(folder: Path, content: bytes) -> tuple[dict[str, Any], list[str]]:
    """The report of a file with this content, and the ids of its training songs."""
    path = folder / "songs.csv"
    path.write_bytes(content)
    report = process_data(path, folder / "train.csv", folder / "prod.csv")
    train = pl.read_csv(folder / "train.csv", schema_overrides={"id": TEXT})
    return report, train["id"].to_list()


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + HEADER + OLD + NEW,
        b"\xef\xbb\xbf" + HEADER.replace(b"id,", b'"id",') + OLD + NEW,
        (HEADER + OLD + NEW).replace(b"\n", b"\r\n"),
        (HEADER + OLD + NEW).replace(b"210000\n", b'"210000"\r\n'),
        (HEADER + OLD + NEW).rstrip(),
        HEADER.replace(b"year", b'"year"') + OLD + NEW,
    ],
    ids=["mark", "mark and quotes", "CRLF", "CRLF and quotes", "no last break", "quoted header"],
)
def test_read_as_they_are(tmp_path: Path, content: bytes) -> None:
    """Byte-order mark, CRLF, quotes where none are needed, no last line break: all rows count."""
    report, ids = process(tmp_path, content)
    assert report["rows_read"] == report["rows_kept"] == 4
    assert ids == ["0", "1", "2"]


def test_order_of_columns(tmp_path: Path) -> None:
    """Columns are found by name, wherever they stand; the output has its own order."""
    names = HEADER.decode().strip().split(",")
    rows = [line.decode().split(",") for line in (OLD + NEW).splitlines()]
    plain, _ = process(tmp_path, HEADER + OLD + NEW)
    train = (tmp_path / "train.csv").read_bytes()
    lines = [",".join(reversed(row)) for row in [names, *rows]]
    assert process(tmp_path, "\n".join(lines).encode())[0] == plain
    assert (tmp_path / "train.csv").read_bytes() == train


def test_texts_that_look_like_nothing(tmp_path: Path) -> None:
    """None, NA and null are texts like others, and ids keep their leading zeros."""
    rows = [song("007", "None"), song("NA", "NA"), song("None", "null"), song("", "nan")]
    report, ids = process(tmp_path, HEADER + b"".join(rows) + NEW)
    assert report["rows_kept"] == 5
    assert ids == ["007", "NA", "None", None]
    genres, _ = process(tmp_path, HEADER + song(1, genre="None") + song(2, genre="NA") + NEW)
    assert genres["train"]["genres"] == {"None": 1, "NA": 1}


@pytest.mark.parametrize(
    ("rows", "reason", "line"),
    [
        (song(5, "one, two"), "wrong_number_of_fields", 5),
        (b"5,one\n", "wrong_number_of_fields", 5),
        (b"\n", "wrong_number_of_fields", 5),
        (song(5, '"a\n""b""\n"') + b"6\n", "wrong_number_of_fields", 8),
        (HEADER, "no_year", 5),
        (song(5, year="2005.0") + song(6, year="in 2005"), "no_year", 6),
        (song(5, genre=" "), "no_genre", 5),
        (song(1), "repeated_id", 5),
    ],
)
def test_counted_rows(tmp_path: Path, rows: bytes, reason: str, line: int) -> None:
    """A row that is broken is dropped, counted, and the line of the first one is told."""
    report, _ = process(tmp_path, HEADER + OLD + rows + NEW)
    assert {r: n for r, n in report["rows_dropped"].items() if n} == {reason: 1}
    assert report["first_dropped_lines"] == {reason: line}


def test_a_file_cut_off(tmp_path: Path) -> None:
    """A last row that breaks off is counted; one that breaks off in a quoted field is refused."""
    report, _ = process(tmp_path, HEADER + NEW + OLD[:-20])
    assert report["rows_dropped"]["wrong_number_of_fields"] == 1
    assert report["first_dropped_lines"] == {"wrong_number_of_fields": 5}
    with pytest.raises(PipelineError, match="songs.csv, line 3: a quote opens a field .* cut off"):
        process(tmp_path, HEADER + NEW + b'5,"never\nended')


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (song(5, '"open') + OLD, "line 5: a quote opens a field here that is not closed"),
        (song(5, '"open') + song(6, '"a, ""b"""'), "line 5: a quote opens a field"),
        (song(5, '"a\nb"') + song(6, '"open') + song(7, '"c"'), "line 7: a quote opens a field"),
        (song(5, '"a" b'), "line 5: a quote opens a field"),
        (song(5, '5" nails'), "line 5: a quote in the middle of a field"),
        (song(5, '5" nails') + song(6, '6" nails'), "line 5: a quote in the middle of a field"),
        (song(5, "a\0b"), "line 5: a NUL byte"),
        (song(5, '"a\nb\0"'), "line 6: a NUL byte"),
        ('"\u00e9\n",Caf'.encode() + b"\xe9" + song("", "")[1:], "line 6, byte 6: no UTF-8"),
        (song(5, "Caf\u00e9").decode().encode("latin-1"), r"line 5, byte 6: .*Caf\\xe9.*iconv"),
    ],
)
@pytest.mark.parametrize("size", [64, 1 << 20])
def test_refused_with_the_line(
    tmp_path: Path, rows: bytes, words: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be read for certain is refused with the line in question; nothing is written."""
    monkeypatch.setattr("src.process.CHUNK", size)
    (tmp_path / "train.csv").write_text("former")
    with pytest.raises(PipelineError, match=words):
        process(tmp_path, HEADER + OLD + rows + NEW)
    assert (tmp_path / "train.csv").read_text() == "former"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["songs.csv", "train.csv"]


def test_an_open_quote_far_from_the_next(tmp_path: Path) -> None:
    """An open quote swallows no row, be it at the start of many rows without any quote."""
    rows = b"".join(song(number) for number in range(5000))
    with pytest.raises(PipelineError, match="line 5: a quote opens a field"):
        process(tmp_path, HEADER + OLD + song(5, '"open') + rows + NEW)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty; wanted a CSV table with year, genre, danceability"),
        (HEADER, "none of the 0 rows can be used"),
        (HEADER.rstrip(), "none of the 0 rows can be used"),
        ((HEADER + OLD).decode().encode("utf-16"), "is in UTF-16; convert it .*iconv"),
        ((HEADER + OLD).decode().encode("utf-16-le"), "line 1: a NUL byte"),
        (gzip.compress(HEADER + OLD), "is packed with gzip; unpack it"),
        (bz2.compress(HEADER + OLD), "is packed with bzip2; unpack it"),
        ((HEADER + OLD).replace(b"\n", b"\r"), "carriage returns alone"),
        (HEADER.replace(b"name", b"year") + OLD, "column year more than once .columns 2 and 3"),
        (HEADER.replace(b"year", b"Year") + OLD, "no column year; rename the column 'Year'"),
        (HEADER.replace(b"tempo", b" tempo") + OLD, "no column tempo; rename the column ' tempo'"),
        (HEADER.replace(b"energy", b"enregy") + OLD, "no column energy; rename .*'enregy'"),
        (HEADER.replace(b"genre", b"style") + OLD, "no column genre; found: id, name, year, style"),
    ],
)
def test_no_table_of_songs(tmp_path: Path, content: bytes, words: str) -> None:
    """A file of another kind, or with another header, is refused with what helps."""
    with pytest.raises(PipelineError, match=words):
        process(tmp_path, content)
    assert [path.name for path in tmp_path.iterdir()] == ["songs.csv"]


def test_a_column_that_is_not_kept_may_be_there_twice(tmp_path: Path) -> None:
    """Only a column that the pipeline keeps must be unique."""
    content = HEADER.replace(b"id,", b"name,") + OLD + NEW
    path = tmp_path / "songs.csv"
    path.write_bytes(content)
    report = process_data(path, tmp_path / "train.csv", tmp_path / "prod.csv")
    assert report["rows_kept"] == 4


@pytest.mark.parametrize("quote", [b"", b'"'])
def test_a_very_long_row(tmp_path: Path, quote: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row above the limit is refused with its line, be it one line or many within quotes."""
    monkeypatch.setattr(csv_chunks, "LONGEST_RECORD", 1 << 20)
    monkeypatch.setattr("src.process.CHUNK", 1 << 16)
    break_ = b"\n" if quote else b" "
    lyrics = quote + (b"la la" + break_) * (1 << 18) + quote
    row = song(5, lyrics.decode())
    with pytest.raises(PipelineError, match="line 5: a row of more than 1 MiB begins here"):
        process(tmp_path, HEADER + OLD + row + NEW)
    monkeypatch.setattr(csv_chunks, "LONGEST_RECORD", 2 << 20)
    assert process(tmp_path, HEADER + OLD + row + NEW)[0]["rows_kept"] == 5


def test_spellings_of_a_genre(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Genres that differ by case, spaces or punctuation stay apart, and are told with counts."""
    genres = ["Hip-Hop", "hip hop", "Hip-Hop", " Hip-Hop ", "R&B", "Rock", "???", "!"]
    rows = b"".join(song(number, genre=genre) for number, genre in enumerate(genres))
    path = tmp_path / "songs.csv"
    path.write_bytes(HEADER + rows + song(98, year=2020, genre="HIPHOP") + NEW)
    outputs = ["--train_output", str(tmp_path / "t.csv"), "--prod_output", str(tmp_path / "p.csv")]
    assert main(["--input_path", str(path), *outputs]) == 0
    report = json.loads((tmp_path / "data_quality.json").read_text())
    assert report["similar_genres"] == [{"Hip-Hop": 3, "hip hop": 1, "HIPHOP": 1}]
    assert "one? 'Hip-Hop' 3, 'HIPHOP' 1, 'hip hop' 1" in capsys.readouterr().out


def test_dropped_rows_are_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command says for each reason how many rows, where the first one is, and what it lacks."""
    path = tmp_path / "songs.csv"
    spoilt = song(7).replace(b"120.0", b"") + song(8).replace(b"120.0", b"fast") + b"9\n"
    path.write_bytes(HEADER + OLD + spoilt + NEW)
    outputs = ["--train_output", str(tmp_path / "t.csv"), "--prod_output", str(tmp_path / "p.csv")]
    assert main(["--input_path", str(path), *outputs]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["wrong_number_of_fields", "1", "7"] in lines
    assert ["missing_feature", "2", "5", "tempo", "2"] in lines


@pytest.mark.parametrize("command", ["load", "process"])
def test_a_folder(tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder instead of the file is said to be one."""
    outputs = ["--train_output", str(tmp_path / "t"), "--prod_output", str(tmp_path / "p")]
    source = str(tmp_path)
    if command == "load":
        assert load.main(["--source_path", source, "--output_path", str(tmp_path / "raw")]) == 1
    else:
        assert main(["--input_path", source, *outputs]) == 1
    assert f"{command}: error: {source} is a folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
