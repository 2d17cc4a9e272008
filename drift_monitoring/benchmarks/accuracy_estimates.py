"""Estimated against true accuracy: under changed genre mixes, changed songs, and both at once.

Runs in data_pipeline's environment, for the champion's graph needs onnxruntime, from the folder
drift_monitoring:

    ../data_pipeline/.venv/bin/python benchmarks/accuracy_estimates.py --champion FOLDER \\
        --train_data train.csv --prod_data prod_sim.csv [--held_out more.csv]

The true genres are known here, and the estimates do not see them. Three sources of requests:

- the songs after 2010, as they are and changed on purpose, against the champion's own profile;
- half of the artists of its validation songs, against a profile of the other half;
- with --held_out: songs of the same years by artists that the champion has never seen, as
  `sample.py` makes them with another seed, against the champion's own profile.

From the last two, songs are left out at random so that the genre mix becomes another one, and the
songs are changed as a whole and by a quarter, half and three quarters of it, which hides better.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import numpy.typing as npt
import onnxruntime
import polars as pl

from src.accuracy_estimate import AccuracyEstimate, estimate_accuracy
from src.champion_profile import ChampionProfile, normalised, read_champion_profile
from src.features import FEATURE_RANGES, FEATURES

Floats = npt.NDArray[np.float64]
Change = Callable[[Floats, np.random.Generator], Floats]

SEED = 2010
SIZES = (500, 2000)
MOST = 40_000
TOLERATED = 0.03
# What the logarithm of a genre's weight varies by: none, mild and hard changes of the mix.
MIXES = {"same mix": 0.0, "mild shift": 0.5, "hard shift": 1.2}
NOISY = ("danceability", "energy", "valence", "acousticness", "speechiness", "liveness")


@dataclass(frozen=True)
class Songs:
    """Songs with their features in the order of FEATURES, true genres and first artists."""

    features: Floats
    labels: npt.NDArray[np.int64]
    artists: npt.NDArray[np.str_]

    def rows(self, chosen: npt.NDArray[np.generic]) -> "Songs":
        return Songs(self.features[chosen], self.labels[chosen], self.artists[chosen])


def moved(feature: str, times: float = 1.0, plus: float = 0.0) -> Change:
    """Multiply a feature and add to it, within its range."""

    def change(features: Floats, _: np.random.Generator) -> Floats:
        place = FEATURES.index(feature)
        features[:, place] = _within(feature, features[:, place] * times + plus)
        return features

    return change


def noisy(features: tuple[str, ...], deviation: float) -> Change:
    """Add Gaussian noise to features, within their ranges."""

    def change(songs: Floats, rng: np.random.Generator) -> Floats:
        for feature in features:
            place = FEATURES.index(feature)
            noise = rng.normal(0, deviation, len(songs))
            songs[:, place] = _within(feature, songs[:, place] + noise)
        return songs

    return change


def shuffled(features: tuple[str, ...], share: float = 1.0) -> Change:
    """Give a share of the songs the feature of another song, each feature for itself."""

    def change(songs: Floats, rng: np.random.Generator) -> Floats:
        hit = np.flatnonzero(rng.random(len(songs)) < share)
        for feature in features:
            place = FEATURES.index(feature)
            songs[hit, place] = songs[rng.permutation(hit), place]
        return songs

    return change


CHANGES: dict[str, Change] = {
    "loudness + 1 dB": moved("loudness", plus=1),
    "loudness + 3 dB": moved("loudness", plus=3),
    "loudness - 3 dB": moved("loudness", plus=-3),
    "duration - 15 %": moved("duration_ms", times=0.85),
    "duration - 40 %": moved("duration_ms", times=0.6),
    "duration in seconds": moved("duration_ms", times=0.001),
    "energy - 20 %": moved("energy", times=0.8),
    "tempo doubled": moved("tempo", times=2),
    "valence + 0.1": moved("valence", plus=0.1),
    "danceability + 0.1": moved("danceability", plus=0.1),
    "acousticness noisy": noisy(("acousticness",), 0.2),
    "six features noisy": noisy(NOISY, 0.1),
    "speechiness shuffled": shuffled(("speechiness",)),
    "instrumentalness 0": moved("instrumentalness", times=0),
    "30 % of songs garbled": shuffled(FEATURES, 0.3),
}


def partial(part: float) -> dict[str, Change]:
    """The changes that hide best, by a part of their size."""
    return {
        f"loudness + {3 * part:g} dB": moved("loudness", plus=3 * part),
        f"valence + {0.1 * part:g}": moved("valence", plus=0.1 * part),
        f"valence - {0.2 * part:g}": moved("valence", plus=-0.2 * part),
        f"danceability + {0.1 * part:g}": moved("danceability", plus=0.1 * part),
        f"energy - {20 * part:g} %": moved("energy", times=1 - 0.2 * part),
        f"six features noisy by {0.1 * part:g}": noisy(NOISY, 0.1 * part),
        f"acousticness of {part:.0%} shuffled": shuffled(("acousticness",), part),
        f"speechiness of {part:.0%} shuffled": shuffled(("speechiness",), part),
        f"instrumentalness of {part:.0%} shuffled": shuffled(("instrumentalness",), part),
        f"{0.3 * part:.1%} of songs garbled": shuffled(FEATURES, 0.3 * part),
    }


class Benchmark:
    """Runs the scenarios and prints a row of a Markdown table for each."""

    def __init__(self, champion: Path) -> None:
        self.profile = read_champion_profile(champion)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(champion / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self.rng = np.random.default_rng(SEED)
        self.rows: list[tuple[float, AccuracyEstimate]] = []
        self.mere_shifts: list[tuple[float, AccuracyEstimate]] = []

    def probabilities(self, features: Floats) -> npt.NDArray[np.float32]:
        name = self._session.get_inputs()[0].name
        parts = np.array_split(features.astype(np.float32), len(features) // 1024 + 1)
        return np.concatenate([self._session.run(None, {name: part})[0] for part in parts])

    def run(
        self,
        label: str,
        songs: Songs,
        profile: ChampionProfile | None = None,
        change: Change | None = None,
    ) -> None:
        features = songs.features.copy()
        features = change(features, self.rng) if change else features
        answers = self.probabilities(features)
        true = float((answers.argmax(axis=1) == songs.labels).mean())
        estimate = estimate_accuracy(profile or self.profile, answers)
        self.rows.append((true, estimate))
        print(row(label, true, estimate), flush=True)

    def newer(self, songs: Songs) -> None:
        for some in _sizes(songs, self.rng):
            self.run("songs after 2010", some)
        for name, change in CHANGES.items():
            self.run(f"songs after 2010, {name}", _sample(songs, self.rng), change=change)

    def mixes(self, source: str, songs: Songs, profile: ChampionProfile) -> None:
        for mix, deviation in MIXES.items():
            for draw in (1, 2):
                mixed = self.with_mix(songs, deviation)
                for some in _sizes(mixed, self.rng):
                    self.run(f"{source}, {mix} {draw}", some, profile)
                    self.mere_shifts.append(self.rows[-1])
        for name, change in CHANGES.items():
            for mix in ("same mix", "mild shift"):
                mixed = _sample(self.with_mix(songs, MIXES[mix]), self.rng)
                self.run(f"{source}, {mix}, {name}", mixed, profile, change)

    def by_how_much(self, source: str, songs: Songs, profile: ChampionProfile) -> None:
        """Small changes of songs, which hide best."""
        for part in (0.25, 0.5, 0.75):
            for name, change in partial(part).items():
                mixed = _sample(self.with_mix(songs, MIXES["mild shift"]), self.rng)
                self.run(f"{source}, mild shift, {name}", mixed, profile, change)

    def with_mix(self, songs: Songs, deviation: float) -> Songs:
        """Leave songs out so that each genre's share is multiplied by a log-normal number."""
        kept = np.exp(self.rng.normal(0, deviation, len(self.profile.genres)))
        occurring = np.unique(songs.labels[songs.labels >= 0])
        kept /= kept[occurring].max()
        return songs.rows(self.rng.random(len(songs.labels)) < kept[songs.labels])

    def summary(self) -> str:
        said = [(true, estimate) for true, estimate in self.rows if estimate.estimable]
        errors = [
            abs(estimate.accuracy - true)
            for true, estimate in said
            if estimate.accuracy is not None
        ]
        wrong = sum(error > TOLERATED for error in errors)
        held = sum(
            estimate.low <= true <= estimate.high
            for true, estimate in self.mere_shifts
            if estimate.low is not None and estimate.high is not None
        )
        return (
            f"The interval holds the truth in {held} of {len(self.mere_shifts)} mere changes of "
            "the mix.\n"
            f"{len(said)} of {len(self.rows)} estimable, {wrong} of them more than 3 points off "
            f"(largest error {100 * max(errors, default=0):.1f} points)"
        )


