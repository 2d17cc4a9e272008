"""A champion whose mistakes are known exactly, and songs for it.

A song of each of three genres is a point around the genre's centre: where its artist stands, plus
its own distance. What the champion says is the true posterior under the mix it was trained with.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from src.champion_profile import PROFILE_FILE, ChampionProfile, normalised

GENRES = ("Folk", "Jazz", "Rock")
TRAINING_MIX = (0.2, 0.3, 0.5)
CENTRES = np.array([[0.0, 1.6], [-1.4, -0.8], [1.4, -0.8]])
ARTIST_VARIANCE = 0.15
SONGS_OF_ARTIST = 4

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Answers:
    """What the champion says of songs, their genres and artists."""

    probabilities: Floats
    labels: Integers
    artists: Integers

    @property
    def accuracy(self) -> float:
        return float((self.probabilities.argmax(axis=1) == self.labels).mean())

    @property
    def genres(self) -> list[str]:
        return [GENRES[label] for label in self.labels]


def answers(
    songs: int,
    seed: int,
    mix: tuple[float, ...] = TRAINING_MIX,
    moved: tuple[float, float] = (0.0, 0.0),
) -> Answers:
    """Songs of a mix of genres, which may all have moved away from where they were at training."""
    rng = np.random.default_rng(seed)
    artists = np.arange(songs) // SONGS_OF_ARTIST
    count = int(artists[-1]) + 1
    labels = rng.choice(len(GENRES), count, p=mix)[artists]
    places = CENTRES[labels] + rng.normal(0, 1, (songs, 2))
    places += rng.normal(0, ARTIST_VARIANCE**0.5, (count, 2))[artists] + moved
    distances = ((places[:, None] - CENTRES) ** 2).sum(axis=2) / (1 + ARTIST_VARIANCE)
    likelihoods = np.array(TRAINING_MIX) * np.exp(-distances / 2)
    posteriors = likelihoods / likelihoods.sum(axis=1, keepdims=True)
    return Answers(normalised(posteriors), labels, artists)


def profile(songs: int = 8000, seed: int = 1) -> ChampionProfile:
    """The profile of the champion, from validation songs of the mix it was trained with."""
    said = answers(songs, seed)
    predicted = said.probabilities.argmax(axis=1)
    return ChampionProfile(
        model_name="classifier",
        model_version="3",
        genres=GENRES,
        rows=songs,
        accuracy=said.accuracy,
        mean_probabilities=said.probabilities.mean(axis=0),
        predicted_share=np.bincount(predicted, minlength=len(GENRES)) / songs,
        confidence_histogram=np.histogram(said.probabilities.max(axis=1), 20, (0, 1))[0],
        probabilities=said.probabilities,
        labels=said.labels,
        artists=said.artists,
    )


def write_folder(folder: Path, **changes: npt.NDArray[np.generic] | None) -> Path:
    """A champion's folder as MLflow downloads it; None leaves an array of the profile out."""
    made = profile(200)
    arrays: dict[str, npt.NDArray[np.generic] | None] = {
        "genres": np.array(made.genres),
        "rows": np.array(made.rows),
        "accuracy": np.array(made.accuracy),
        "mean_probabilities": made.mean_probabilities,
        "predicted_share": made.predicted_share,
        "confidence_histogram": made.confidence_histogram,
        "validation_probabilities": made.probabilities.astype(np.float16),
        "validation_genres": made.labels.astype(np.int16),
        "validation_artists": made.artists.astype(np.int32),
        **changes,
    }
    path = folder / PROFILE_FILE
    path.parent.mkdir(parents=True)
    np.savez(path, **{key: array for key, array in arrays.items() if array is not None})
    (folder / "registered_model_meta").write_text("model_name: classifier\nmodel_version: '3'\n")
    return folder


def prediction_counts(probabilities: Floats) -> tuple[Integers, Integers]:
    """Requests by predicted genre and by bin of confidence, of probabilities (rows, genres)."""
    genres = np.bincount(probabilities.argmax(axis=1), minlength=probabilities.shape[1])
    return genres, np.histogram(probabilities.max(axis=1), 20, (0, 1))[0]
