from pathlib import Path

import polars as pl
import pytest

from src.errors import InputError
from src.features import FEATURES
from src.tables import read_table
from tests.conftest import SONG


def test_reads_only_the_features(tmp_path: Path) -> None:
    """Other columns may hold anything: ids, quoted line breaks, a feature in another place."""
    path = tmp_path / "songs.csv"
    columns = {"id": ["007"], "lyrics": ['one, "two"\nthree']}
    columns |= {feature: [SONG[feature]] for feature in reversed(FEATURES)}
    pl.DataFrame(columns).write_csv(path)
    sample = read_table(path)
    assert sample.rows == 1
    assert {name: feature.values.tolist() for name, feature in sample.features.items()} == {
        feature: [float(value)] for feature, value in SONG.items()
    }
    assert tuple(sample.features) == FEATURES


def test_cells_that_hold_no_number(tmp_path: Path) -> None:
    """An empty cell, text and infinity in a file are counted and stop nothing."""
    path = tmp_path / "songs.csv"
    rows = [",".join(map(str, (SONG | {"tempo": cell}).values())) for cell in ("", "x", "inf", 9)]
    path.write_text("\n".join([",".join(FEATURES), *rows]) + "\n")
    tempo = read_table(path).features["tempo"]
    assert (tempo.values.tolist(), tempo.missing, tempo.invalid) == ([9.0], 1, 2)


def test_a_header_alone(tmp_path: Path) -> None:
    """A table without rows is a table with 0 songs."""
    path = tmp_path / "songs.csv"
    path.write_text(",".join(FEATURES) + "\n")
    assert read_table(path).rows == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["is empty", "danceability"]),
        (b" \n", ["is empty"]),
        (b"PK\x03\x04\x00\x00", ["NUL"]),
        (b"key;mode\n5;1\n", ["no column danceability", "key;mode", "commas"]),
        (b"year,key,mode\n2000,5,1\n", ["no column danceability", "found: year, key, mode"]),
        (b"key,mode\n\xff\xfe,1\n", ["cannot be read as CSV"]),
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