def row(label: str, true: float, estimate: AccuracyEstimate) -> str:
    if estimate.accuracy is None or estimate.fit is None:
        return f"| {label} | {estimate.rows:,} | {true:.3f} | | | | | | {estimate.reason} |"
    off = abs(estimate.accuracy - true) > TOLERATED
    verdict = "estimable" if estimate.estimable else f"not: {estimate.reason.split(':')[0]}"
    verdict += ", **WRONG**" if estimate.estimable and off else ""
    return (
        f"| {label} | {estimate.rows:,} | {true:.3f} | {estimate.cbpe:.3f} | {estimate.bbse:.3f} "
        f"| {estimate.accuracy:.3f} | {estimate.low:.3f} to {estimate.high:.3f} "
        f"| {estimate.fit.misfit:.3f} (up to {estimate.fit.misfit_upper:.3f}) "
        f"| {verdict.split(' (')[0]} |"
    )


def read_songs(path: Path, genres: tuple[str, ...]) -> Songs:
    table = pl.read_csv(path, schema_overrides=dict.fromkeys(FEATURES, pl.Float64))
    places = {genre: place for place, genre in enumerate(genres)}
    labels = [places.get(genre, -1) for genre in table["genre"].cast(pl.String)]
    return Songs(
        features=table.select(FEATURES).to_numpy(),
        labels=np.array(labels, np.int64),
        artists=np.array([_artists(cell)[0] for cell in table["artists"]], np.str_),
    )


