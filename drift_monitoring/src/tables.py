"""Tables of songs, from CSV files and data frames, checked at the door."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from src.errors import InputError
from src.features import FEATURES
from src.songs import Songs, songs_of

GENRE = "genre"


def read_table(path: str | Path, genres: bool = False) -> Songs:
    """Read the 12 features of a CSV file.

    Parameters
    ----------
    path : path
        CSV file in UTF-8 with a header, such as train.csv and prod_sim.csv of the pipeline. Other
        columns are not looked at.
    genres : bool
        Those are wanted too, where it has them; they take a third of the time that it takes then.

    Raises
    ------
    InputError
        When there is no such file, or it is empty, no CSV, or lacks the column of a feature.
    """
    path = Path(path)
    wanted = f"wanted a CSV table with {', '.join(FEATURES)}"
    if not path.is_file():
        raise InputError(f"there is no file {path}; {wanted} (the pipeline's dvc repro makes it)")
    with open(path, "rb") as file:
        start = file.read(1 << 16)
    if not start.strip():
        raise InputError(f"{path} is empty; {wanted}")
    if b"\0" in start:
        raise InputError(f"{path} is no CSV text (it holds NUL bytes: is it packed, or UTF-16?)")
    try:
        present = pl.scan_csv(path, infer_schema=False).collect_schema().names()
        _check_columns(str(path), present)
        columns = [*FEATURES, *([GENRE] if genres and GENRE in present else [])]
        return songs_from_frame(_numbers_or_text(path, columns), str(path), genres)
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{path} cannot be read as CSV: {error}") from error


def _numbers_or_text(path: Path, columns: list[str]) -> pl.DataFrame:
    """Columns of numbers as such; those in which a cell is none as text, to judge each cell."""
    numbers = dict.fromkeys(FEATURES, pl.Float64)
    table = pl.scan_csv(path, infer_schema=False, schema_overrides=numbers, ignore_errors=True)
    frame = table.select(columns).collect()
    gaps = [feature for feature in FEATURES if frame[feature].null_count()]
    if not gaps:
        return frame
    return frame.with_columns(pl.scan_csv(path, infer_schema=False).select(gaps).collect())


def songs_from_frame(frame: Any, name: str, genres: bool = False) -> Songs:
    """Take the 12 features out of a table.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        Or whatever has `columns`, a length and columns by name that NumPy takes. Text that reads
        as a number counts as that number.
    name : str
        What errors call the table.
    genres : bool
        Those are wanted too, where it has them.

    Raises
    ------
    InputError
        When a feature has no column, or a column that cannot hold numbers.
    """
    found = [str(column) for column in frame.columns]
    _check_columns(name, found)
    columns = np.empty((len(FEATURES), len(frame)))
    invalid = {}
    for index, feature in enumerate(FEATURES):
        try:
            columns[index], no_number = _column(_series(frame[feature]))
        except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
            raise InputError(f"column {feature} of {name} holds no numbers: {error}") from error
        if no_number.any():
            invalid[feature] = no_number
    own = np.asarray(frame[GENRE], dtype=np.str_) if genres and GENRE in found else None
    return songs_of(columns, invalid, own)


def _check_columns(name: str, present: list[str]) -> None:
    lacking = [feature for feature in FEATURES if feature not in present]
    if lacking:
        raise InputError(
            f"{name} has no column {', '.join(lacking)}; "
            f"found: {', '.join(present[:30])[:500] or 'no columns'}"
            + (" (columns must be separated by commas)" if len(present) == 1 else "")
        )


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


def _column(column: pl.Series) -> tuple[Any, Any]:
    """Values with NaN for gaps, and which of the gaps are values that are no number."""
    if column.dtype == pl.Float64 and not column.null_count():
        values = column.to_numpy()
        if np.isfinite(values).all():
            return values, np.zeros(0, dtype=bool)
    missing = column.is_null()
    if column.dtype == pl.String:
        column = column.str.strip_chars()
        missing |= (column == "").fill_null(False)
    numbers = column.cast(pl.Float64, strict=False)
    missing |= numbers.is_nan().fill_null(False)
    usable = numbers.is_finite().fill_null(False).to_numpy()
    values = numbers.fill_null(float("nan")).to_numpy()
    return np.where(usable, values, np.nan), ~missing.to_numpy() & ~usable
