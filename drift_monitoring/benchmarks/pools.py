"""The pools that draws are made from: songs up to 2010 of a CSV file, and the genres after it."""

from pathlib import Path

import numpy as np
import polars as pl

from draws import FEATURES, Pool

LAST_YEAR = 2010


def make_pools(real: Path, sample: Path, folder: Path) -> None:
    """Write real.npz and sample.npz of two CSV files of songs.

    The mix of genres in made songs does not change in 2010. So the newer mix of both pools is
    their older one times the ratio of the real songs' shares, newer to older; a genre that the
    real songs lack keeps its weight.
    """
    older, newer = _read(real)
    ratio = _shares(newer["genre"]).join(_shares(older["genre"]), on="genre", suffix="_older")
    ratios = {genre: new / old for genre, new, old in ratio.iter_rows()}
    _pool(older, ratios).save(folder / "real.npz")
    _pool(_read(sample)[0], ratios).save(folder / "sample.npz")


def _read(path: Path) -> "tuple[pl.DataFrame, pl.DataFrame]":
    table = pl.scan_csv(path).select(*FEATURES, "genre", "year").drop_nulls().collect()
    return table.filter(pl.col("year") <= LAST_YEAR), table.filter(pl.col("year") > LAST_YEAR)


def _shares(genres: pl.Series) -> pl.DataFrame:
    return genres.value_counts(normalize=True, name="share")


def _pool(songs: pl.DataFrame, ratios: "dict[str, float]") -> Pool:
    names = sorted(songs["genre"].unique())
    genres = np.searchsorted(names, songs["genre"].to_numpy())
    weights = np.bincount(genres) * np.array([ratios.get(name, 1.0) for name in names])
    features = songs.select(pl.col(FEATURES).cast(pl.Float64)).to_numpy(order="c")
    return Pool(
        features, genres, weights / weights.sum(), features.mean(axis=0), features.std(axis=0)
    )
