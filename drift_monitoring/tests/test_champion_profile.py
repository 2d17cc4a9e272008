from pathlib import Path

import numpy as np
import pytest

from src.champion_profile import PROFILE_FILE, checked_probabilities, read_champion_profile
from src.errors import InputError
from tests.made_champions import GENRES, profile, write_folder


def test_a_downloaded_champion(tmp_path: Path) -> None:
    """The profile has the champion's name and version, and its rows as they were written."""
    read, made = read_champion_profile(write_folder(tmp_path / "model")), profile(200)
    assert (read.model_name, read.model_version, read.genres) == ("classifier", "3", GENRES)
    assert (read.rows, read.accuracy) == (200, made.accuracy)
    assert read.probabilities == pytest.approx(made.probabilities, rel=1e-3, abs=1e-6)
    assert read.probabilities.sum(axis=1) == pytest.approx(1)
    assert read.labels.tolist() == made.labels.tolist()
    assert read.artists.tolist() == made.artists.tolist()
    assert read.mean_probabilities.sum() == pytest.approx(1)


def test_a_champion_of_a_former_pipeline(tmp_path: Path) -> None:
    """Where the file is missing, the way out is to train again."""
    folder = write_folder(tmp_path / "model")
    (folder / PROFILE_FILE).unlink()
    with pytest.raises(InputError, match="has no validation rows. Train again"):
        read_champion_profile(folder)


@pytest.mark.parametrize("content", ["", "model_name: classifier\n", "model_version: '3'\n"])
def test_an_unregistered_model(tmp_path: Path, content: str) -> None:
    """A folder that does not say which version it holds is refused."""
    folder = write_folder(tmp_path / "model")
    (folder / "registered_model_meta").write_text(content)
    with pytest.raises(InputError, match="registered_model_meta names no model_"):
        read_champion_profile(folder)


def test_no_model(tmp_path: Path) -> None:
    """A folder without a model is refused by the name of the missing file."""
    with pytest.raises(InputError, match="registered_model_meta cannot be read"):
        read_champion_profile(tmp_path)


def test_a_damaged_file(tmp_path: Path) -> None:
    """A file that is no archive of arrays is refused."""
    folder = write_folder(tmp_path / "model")
    content = (folder / PROFILE_FILE).read_bytes()
    for damaged in (b"", b"damaged", content[: len(content) // 2]):
        (folder / PROFILE_FILE).write_bytes(damaged)
        with pytest.raises(InputError, match="reference_profile.npz cannot be read"):
            read_champion_profile(folder)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    """A file with a pickled object is refused instead of being opened."""
    folder = write_folder(tmp_path / "model", genres=np.array([{"any": "object"}], dtype=object))
    with pytest.raises(InputError, match="cannot be read"):
        read_champion_profile(folder)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"validation_artists": None}, "has no validation_artists"),
        ({"genres": np.array(["Rock"])}, "1 genres"),
        ({"genres": np.array(["Rock", "Pop"])}, r"mean_probabilities is \(3,\), not \(2,\)"),
        ({"confidence_histogram": np.ones(19)}, r"confidence_histogram is \(19,\), not \(20,\)"),
        ({"validation_genres": np.full(200, 3)}, "not all below 3"),
        ({"mean_probabilities": np.array([0.5, np.nan, 0.5])}, "mean_probabilities holds a value"),
        ({"rows": np.array("many")}, "holds no profile"),
    ],
)
def test_a_profile_at_odds_with_itself(tmp_path: Path, changes: object, said: str) -> None:
    """What is wrong with a profile is named, and so is the file."""
    assert isinstance(changes, dict)
    folder = write_folder(tmp_path / "model", **changes)
    with pytest.raises(InputError, match=said):
        read_champion_profile(folder)


@pytest.mark.parametrize(
    ("probabilities", "said"),
    [
        (np.full((5, 2), 0.5), r"shape \(5, 2\), and version 3 of classifier has 3 genres"),
        (np.full(3, 1 / 3), "3 genres"),
        (np.array([[0.5, 0.5, np.nan]]), "not from 0 to 1"),
        (np.array([[0.7, 0.5, -0.2]]), "not from 0 to 1"),
        (np.array([[0.5, 0.4, 0.1], [0.5, 0.1, 0.1]]), "row 1 sums to 0.7"),
    ],
)
def test_wrong_probabilities(probabilities: object, said: str) -> None:
    """Probabilities of another model, or none at all, are refused."""
    with pytest.raises(InputError, match=said):
        checked_probabilities(profile(200), probabilities)  # type: ignore[arg-type]
