from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from src.errors import InputError
from src.features import FEATURES
from src.samples import FeatureSample, sample_from_frame
from tests.conftest import SONG

FRAMES = [pl.DataFrame, pd.DataFrame]


def tempo(make: Any, values: list[Any], **options: Any) -> FeatureSample:
    """What becomes of a column tempo with these values."""
    columns: dict[str, Any] = {feature: [SONG[feature]] * len(values) for feature in FEATURES}
    series = pl.Series(values, **options) if make is pl.DataFrame else pd.Series(values, **options)
    return sample_from_frame(make(columns | {"tempo": series}), "songs").features["tempo"]


@pytest.mark.parametrize("make", FRAMES)
def test_numbers(make: Any) -> None:
    """Both kinds of frames give the same values, whole numbers as well."""
    found = tempo(make, [100, 120, 90])
    assert found.values.tolist() == [100.0, 120.0, 90.0]
    assert found.values.dtype == np.float64
    assert (found.missing, found.invalid) == (0, 0)


@pytest.mark.parametrize("make", FRAMES)
def test_gaps_and_infinity(make: Any) -> None:
    """A missing value and an infinite one are left out, each counted under its kind."""
    found = tempo(make, [100.0, None, float("nan"), float("inf"), float("-inf"), 90.0])
    assert found.values.tolist() == [100.0, 90.0]
    assert (found.missing, found.invalid) == (2, 2)


@pytest.mark.parametrize("make", FRAMES)
def test_text(make: Any) -> None:
    """Text that reads as a number is that number; an empty cell is missing, other text invalid."""
    found = tempo(make, ["100", " 90.5 ", "fast", "", None, "inf", "NaN"])
    assert found.values.tolist() == [100.0, 90.5]
    assert (found.missing, found.invalid) == (3, 2)


def test_nullable_and_mixed_columns_of_pandas() -> None:
    """pandas' own gaps are missing values, in its nullable columns and among objects."""
    assert tempo(pd.DataFrame, [100, None], dtype="Int64").missing == 1
    mixed = tempo(pd.DataFrame, [100, pd.NA, "n/a"], dtype="object")
    assert (mixed.values.tolist(), mixed.missing, mixed.invalid) == ([100.0], 1, 1)


def test_a_gap_leaves_the_other_features_alone() -> None:
    """A song without one feature still counts for the other eleven."""
    frame = pl.DataFrame({feature: [1.0, 2.0] for feature in FEATURES} | {"key": [None, 1.0]})
    sample = sample_from_frame(frame, "songs")
    assert sample.rows == 2
    assert {name: len(feature.values) for name, feature in sample.features.items()} == (
        dict.fromkeys(FEATURES, 2) | {"key": 1}
    )


@pytest.mark.parametrize("make", FRAMES)
def test_missing_column(make: Any) -> None:
    """A table without a feature is refused with its name, the feature's, and what was found."""
    columns = {feature: [1.0] for feature in FEATURES if feature not in ("key", "tempo")}
    with pytest.raises(InputError, match="prod_df has no column key, tempo; found: danceability"):
        sample_from_frame(make(columns), "prod_df")


def test_a_column_of_lists() -> None:
    """A column that cannot hold numbers is refused with its name."""
    frame = pl.DataFrame({feature: [1.0] for feature in FEATURES} | {"key": [[1, 2]]})
    with pytest.raises(InputError, match="column key of train_df holds no numbers"):
        sample_from_frame(frame, "train_df")
