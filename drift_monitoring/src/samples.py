"""Songs of one side of a comparison, as arrays of numbers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from src.errors import InputError
from src.features import FEATURES

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FeatureSample:
    """The values of one feature on one side.

    Attributes
    ----------
    values : ndarray of float64, shape (usable songs,)
        Finite values only, in the unit of the feature.
    missing : int
        Songs without a value: nothing, null or NaN.
    invalid : int
        Songs whose value is infinite or no number.
    """

    values: Values
    missing: int = 0
    invalid: int = 0


@dataclass(frozen=True)
class Sample:
    """The songs of one side; a song that lacks one feature still counts for the others.

    Attributes
    ----------
    rows : int
        Songs, with or without gaps.
    features : dict of str to FeatureSample
        In the order of FEATURES.
    """

    rows: int
    features: dict[str, FeatureSample]


def sample_from_frame(frame: Any, name: str) -> Sample:
    """Take the 12 features out of a table.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        Or whatever has `columns`, a length and columns by name that NumPy takes. Text that reads
        as a number counts as that number.
    name : str
        What errors call the table.

    Raises
    ------
    InputError
        When a feature has no column, or a column that cannot hold numbers.
    """
    found = [str(column) for column in frame.columns]
    missing = [feature for feature in FEATURES if feature not in found]
    if missing:
        raise InputError(
            f"{name} has no column {', '.join(missing)}; "
            f"found: {', '.join(found[:30])[:500] or 'no columns'}"
        )
    samples = {}
    for feature in FEATURES:
        try:
            samples[feature] = _feature_sample(_series(frame[feature]))
        except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
            raise InputError(f"column {feature} of {name} holds no numbers: {error}") from error
    return Sample(rows=len(frame), features=samples)


def _series(column: Any) -> pl.Series:
    if isinstance(column, pl.Series):
        return column
    try:
        return pl.Series(np.asarray(column, dtype=np.float64))
    except (TypeError, ValueError):
        # Mixed values, such as "n/a" among numbers: as text, each is judged by itself.
        gaps = column.isna() if hasattr(column, "isna") else [value is None for value in column]
        cells = zip(column, gaps, strict=True)
        return pl.Series([None if gap else str(value) for value, gap in cells], dtype=pl.String)


def _feature_sample(column: pl.Series) -> FeatureSample:
    missing = column.is_null()
    if column.dtype == pl.String:
        column = column.str.strip_chars()
        missing |= (column == "").fill_null(False)
    numbers = column.cast(pl.Float64, strict=False)
    missing |= numbers.is_nan().fill_null(False)
    usable = numbers.is_finite().fill_null(False)
    return FeatureSample(
        values=numbers.filter(usable).to_numpy(),
        missing=int(missing.sum()),
        invalid=int((~missing & ~usable).sum()),
    )
