"""What the champion's folder says of the champion: its name, and how it did on validation rows."""

import re
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from src.errors import InputError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

PROFILE_FILE = "extra_files/reference_profile.npz"
REGISTERED = "registered_model_meta"
HISTOGRAM_BINS = 20
WAY_OUT = "download the champion into an empty folder (make champion)"
# Of a probability that was rounded to nothing the logarithm would be infinite.
SMALLEST = 1e-7


@dataclass(frozen=True)
class ChampionProfile:
    """A champion on its validation rows: songs of artists that it has not learnt from.

    Attributes
    ----------
    model_name, model_version : str
        As in the registry.
    genres : tuple of str
        In the order of all probabilities.
    rows, accuracy
        Number of validation rows, and share of them that the champion got right.
    mean_probabilities, predicted_share : ndarray, shape (genres,)
        Of all validation rows. The first are the prior that the probabilities contain.
    confidence_histogram : ndarray of int, shape (20,)
        Validation rows by the probability of their predicted genre, in equal bins over [0, 1].
    probabilities : ndarray, shape (kept rows, genres)
        What the champion said of the validation rows; each row sums to 1. Of more than 300,000
        probabilities whole artists are kept, chosen by a hash of their names.
    labels : ndarray of int, shape (kept rows,)
        The true genres, as positions in `genres`.
    artists : ndarray of int, shape (kept rows,)
        The same number for songs of the same artist, from 0 without gaps.
    """

    model_name: str
    model_version: str
    genres: tuple[str, ...]
    rows: int
    accuracy: float
    mean_probabilities: Floats
    predicted_share: Floats
    confidence_histogram: Integers
    probabilities: Floats
    labels: Integers
    artists: Integers


def read_champion_profile(folder: str | Path) -> ChampionProfile:
    """Read the profile of a champion, as MLflow downloads it.

    Parameters
    ----------
    folder : path
        Such as `make champion` fills: with `registered_model_meta` and the profile's file.

    Raises
    ------
    InputError
        When a file is missing, unreadable or at odds with itself.
    """
    folder = Path(folder)
    name, version = _registered(folder / REGISTERED)
    path = folder / PROFILE_FILE
    if not path.is_file():
        raise InputError(
            f"{path} is missing: this champion's profile has no validation rows. Train again "
            "(dvc repro --force), and download the new champion"
        )
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            content = {key: arrays[key] for key in arrays.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} cannot be read ({error}); {WAY_OUT}") from error
    profile = _profile(path, content, name, version)
    _check(path, profile)
    return replace(
        profile,
        mean_probabilities=normalised(profile.mean_probabilities[None])[0],
        probabilities=normalised(profile.probabilities),
    )


def normalised(probabilities: npt.ArrayLike) -> Floats:
    """Probabilities of shape (rows, genres) as float64; none is 0, and rows sum to 1."""
    floored = np.maximum(np.asarray(probabilities, np.float64), SMALLEST)
    return np.asarray(floored / floored.sum(axis=1, keepdims=True), np.float64)


def checked_probabilities(profile: ChampionProfile, probabilities: npt.ArrayLike) -> Floats:
    """Logged probabilities, checked to be of the genres of a profile, and `normalised`.

    Raises
    ------
    InputError
        When they are of another number of genres, or no probabilities.
    """
    found = np.asarray(probabilities, np.float64)
    genres = len(profile.genres)
    if found.ndim != 2 or found.shape[1] != genres:
        raise InputError(
            f"probabilities: an array of shape {found.shape}, and version {profile.model_version} "
            f"of {profile.model_name} has {genres} genres; give the profile of the model that "
            "answered these requests"
        )
    if len(found) and not (np.isfinite(found).all() and found.min() >= 0 and found.max() <= 1.001):
        raise InputError("probabilities: there is a value that is not from 0 to 1")
    wrong = np.flatnonzero(np.abs(found.sum(axis=1) - 1) > 0.01)
    if len(wrong):
        raise InputError(
            f"probabilities: row {wrong[0]} sums to {found[wrong[0]].sum():.4g}, not to 1"
        )
    return normalised(found)


def _registered(path: Path) -> tuple[str, str]:
    """Name and version, out of two lines of YAML as MLflow writes them."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}); {WAY_OUT}") from error
    found = dict(re.findall(r"^(model_name|model_version): *['\"]?(.*?)['\"]? *$", text, re.M))
    for key in ("model_name", "model_version"):
        if not found.get(key):
            raise InputError(f"{path} names no {key}; {WAY_OUT}")
    return found["model_name"], found["model_version"]


def _profile(path: Path, content: dict[str, Any], name: str, version: str) -> ChampionProfile:
    try:
        return ChampionProfile(
            model_name=name,
            model_version=version,
            genres=tuple(str(genre) for genre in content["genres"]),
            rows=int(content["rows"]),
            accuracy=float(content["accuracy"]),
            mean_probabilities=content["mean_probabilities"].astype(np.float64),
            predicted_share=content["predicted_share"].astype(np.float64),
            confidence_histogram=content["confidence_histogram"].astype(np.int64),
            probabilities=content["validation_probabilities"].astype(np.float64),
            labels=content["validation_genres"].astype(np.int64),
            artists=content["validation_artists"].astype(np.int64),
        )
    except KeyError as error:
        raise InputError(f"{path} has no {error.args[0]}; {WAY_OUT}") from error
    except (TypeError, ValueError) as error:
        raise InputError(f"{path} holds no profile ({error}); {WAY_OUT}") from error


def _check(path: Path, profile: ChampionProfile) -> None:
    genres, kept = len(profile.genres), len(profile.labels)
    if genres < 2 or kept < 1:
        raise InputError(f"{path} has {genres} genres and {kept} validation rows; {WAY_OUT}")
    shapes = {
        "mean_probabilities": (profile.mean_probabilities, (genres,)),
        "predicted_share": (profile.predicted_share, (genres,)),
        "confidence_histogram": (profile.confidence_histogram, (HISTOGRAM_BINS,)),
        "validation_probabilities": (profile.probabilities, (kept, genres)),
        "validation_artists": (profile.artists, (kept,)),
    }
    for key, (array, shape) in shapes.items():
        if array.shape != shape:
            raise InputError(f"{path}: {key} is {array.shape}, not {shape}; {WAY_OUT}")
        if not (np.isfinite(array).all() and (array >= 0).all()):
            raise InputError(f"{path}: {key} holds a value that is not 0 or more; {WAY_OUT}")
    if profile.labels.min() < 0 or profile.labels.max() >= genres:
        raise InputError(f"{path}: validation_genres are not all below {genres}; {WAY_OUT}")
