"""Which rows of a table of songs can be used, and why the others cannot."""

from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from src.songs import ARTISTS, FEATURE_RANGES, FEATURES, GENRE, ID, YEAR, YEARS, FeatureRange

REASONS = (
    "no_year",
    "no_genre",
    "missing_feature",
    "non_finite_feature",
    "out_of_range_feature",
    "repeated_id",
)
INTEGERS = ("key", "mode", "duration_ms")


@dataclass
class Cleaner:
    """Cleans a table that comes in batches; each dropped row is counted once, by its first fault.

    Attributes
    ----------
    rows : int
        Rows seen.
    dropped : Counter
        Dropped rows by reason, one of REASONS.
    faults : Counter
        Faults by (reason, feature); a row with several faults counts in each.
    """

    rows: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    _ids: set[str] = field(default_factory=set)

    def clean(self, batch: pl.DataFrame) -> pl.DataFrame:
        """The usable rows of `batch`, whose columns are all text, in their order and typed.

        A year or a whole feature may be written with a decimal point (1999.0). Of rows with the
        same id the first usable one is kept; rows without an id are not compared.
        """
        typed = batch.with_columns(
            _number(YEAR),
            pl.col(GENRE).str.strip_chars(),
            *(_number(feature) for feature in FEATURES),
        )
        reasons = typed.select(_reason().alias("reason"))["reason"]
        self.rows += batch.height
        self._count_faults(typed)
        usable = typed.filter(reasons.is_null())
        counts = reasons.drop_nulls().value_counts()
        self.dropped.update(dict(counts.iter_rows()))
        if ID in usable.columns:
            usable = self._first_of_each_id(usable)
        return usable.with_columns(
            pl.col(YEAR).cast(pl.Int64), *(pl.col(name).round().cast(pl.Int64) for name in INTEGERS)
        )

    def _count_faults(self, typed: pl.DataFrame) -> None:
        counts = typed.select(
            test(feature).sum().alias(f"{reason} {feature}")
            for reason, test in FEATURE_TESTS.items()
            for feature in FEATURES
        )
        for name, count in counts.row(0, named=True).items():
            if count:
                reason, feature = name.split()
                self.faults[reason, feature] += count

    def _first_of_each_id(self, usable: pl.DataFrame) -> pl.DataFrame:
        first = []
        for song_id in usable[ID].to_list():
            first.append(song_id is None or song_id not in self._ids)
            if song_id is not None:
                self._ids.add(song_id)
        self.dropped["repeated_id"] += usable.height - sum(first)
        return usable.filter(pl.Series(first, dtype=pl.Boolean))


def kept_columns(found: list[str]) -> list[str]:
    """The columns that the pipeline keeps of those that a file has."""
    return [c for c in (ID, ARTISTS) if c in found] + [YEAR, GENRE, *FEATURES]


def _number(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64, strict=False)


def _missing(feature: str) -> pl.Expr:
    return pl.col(feature).is_null()


def _non_finite(feature: str) -> pl.Expr:
    return pl.col(feature).is_finite().not_().fill_null(False)


def _out_of_range(feature: str) -> pl.Expr:
    limits: FeatureRange = FEATURE_RANGES[feature]
    column = pl.col(feature)
    outside = column.is_between(limits.lowest, limits.highest).not_()
    if limits.whole:
        outside = outside | (column != column.floor())
    return (outside & column.is_finite()).fill_null(False)


FEATURE_TESTS = {
    "missing_feature": _missing,
    "non_finite_feature": _non_finite,
    "out_of_range_feature": _out_of_range,
}


def _reason() -> pl.Expr:
    """The first of REASONS that a row gives, or null; repeated ids are found later."""
    year = pl.col(YEAR)
    is_year = (year.is_between(*YEARS) & (year == year.floor())).fill_null(False)
    has_genre = (pl.col(GENRE).str.len_bytes() > 0).fill_null(False)
    expression = pl.when(~is_year).then(pl.lit("no_year")).when(~has_genre).then(pl.lit("no_genre"))
    for reason, test in FEATURE_TESTS.items():
        expression = expression.when(
            pl.any_horizontal(test(feature) for feature in FEATURES)
        ).then(pl.lit(reason))
    return expression.otherwise(None)
