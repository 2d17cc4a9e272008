"""Which rows of a table of songs can be used, and why the others cannot."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from src.counts import Counts
from src.song_batches import Batch
from src.songs import FEATURE_RANGES, FEATURES, GENRE, YEAR, YEARS, FeatureRange

INTEGERS = ("key", "mode", "duration_ms")
USABLE = "usable"


@dataclass(frozen=True)
class Cleaned:
    """What is left of a batch.

    Attributes
    ----------
    songs : DataFrame
        The usable rows in their order, with numbers as such.
    lines : ndarray of int, shape (songs,)
        The line in which each of them starts.
    counts : Counts
        What was read and dropped.
    """

    songs: pl.DataFrame
    lines: npt.NDArray[np.int64]
    counts: Counts


def clean(batch: Batch) -> Cleaned:
    """Drop the rows of a batch that cannot be used, and count each once, by its first fault.

    A year or a whole feature may be written with a decimal point (1999.0). Rows with an id that was
    there before are usable here: which of them is the first, no batch can know.
    """
    counts = Counts(rows=len(batch.lines) + len(batch.ragged))
    counts += Counts.of_dropped("wrong_number_of_fields", batch.part, batch.ragged)
    plan = batch.cells.lazy().with_columns(TYPED).with_columns(CLEAN.alias(USABLE))
    typed, lines = plan.collect(), batch.lines
    usable = typed.drop_in_place(USABLE)
    if not usable.all():
        counts += _faults(typed.filter(~usable), lines[~usable.to_numpy()], batch.part)
        typed, lines = typed.filter(usable), lines[usable.to_numpy()]
    return Cleaned(typed.with_columns(WRITTEN), lines, counts)


def _faults(faulty: pl.DataFrame, lines: npt.NDArray[np.int64], part: str) -> Counts:
    reasons = faulty.select(_reason().alias("reason"))["reason"]
    pairs = [(reason, feature) for reason in FEATURE_TESTS for feature in FEATURES]
    sums = faulty.select(
        FEATURE_TESTS[reason](feature).sum().alias(f"{reason} {feature}")
        for reason, feature in pairs
    )
    found = dict(zip(pairs, sums.row(0), strict=True))
    counts = Counts(faults=Counter({pair: count for pair, count in found.items() if count}))
    for reason in reasons.unique():
        counts += Counts.of_dropped(reason, part, lines[(reasons == reason).to_numpy()])
    return counts


def _number(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64, strict=False)


def _has_year() -> pl.Expr:
    year = pl.col(YEAR)
    return year.is_between(*YEARS) & (year == year.floor())


def _has_genre() -> pl.Expr:
    return pl.col(GENRE).str.len_bytes() > 0


def _within(feature: str) -> pl.Expr:
    limits: FeatureRange = FEATURE_RANGES[feature]
    column = pl.col(feature)
    within = column.is_between(limits.lowest, limits.highest)
    return within & (column == column.floor()) if limits.whole else within


# The cells of a row as numbers, whether it has no fault of its own, and how it is written.
TYPED = [_number(YEAR), pl.col(GENRE).str.strip_chars(), *map(_number, FEATURES)]
CLEAN = pl.all_horizontal(_has_year(), _has_genre(), *map(_within, FEATURES)).fill_null(False)
WRITTEN = [pl.col(YEAR).cast(pl.Int64), *(pl.col(i).round().cast(pl.Int64) for i in INTEGERS)]


def _missing(feature: str) -> pl.Expr:
    return pl.col(feature).is_null()


def _non_finite(feature: str) -> pl.Expr:
    return pl.col(feature).is_finite().not_().fill_null(False)


def _out_of_range(feature: str) -> pl.Expr:
    return (~_within(feature) & pl.col(feature).is_finite()).fill_null(False)


FEATURE_TESTS = {
    "missing_feature": _missing,
    "non_finite_feature": _non_finite,
    "out_of_range_feature": _out_of_range,
}


def _reason() -> pl.Expr:
    """The first reason that a row gives which is not usable."""
    no_year, no_genre = ~_has_year().fill_null(False), ~_has_genre().fill_null(False)
    expression = pl.when(no_year).then(pl.lit("no_year")).when(no_genre).then(pl.lit("no_genre"))
    for reason, test in FEATURE_TESTS.items():
        expression = expression.when(
            pl.any_horizontal(test(feature) for feature in FEATURES)
        ).then(pl.lit(reason))
    return expression
