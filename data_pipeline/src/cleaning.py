"""Which rows of a table of songs can be used, and why the others cannot."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from src.song_batches import Batch
from src.songs import FEATURE_RANGES, FEATURES, GENRE, ID, YEAR, YEARS, FeatureRange

REASONS = (
    "wrong_number_of_fields",
    "no_year",
    "no_genre",
    "missing_feature",
    "non_finite_feature",
    "out_of_range_feature",
    "repeated_id",
)
INTEGERS = ("key", "mode", "duration_ms")
USABLE = "usable"


@dataclass
class Cleaner:
    """Cleans a table that comes in batches; each dropped row is counted once, by its first fault.

    Attributes
    ----------
    rows : int
        Rows seen.
    dropped : Counter
        Dropped rows by reason, one of REASONS.
    first_lines : dict
        The line of the first row that was dropped, by reason.
    faults : Counter
        Faults by (reason, feature); a row with several faults counts in each.
    """

    rows: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    first_lines: dict[str, int] = field(default_factory=dict)
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    _ids: set[str] = field(default_factory=set)

    def clean(self, batch: Batch) -> pl.DataFrame:
        """The usable rows of a batch, in their order, with numbers as such.

        A year or a whole feature may be written with a decimal point (1999.0). Of rows with the
        same id the first usable one is kept; rows without an id are not compared.
        """
        self.rows += len(batch.lines) + len(batch.ragged)
        self._drop("wrong_number_of_fields", batch.ragged)
        plan = batch.cells.lazy().with_columns(TYPED).with_columns(CLEAN.alias(USABLE))
        typed, lines = plan.collect(), batch.lines
        usable = typed.drop_in_place(USABLE)
        if not usable.all():
            faulty = typed.filter(~usable)
            self._count_faults(faulty, lines[~usable.to_numpy()])
            typed, lines = typed.filter(usable), lines[usable.to_numpy()]
        if ID in typed.columns:
            first = self._first_of_each_id(typed[ID])
            if not first.all():
                self._drop("repeated_id", lines[~first])
                typed = typed.filter(first)
        return typed.with_columns(WRITTEN)

    def _drop(self, reason: str, lines: npt.NDArray[np.int64]) -> None:
        if len(lines):
            self.dropped[reason] += len(lines)
            self.first_lines.setdefault(reason, int(lines[0]))

    def _count_faults(self, faulty: pl.DataFrame, lines: npt.NDArray[np.int64]) -> None:
        reasons = faulty.select(_reason().alias("reason"))["reason"]
        for reason in reasons.unique():
            self._drop(reason, lines[(reasons == reason).to_numpy()])
        counts = faulty.select(
            test(feature).sum().alias(f"{reason} {feature}")
            for reason, test in FEATURE_TESTS.items()
            for feature in FEATURES
        )
        for name, count in counts.row(0, named=True).items():
            if count:
                reason, feature = name.split()
                self.faults[reason, feature] += count

    def _first_of_each_id(self, ids: pl.Series) -> npt.NDArray[np.bool_]:
        first = np.ones(len(ids), np.bool_)
        known = ids.drop_nulls().to_list()
        here = set(known)
        if len(here) < len(known) or not self._ids.isdisjoint(here):
            for row, song_id in enumerate(ids.to_list()):
                if song_id is not None:
                    first[row] = song_id not in self._ids
                    self._ids.add(song_id)
        self._ids |= here
        return first


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
    """The first of REASONS that a row gives which is not usable."""
    no_year, no_genre = ~_has_year().fill_null(False), ~_has_genre().fill_null(False)
    expression = pl.when(no_year).then(pl.lit("no_year")).when(no_genre).then(pl.lit("no_genre"))
    for reason, test in FEATURE_TESTS.items():
        expression = expression.when(
            pl.any_horizontal(test(feature) for feature in FEATURES)
        ).then(pl.lit(reason))
    return expression
