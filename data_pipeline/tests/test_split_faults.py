"""Songs that cannot be split by artist, from the raw table on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from src.command import PipelineError
from src.params import Params
from src.process import process_data
from src.split import position
from src.table import read_songs
from src.training_data import TrainingData, training_data

NAMES = [f"Artist {number}" for number in range(40)]
HELD_OUT = [name for name in NAMES if position(name, 42) < 0.2]
LEARNT = [name for name in NAMES if position(name, 42) >= 0.2]


@pytest.fixture
def split(
    write_songs: Callable[..., Path], committed_params: Params
) -> Callable[..., TrainingData]:
    """Process songs of these artists and genres, and split them as params.yaml says."""

    def run(songs: list[tuple[str | None, str]]) -> TrainingData:
        rows: list[dict[str, Any]] = [{"artists": a, "genre": g} for a, g in songs]
        path = write_songs([*rows, {"year": 2020}])
        process_data(path, path.with_name("train.csv"), path.with_name("prod.csv"))
        return training_data(read_songs(path.with_name("train.csv")), committed_params.split)

    return run


def test_one_artist_with_everything(split: Callable[..., TrainingData]) -> None:
    """Songs of one artist only leave a side empty; the error says what is needed."""
    with pytest.raises(PipelineError, match="no validation song of 9 .* songs of several artists"):
        split([(LEARNT[0], "Rock"), (LEARNT[0], "Pop"), (LEARNT[0], "Jazz")] * 3)
    with pytest.raises(PipelineError, match="no training song of 6 .* songs of several artists"):
        split([(HELD_OUT[0], "Rock"), (HELD_OUT[0], "Pop")] * 3)


def test_no_artists(split: Callable[..., TrainingData]) -> None:
    """Songs without any artist cannot be split, and the error counts them."""
    with pytest.raises(PipelineError, match="no training song of 4 .4 have no artist"):
        split([(None, "Rock"), (None, "Pop")] * 2)


def test_a_genre_of_one_artist(split: Callable[..., TrainingData]) -> None:
    """A genre whose only artist is held out cannot be learnt: the error names genre and count."""
    others = [(name, "Rock") for name in NAMES] + [(name, "Pop") for name in NAMES]
    with pytest.raises(PipelineError, match="no training song of genre 'Polka': all of its 2"):
        split([*others, (HELD_OUT[0], "Polka"), (HELD_OUT[0], "Polka")])
    data = split([*others, (LEARNT[0], "Polka"), (LEARNT[0], "Polka")])
    polka = data.genres.index("Polka")
    assert (data.training_labels == polka).sum() == 2
    assert (data.validation_labels == polka).sum() == 0
