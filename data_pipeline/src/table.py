"""train.csv and prod_sim.csv as arrays."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from src.command import PipelineError
from src.songs import ARTISTS, FEATURES, GENRE, YEAR
from src.split import parse_artists


@dataclass(frozen=True)
class Songs:
    """A table of songs.

    Attributes
    ----------
    features : ndarray of float32, shape (songs, 12)
        In the order of FEATURES, in the units of the file.
    genres : ndarray of str, shape (songs,)
    years : ndarray of int, shape (songs,)
    artists : list of tuples of str
        The artists of each song.
    md5 : str
        MD5 of the file.
    in_file : int
        How many songs the file has, of which these may be a selection.
    """

    features: npt.NDArray[np.float32]
    genres: npt.NDArray[np.str_]
    years: npt.NDArray[np.int64]
    artists: list[tuple[str, ...]]
    md5: str
    in_file: int

    def __len__(self) -> int:
        return len(self.genres)


def evenly(songs: int, most: int) -> npt.NDArray[np.int64]:
    """At most `most` rows of `songs`, spread evenly over the table."""
    return np.linspace(0, songs - 1, min(songs, most)).round().astype(np.int64)


def read_songs(path: str | Path, most: int | None = None) -> Songs:
    """Read a table that `process` wrote.

    Parameters
    ----------
    path : path
    most : int, optional
        Take at most that many songs, spread evenly over the table.

    Returns
    -------
    Songs

    Raises
    ------
    PipelineError
        When the file is not there or has no column for the artists, by whom songs are split.
    """
    path = Path(path)
    if not path.is_file():
        raise PipelineError(f"there is no file {path}; 'dvc repro' makes it")
    wanted = [ARTISTS, YEAR, GENRE, *FEATURES]
    types = {ARTISTS: pl.String, YEAR: pl.Int64, GENRE: pl.String}
    types |= dict.fromkeys(FEATURES, pl.Float64)
    try:
        table = pl.read_csv(path, columns=wanted, schema_overrides=types)
    except pl.exceptions.ColumnNotFoundError as error:
        raise PipelineError(
            f"{path} lacks a column: {error}. Training needs the column artists (a JSON list of "
            "names, or one name): songs are held out by artist, or the accuracy would flatter"
        ) from error
    except pl.exceptions.PolarsError as error:
        raise PipelineError(f"{path} cannot be read: {error}") from error
    in_file = len(table)
    if most is not None:
        table = table[evenly(in_file, most)]
    cells = table[ARTISTS].to_list()
    parsed = {cell: parse_artists(cell) for cell in dict.fromkeys(cells)}
    with open(path, "rb") as file:
        md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    return Songs(
        features=table.select(FEATURES).to_numpy().astype(np.float32),
        genres=table[GENRE].to_numpy().astype(np.str_),
        years=table[YEAR].to_numpy(),
        artists=[parsed[cell] for cell in cells],
        md5=md5,
        in_file=in_file,
    )
