from pathlib import Path

import polars as pl
import pytest

from src.errors import InputError
from src.features import FEATURES
from src.tables import read_table
from tests.conftest import SONG

HEADER = ",".join([*FEATURES, "genre"]).encode() + b"\n"


def test_reads_only_the_features(tmp_path: Path) -> None:
    """Other columns may hold anything: ids, quoted line breaks, a feature in another place."""
    path = tmp_path / "songs.csv"
    columns = {"id": ["007"], "lyrics": ['one, "two"\nthree']}
    columns |= {feature: [SONG[feature]] for feature in reversed(FEATURES)}
    pl.DataFrame(columns).write_csv(path)
    found = read_table(path, genres=True)
    assert found.columns.T.tolist() == [list(map(float, SONG.values()))]
    assert found.genres is None


def test_cells_that_hold_no_number(tmp_path: Path) -> None:
    """An empty cell, text and infinity in a file are counted and stop nothing."""
    path = tmp_path / "songs.csv"
    rows = [",".join(map(str, (SONG | {"tempo": cell}).values())) for cell in ("", "x", "inf", 9)]
    path.write_text("\n".join([",".join(FEATURES), *rows]) + "\n")
    found = read_table(path)
    assert found.usable("tempo").tolist() == [9.0]
    assert (found.quality.missing["tempo"], found.quality.invalid["tempo"]) == (1, 2)
    assert found.usable("energy").tolist() == [0.6] * 4


def test_genres(tmp_path: Path) -> None:
    """The genre of each song is read where it is wanted and the table has one."""
    path = tmp_path / "songs.csv"
    pl.DataFrame([SONG | {"genre": "R&B"}, SONG | {"genre": "Pop"}]).write_csv(path)
    genres = read_table(path, genres=True).genres
    assert genres is not None and genres.tolist() == ["R&B", "Pop"]
    assert read_table(path).genres is None


def test_a_header_alone(tmp_path: Path) -> None:
    """A table without rows is a table with 0 songs."""
    path = tmp_path / "songs.csv"
    path.write_text(",".join(FEATURES) + "\n")
    assert len(read_table(path)) == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["is empty", "danceability"]),
        (b" \n", ["is empty"]),
        (b"PK\x03\x04\x00\x00", ["NUL"]),
        (b"key;mode\n5;1\n", ["no column danceability", "key;mode", "commas"]),
        (b"year,key,mode\n2000,5,1\n", ["no column danceability", "found: year, key, mode"]),
        (HEADER + b"\xff\xfe" + b",1" * 12, ["cannot be read as CSV"]),
        (HEADER + b"1," * 12 + b"\xff\xfe", ["cannot be read as CSV"]),
    ],
)
def test_no_table_of_songs(tmp_path: Path, content: bytes, words: list[str]) -> None:
    """An empty file, no CSV, missing columns: the error says what was found and is wanted."""
    path = tmp_path / "songs.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        read_table(path)
    assert all(word in str(error.value) for word in ["songs.csv", *words])


def test_no_file(tmp_path: Path) -> None:
    """A file that is not there is named, with what makes it."""
    with pytest.raises(InputError, match="there is no file .*none.csv.*dvc repro"):
        read_table(tmp_path / "none.csv")
