"""Make songs that look like the Kaggle file, for whoever does not have it.

    python src/sample.py --rows 20000 --output songs.csv

The 24 columns, genre shares, years and the drift across 2010 follow the published figures of the
550k Kaggle set; the songs, artists and lyrics are invented. The same rows and seed give the same
file, byte for byte.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from src.command import EXIT_CODES, run
from src.files import named_errors, written_whole
from src.progress import progress
from src.sample_features import (
    ARTIST_VARIANCE,
    GENRES,
    STYLE_SHARES,
    STYLES_PER_GENRE,
    FeatureModel,
)
from src.sample_faults import spoil
from src.sample_text import NICHES, Lyricist, artist_names, json_list, title
from src.songs import FEATURES

Integers = npt.NDArray[np.int64]

CHUNK = 50_000
SONGS_PER_ARTIST = 8
SHARE_WITH_GUESTS = 0.15
# Songs by artists who stopped before 2011, began after 2010, or did neither: with these, 50.4 % of
# the songs are of 2010 or older, and 23 % of the newer ones are by artists known from before.
CAREER_SHARES = (0.390, 0.382, 0.228)
CODE = np.array(list("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))


class Artists:
    """All artists of a sample: their names, styles, careers, and what is constant in their sound.

    An artist belongs to one stratum of style and career. Songs draw the stratum first, so that the
    shares of genres and eras do not depend on who happens to be prolific.
    """

    def __init__(self, songs: int, rng: np.random.Generator) -> None:
        shares = np.outer(STYLE_SHARES, CAREER_SHARES).ravel()
        self.stratum_shares = shares / shares.sum()
        counts = np.maximum(3, np.round(self.stratum_shares * songs / SONGS_PER_ARTIST)).astype(int)
        ends = counts.cumsum()[:-1]
        self.stratum = np.repeat(np.arange(len(counts)), counts)
        total = len(self.stratum)
        self.style, self.career = np.divmod(self.stratum, len(CAREER_SHARES))
        self.effect = rng.normal(0, np.sqrt(ARTIST_VARIANCE), (total, len(FEATURES)))
        self.year_before = np.maximum(1903, 2010 - rng.exponential(15, total))
        self.year_after = rng.uniform(2011, 2026, total)
        self.followers = rng.lognormal(11, 2, total).astype(int)
        self.popularity = rng.uniform(20, 80, total).round(1)
        self.names = np.array(artist_names(total), dtype=object)[rng.permutation(total)]
        self.ids = spotify_ids(total, rng)
        # An artist's part of the unit interval that belongs to the stratum, by how prolific.
        shares_within = [w.cumsum() / w.sum() for w in np.split(rng.lognormal(0, 0.5, total), ends)]
        self._reach = self.stratum + np.concatenate(shares_within)

    def draw(self, strata: Integers, rng: np.random.Generator) -> Integers:
        """An artist out of each of the `strata`."""
        drawn = np.searchsorted(self._reach, strata + rng.random(strata.shape))
        return np.minimum(drawn, len(self._reach) - 1)


def spotify_ids(count: int, rng: np.random.Generator) -> npt.NDArray[np.str_]:
    """Random identifiers of 22 characters, as Spotify's are."""
    return np.ascontiguousarray(CODE[rng.integers(0, len(CODE), (count, 22))]).view("U22").ravel()


