"""CSV tables of songs, checked at the door."""

from pathlib import Path

import polars as pl

from src.errors import InputError
from src.features import FEATURES
from src.samples import Sample, sample_from_frame


def read_table(path: str | Path) -> Sample:
    """Read the 12 features of a CSV file; other columns are not looked at.

    Parameters
    ----------
    path : path
        CSV file in UTF-8 with a header, such as train.csv and prod_sim.csv of the pipeline.

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
        # As text: a value that is no number would stop Polars, and is to be counted instead.
        table = pl.scan_csv(path, infer_schema=False)
        present = table.collect_schema().names()
        features = [feature for feature in FEATURES if feature in present]
        frame = table.select(features or present).collect()
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{path} cannot be read as CSV: {error}") from error
    if len(features) < len(FEATURES):
        lacking = ", ".join(feature for feature in FEATURES if feature not in present)
        raise InputError(
            f"{path} has no column {lacking}; found: {', '.join(present[:30])[:500]}"
            + ("" if len(present) > 1 else " (columns must be separated by commas)")
        )
    return sample_from_frame(frame, str(path))
