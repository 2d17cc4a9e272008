"""Songs of one side of a comparison, as a table of numbers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from src.features import FEATURE_RANGES, FEATURES
from src.moments import Values

Faults = npt.NDArray[np.bool_]

_LIMITS = [FEATURE_RANGES[feature] for feature in FEATURES]
LOWEST = np.array([[limits.lowest] for limits in _LIMITS])
HIGHEST = np.array([[limits.highest] for limits in _LIMITS])
WHOLE = [place for place, limits in enumerate(_LIMITS) if limits.whole]


@dataclass(frozen=True)
class Quality:
    """What is wrong with the values of songs; that of two parts adds up.

    Attributes
    ----------
    rows : int
        Songs looked at.
    missing, invalid, out_of_range : dict of str to int
        By feature: songs without a value (nothing, null, NaN); with one that is infinite or no
        number; with a number outside the range of the feature.
    rows_missing, rows_out_of_range : int
        Songs that lack a usable value, and songs that have one out of range, of any feature.
    """

    rows: int
    missing: dict[str, int]
    invalid: dict[str, int]
    out_of_range: dict[str, int]
    rows_missing: int
    rows_out_of_range: int

    def __add__(self, other: "Quality") -> "Quality":
        return Quality(
            self.rows + other.rows,
            _add(self.missing, other.missing),
            _add(self.invalid, other.invalid),
            _add(self.out_of_range, other.out_of_range),
            self.rows_missing + other.rows_missing,
            self.rows_out_of_range + other.rows_out_of_range,
        )


@dataclass(frozen=True)
class Songs:
    """A table of songs.

    Attributes
    ----------
    columns : ndarray of float64, shape (12, songs)
        In the order of FEATURES; NaN where a song has no usable value.
    quality : Quality
    genres : ndarray of str, shape (songs,), or None
        Where the table has them and they are wanted.
    """

    columns: Values
    quality: Quality
    genres: npt.NDArray[np.str_] | None = None

    def __len__(self) -> int:
        return int(self.columns.shape[1])

    def usable(self, feature: str) -> Values:
        """The values of a feature, without the gaps."""
        column: Values = self.columns[FEATURES.index(feature)]
        return column[~np.isnan(column)] if self._has_gaps(feature) else column

    def _has_gaps(self, feature: str) -> bool:
        return bool(self.quality.missing[feature] or self.quality.invalid[feature])

    def of_genre(self, genre: str) -> "Songs":
        """The songs of one genre.

        Raises
        ------
        ValueError
            When the table has no genres.
        """
        if self.genres is None:
            raise ValueError("the table has no genres")
        return songs_of(self.columns[:, self.genres == genre])


def songs_of(
    columns: Values,
    invalid: dict[str, Any] | None = None,
    genres: npt.NDArray[np.str_] | None = None,
) -> Songs:
    """Judge the values of a table.

    Parameters
    ----------
    columns : ndarray of float64, shape (12, songs)
        NaN where there is no usable value.
    invalid : dict of str to ndarray of bool, shape (songs,), or None
        Features some of whose gaps are no gaps in the table, but values that are no number.
    genres : ndarray of str, shape (songs,), or None
    """
    invalid = invalid or {}
    gaps, outside = faults_of(columns)
    counts: dict[str, dict[str, int]] = {"missing": {}, "invalid": {}, "out_of_range": {}}
    for feature, missing, strange in zip(
        FEATURES, gaps.sum(axis=1).tolist(), outside.sum(axis=1).tolist(), strict=True
    ):
        no_number = int(invalid[feature].sum()) if feature in invalid else 0
        counts["invalid"][feature] = no_number
        counts["missing"][feature] = missing - no_number
        counts["out_of_range"][feature] = strange
    quality = Quality(
        rows=columns.shape[1],
        rows_missing=int(gaps.any(axis=0).sum()),
        rows_out_of_range=int(outside.any(axis=0).sum()),
        **counts,
    )
    return Songs(columns, quality, genres)


def faults_of(columns: Values) -> tuple[Faults, Faults]:
    """Where values are missing, and where they are out of the range of their feature.

    Parameters
    ----------
    columns : ndarray of float64, shape (12, songs)

    Returns
    -------
    two ndarrays of bool, shape (12, songs)
        A value that is missing is not out of range.
    """
    gaps = np.isnan(columns)
    # A comparison with NaN is False.
    outside = (columns < LOWEST) | (columns > HIGHEST)
    for place in WHOLE:
        outside[place] |= ~gaps[place] & (columns[place] != np.floor(columns[place]))
    return gaps, outside


def _add(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {feature: one[feature] + other[feature] for feature in one}
