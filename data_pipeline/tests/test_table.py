from pathlib import Path

import numpy as np
import polars as pl
import pytest

from src.command import PipelineError
from src.songs import FEATURES
from src.table import read_songs


def test_read(tables: Path) -> None:
    """Features come in the contract's order as 32-bit floats, artists as names."""
    table = pl.read_csv(tables / "train.csv")
    songs = read_songs(tables / "train.csv")
    assert songs.features.shape == (len(songs), len(FEATURES))
    assert songs.features.dtype == "float32"
    assert songs.features[:, 10].tolist() == pytest.approx(table["tempo"].to_list())
    assert songs.genres.tolist() == table["genre"].to_list()
    assert songs.years.tolist() == table["year"].to_list()
    assert all(isinstance(name, str) for names in songs.artists for name in names)


def test_a_selection(tables: Path) -> None:
    """At most the wished number of songs is taken, spread over the whole table, and all counted."""
    songs, few = read_songs(tables / "train.csv"), read_songs(tables / "train.csv", most=10)
    rows = np.linspace(0, len(songs) - 1, 10).round().astype(int)
    np.testing.assert_array_equal(few.features, songs.features[rows])
    assert few.artists == [songs.artists[row] for row in rows]
    assert (len(few), few.in_file, songs.in_file) == (10, len(songs), len(songs))
    assert len(read_songs(tables / "train.csv", most=10**6)) == len(songs)


def test_no_table(tmp_path: Path) -> None:
    """A table that is not there or cannot be read is named, with what makes it."""
    with pytest.raises(PipelineError, match="dvc repro"):
        read_songs(tmp_path / "train.csv")
    header = f"artists,year,genre,{','.join(FEATURES)}"
    (tmp_path / "train.csv").write_text(f"{header}\nA,2000,Rock,loud\n")
    with pytest.raises(PipelineError, match="train.csv cannot be read"):
        read_songs(tmp_path / "train.csv")
