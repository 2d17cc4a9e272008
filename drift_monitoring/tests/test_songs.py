from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from src.errors import InputError
from src.features import FEATURES
from src.songs import songs_of
from src.tables import songs_from_frame
from tests.conftest import SONG

FRAMES = [pl.DataFrame, pd.DataFrame]


def tempo(make: Any, values: list[Any], **options: Any) -> tuple[list[float], int, int]:
    """Of a column tempo with these values: the usable ones, missing ones, invalid ones."""
    columns: dict[str, Any] = {feature: [SONG[feature]] * len(values) for feature in FEATURES}
    series = pl.Series(values, **options) if make is pl.DataFrame else pd.Series(values, **options)
    found = songs_from_frame(make(columns | {"tempo": series}), "songs")
    quality = found.quality
    return found.usable("tempo").tolist(), quality.missing["tempo"], quality.invalid["tempo"]


@pytest.mark.parametrize("make", FRAMES)
def test_numbers(make: Any) -> None:
    """Both kinds of frames give the same values, whole numbers as well."""
    assert tempo(make, [100, 120, 90]) == ([100.0, 120.0, 90.0], 0, 0)


@pytest.mark.parametrize("make", FRAMES)
def test_gaps_and_infinity(make: Any) -> None:
    """A missing value and an infinite one are left out, each counted under its kind."""
    values = [100.0, None, float("nan"), float("inf"), float("-inf"), 90.0]
    assert tempo(make, values) == ([100.0, 90.0], 2, 2)


@pytest.mark.parametrize("make", FRAMES)
def test_text(make: Any) -> None:
    """Text that reads as a number is that number; an empty cell is missing, other text invalid."""
    values = ["100", " 90.5 ", "fast", "", None, "inf", "NaN"]
    assert tempo(make, values) == ([100.0, 90.5], 3, 2)


def test_nullable_and_mixed_columns_of_pandas() -> None:
    """pandas' own gaps are missing values, in its nullable columns and among objects."""
    assert tempo(pd.DataFrame, [100, None], dtype="Int64") == ([100.0], 1, 0)
    assert tempo(pd.DataFrame, [100, pd.NA, "n/a"], dtype="object") == ([100.0], 1, 1)


def test_a_gap_leaves_the_other_features_alone() -> None:
    """A song without one feature still counts for the other eleven."""
    frame = pl.DataFrame({feature: [1.0, 2.0] for feature in FEATURES} | {"key": [None, 1.0]})
    found = songs_from_frame(frame, "songs")
    assert len(found) == 2
    usable = {feature: len(found.usable(feature)) for feature in FEATURES}
    assert usable == dict.fromkeys(FEATURES, 2) | {"key": 1}
    assert found.quality.rows_missing == 1


def test_values_out_of_range() -> None:
    """A value that the feature cannot have is counted, and the song once, but it is compared."""
    values = [[SONG[feature]] * 3 for feature in FEATURES]
    columns = np.array(values, dtype=np.float64)
    columns[FEATURES.index("tempo"), 0] = 1000.5
    columns[FEATURES.index("key"), :2] = 4.5
    columns[FEATURES.index("mode"), 2] = np.nan
    found = songs_of(columns)
    counts = {f: count for f, count in found.quality.out_of_range.items() if count}
    assert counts == {"tempo": 1, "key": 2}
    assert (found.quality.rows_out_of_range, found.quality.rows_missing) == (2, 1)
    assert found.usable("tempo").tolist() == [1000.5, 120.0, 120.0]


def test_quality_of_parts_adds_up() -> None:
    """What is wrong with two parts is what is wrong with both."""
    columns = np.full((12, 5), np.nan)
    both = songs_of(columns[:, :2]).quality + songs_of(columns[:, 2:]).quality
    assert both == songs_of(columns).quality


def test_songs_of_a_genre() -> None:
    """A genre has its songs with their values; a table without genres has none to ask for."""
    frame = pl.DataFrame({f: [SONG[f]] * 3 for f in FEATURES} | {"genre": ["Pop", "R&B", "Pop"]})
    assert len(songs_from_frame(frame, "songs", genres=True).of_genre("Pop")) == 2
    with pytest.raises(ValueError, match="no genres"):
        songs_from_frame(frame.drop("genre"), "songs", genres=True).of_genre("Pop")


@pytest.mark.parametrize("make", FRAMES)
def test_missing_column(make: Any) -> None:
    """A table without a feature is refused with its name, the feature's, and what was found."""
    columns = {feature: [1.0] for feature in FEATURES if feature not in ("key", "tempo")}
    with pytest.raises(InputError, match="prod_df has no column key, tempo; found: danceability"):
        songs_from_frame(make(columns), "prod_df")


def test_a_column_of_lists() -> None:
    """A column that cannot hold numbers is refused with its name."""
    frame = pl.DataFrame({feature: [1.0] for feature in FEATURES} | {"key": [[1, 2]]})
    with pytest.raises(InputError, match="column key of train_df holds no numbers"):
        songs_from_frame(frame, "train_df")