def validation_songs(path: Path, genres: tuple[str, ...], fraction: float, seed: int) -> Songs:
    """The songs that the pipeline holds out: of artists whose hash is below a fraction."""
    table = pl.read_csv(path, columns=["artists"])
    held_out = [
        all(_position(name, seed) < fraction for name in _artists(cell))
        for cell in table["artists"]
    ]
    return read_songs(path, genres).rows(np.array(held_out))


def halves(
    benchmark: Benchmark, songs: Songs
) -> Iterator[tuple[ChampionProfile, Songs]]:
    """A profile of half of the artists, and the songs of the others; both ways round."""
    answers = benchmark.probabilities(songs.features)
    _, artists = np.unique(songs.artists, return_inverse=True)
    first = (benchmark.rng.random(int(artists.max()) + 1) < 0.5)[artists]
    for half in (first, ~first):
        profile = replace(
            benchmark.profile,
            mean_probabilities=answers[half].mean(axis=0, dtype=np.float64),
            probabilities=normalised(answers[half]),
            labels=songs.labels[half],
            artists=np.unique(artists[half], return_inverse=True)[1],
        )
        yield profile, songs.rows(~half)


def _artists(cell: str) -> list[str]:
    return [str(name) for name in json.loads(cell)] if cell.startswith("[") else [cell]


def _position(artist: str, seed: int) -> float:
    digest = hashlib.blake2b(f"{seed}:{artist}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _sample(songs: Songs, rng: np.random.Generator, most: int = MOST) -> Songs:
    return songs.rows(rng.permutation(len(songs.labels))[:most])


def _sizes(songs: Songs, rng: np.random.Generator) -> Iterator[Songs]:
    for size in (*SIZES, MOST):
        if size == MOST or size < len(songs.labels):
            yield _sample(songs, rng, size)


def _within(feature: str, values: Floats) -> Floats:
    limits = FEATURE_RANGES[feature]
    return np.asarray(np.clip(values, limits.lowest, limits.highest))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--champion", type=Path, required=True, help="the champion's folder")
    parser.add_argument("--train_data", type=Path, required=True, help="train.csv")
    parser.add_argument("--prod_data", type=Path, required=True, help="prod_sim.csv")
    parser.add_argument("--held_out", type=Path, help="CSV of songs by unseen artists")
    parser.add_argument("--validation_fraction", type=float, default=0.2, help="of params.yaml")
    parser.add_argument("--seed", type=int, default=42, help="split.seed of params.yaml")
    arguments = parser.parse_args(argv)
    benchmark = Benchmark(arguments.champion)
    genres = benchmark.profile.genres
    validation = validation_songs(
        arguments.train_data, genres, arguments.validation_fraction, arguments.seed
    )
    if len(validation.labels) != benchmark.profile.rows:
        print(
            f"accuracy_estimates: error: {len(validation.labels)} songs of {arguments.train_data} "
            f"are held out, and the champion was validated on {benchmark.profile.rows}; give the "
            "train.csv, --validation_fraction and --seed that it was trained with",
            file=sys.stderr,
        )
        return 2
    print("| requests | rows | true | CBPE | BBSE | EM | 95 % interval | misfit | verdict |")
    print("|---|---|---|---|---|---|---|---|---|")
    benchmark.newer(read_songs(arguments.prod_data, genres))
    for number, (profile, songs) in enumerate(halves(benchmark, validation), 1):
        benchmark.mixes(f"validation half {number}", songs, profile)
        benchmark.by_how_much(f"validation half {number}", songs, profile)
    if arguments.held_out:
        songs = read_songs(arguments.held_out, genres)
        benchmark.mixes("unseen artists", songs, benchmark.profile)
        benchmark.by_how_much("unseen artists", songs, benchmark.profile)
    print(f"\n{benchmark.summary()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