def sample_songs(
    songs: int, artists: Artists, model: FeatureModel, rng: np.random.Generator
) -> pl.DataFrame:
    """`songs` songs in the Kaggle columns."""
    strata = rng.choice(len(artists.stratum_shares), songs, p=artists.stratum_shares)
    main = artists.draw(strata, rng)
    career = artists.career[main]
    after = (career == 1) | ((career == 2) & (rng.random(songs) < 0.5))
    near = np.where(after, artists.year_after[main], artists.year_before[main])
    year = np.floor(near + rng.normal(0, 3, songs)).astype(int)
    year = np.where(after, np.clip(year, 2011, 2025), np.clip(year, 1900, 2010))

    scores = model.style_means[artists.style[main]] + artists.effect[main]
    scores += rng.normal(0, np.sqrt(1 - ARTIST_VARIANCE), scores.shape)
    features = model.features(scores, after)

    guests = np.where(rng.random(songs) < SHARE_WITH_GUESTS, rng.integers(1, 3, songs), 0)
    others = artists.draw(strata[:, None].repeat(2, axis=1), rng)
    teams = [
        list(dict.fromkeys([lead, *row[:count]]))
        for lead, row, count in zip(main.tolist(), others.tolist(), guests.tolist(), strict=True)
    ]
    genre = np.array(GENRES, dtype=object)[artists.style[main] // STYLES_PER_GENRE]
    draws = rng.integers(0, 1 << 30, (songs, 6)).tolist()
    nameless = rng.random(songs) < 5e-6
    return pl.DataFrame(
        {
            "id": spotify_ids(songs, rng),
            "name": [None if n else title(d[:3]) for d, n in zip(draws, nameless, strict=True)],
            "album_name": [title(d[3:]) for d in draws],
            "artists": [json_list(artists.names[team].tolist()) for team in teams],
            **{
                name: column.astype(int) if name in ("key", "mode", "duration_ms") else column
                for name, column in features.items()
            },
            "lyrics": Lyricist(rng).lyrics(songs),
            "year": year,
            "genre": genre,
            "popularity": np.clip(rng.normal(artists.popularity[main], 12), 0, 100).astype(int),
            "total_artist_followers": [int(artists.followers[team].sum()) for team in teams],
            "avg_artist_popularity": [round(artists.popularity[t].mean(), 1) for t in teams],
            "artist_ids": [json_list(artists.ids[team].tolist()) for team in teams],
            "niche_genres": [
                json_list([f"{NICHES[d[0] % len(NICHES)]} {name.lower()}"])
                for d, name in zip(draws, genre, strict=True)
            ],
        }
    )


def write_sample(
    output_path: str | Path, rows: int, seed: int = 2010, faulty: float = 0.0
) -> None:
    """Write `rows` sample songs to a CSV file, 50,000 at a time.

    Parameters
    ----------
    output_path : path
        The file; its folder is made where it is missing.
    rows : int
        How many songs, at least 1.
    seed : int
        Another seed gives other songs.
    faulty : float
        Share of the songs that cannot be used, between 0 and 1.

    Raises
    ------
    ValueError
        When a wish cannot be fulfilled.
    """
    if rows < 1:
        raise ValueError(f"--rows: {rows} songs cannot be made; ask for 1 or more")
    if not 0 <= faulty <= 1:
        raise ValueError(f"--faulty: {faulty} is no share between 0 and 1")
    model = FeatureModel()
    artists = Artists(rows, np.random.default_rng((seed, 0)))
    with progress("sample", rows, " songs") as advance, written_whole(output_path) as file:
        for chunk, start in enumerate(range(0, rows, CHUNK)):
            songs = min(CHUNK, rows - start)
            rng = np.random.default_rng((seed, 1, chunk))
            table = spoil(sample_songs(songs, artists, model, rng), faulty, rng)
            with named_errors(output_path):
                table.write_csv(file, include_header=start == 0)
            advance(songs)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--output", default="songs.csv", help="default: %(default)s")
    parser.add_argument("--rows", type=int, default=20_000, help="songs (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=2010, help="default: %(default)s")
    parser.add_argument(
        "--faulty", type=float, default=0.0, help="share of unusable songs (default: %(default)s)"
    )
    arguments = parser.parse_args(argv)

    def work() -> str:
        write_sample(arguments.output, arguments.rows, arguments.seed, arguments.faulty)
        return f"{arguments.rows:,} songs in {arguments.output}"

    try:
        return run("sample", work)
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    sys.exit(main())
