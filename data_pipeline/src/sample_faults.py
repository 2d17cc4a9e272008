"""Spoil some sample songs the way real tables are spoilt, so that cleaning has something to do."""

import numpy as np
import polars as pl

# Each is a column and what may stand there instead; the id of the song before makes a repetition.
FAULTS = (
    ("year", pl.lit(None)),
    ("year", pl.lit(0)),
    ("genre", pl.lit(None)),
    ("tempo", pl.lit(None)),
    ("energy", pl.lit(float("nan"))),
    ("danceability", pl.lit(17.5)),
    ("loudness", pl.lit(-99.0)),
    ("id", pl.col("id").shift(1)),
)


def spoil(songs: pl.DataFrame, share: float, rng: np.random.Generator) -> pl.DataFrame:
    """Give about `share` of the songs one fault each.

    Parameters
    ----------
    songs : DataFrame
    share : float
        Between 0 and 1; 0 changes nothing.
    rng : Generator

    Returns
    -------
    DataFrame
    """
    spoilt = rng.random(songs.height) < share
    fault = np.where(spoilt, rng.integers(0, len(FAULTS), songs.height), -1)
    for number, (column, value) in enumerate(FAULTS):
        here = pl.Series(fault == number)
        spoiling = pl.when(here).then(value).otherwise(pl.col(column))
        songs = songs.with_columns(spoiling.alias(column))
    return songs
