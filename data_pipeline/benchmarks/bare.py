"""The bare work that a stage is measured against, one kind in each process.

Usage: bare.py copy|pandas_copy SOURCE OUTPUT, or bare.py scan|pandas_scan SOURCE TRAIN PRODUCTION
"""

import subprocess
import sys

YEAR_THRESHOLD = 2010
COLUMNS = (
    "id artists year genre danceability energy key loudness mode speechiness acousticness "
    "instrumentalness liveness valence tempo duration_ms"
).split()


def copy(source: str, output: str) -> None:
    """`cp`, and `md5sum` of the same file."""
    subprocess.run(["cp", source, output], check=True)
    subprocess.run(["md5sum", source], check=True, stdout=subprocess.DEVNULL)


def pandas_copy(source: str, output: str) -> None:
    """Read all and write all."""
    import pandas as pd

    pd.read_csv(source).to_csv(output, index=False)


def scan(source: str, train: str, prod: str) -> None:
    """Select the columns that `process` keeps, and write both files in one streaming pass."""
    import polars as pl

    songs = pl.scan_csv(source, schema_overrides={"id": pl.String}).select(COLUMNS)
    old = pl.col("year") <= YEAR_THRESHOLD
    sinks = [
        songs.filter(old).sink_csv(train, lazy=True),
        songs.filter(~old).sink_csv(prod, lazy=True),
    ]
    pl.collect_all(sinks, engine="streaming")


def pandas_scan(source: str, train: str, prod: str) -> None:
    """Read the columns that `process` keeps, and write both files."""
    import pandas as pd

    songs = pd.read_csv(source, usecols=COLUMNS)
    old = songs["year"] <= YEAR_THRESHOLD
    songs[old].to_csv(train, index=False)
    songs[~old].to_csv(prod, index=False)


if __name__ == "__main__":
    work = {function.__name__: function for function in (copy, pandas_copy, scan, pandas_scan)}
    work[sys.argv[1]](*sys.argv[2:])
