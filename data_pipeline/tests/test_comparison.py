from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from src.comparison import Comparison, compare
from src.meeting import Meeting
from src.params import Split
from src.songs import FEATURES
from src.table import Songs
from src.training_data import TrainingData, training_data

Labels = npt.NDArray[np.int64]


@pytest.fixture(scope="module")
def data() -> TrainingData:
    """Songs of two genres by sixty artists, each with a song in each year from 1996 to 2010."""
    years = np.tile(np.arange(1996, 2011), 60)
    rows = len(years)
    songs = Songs(
        features=np.zeros((rows, len(FEATURES)), np.float32),
        genres=np.array(["Folk", "Rock"])[np.arange(rows) % 2],
        years=years,
        artists=[(f"Artist {row // 15}",) for row in range(rows)],
        md5="0" * 32,
        in_file=rows,
    )
    return training_data(songs, Split(validation_fraction=0.5, seed=42))


def judged(data: TrainingData, candidate: Labels, champion: Labels) -> Comparison:
    newest = data.validation_years >= 2001
    eras = {"before 2001": ~newest, "2001 to 2010": newest}
    met = Meeting(np.ones(len(newest), bool), eras, ("a note",))
    return compare(data, met, "3", candidate, champion)


def test_identical_models(data: TrainingData) -> None:
    """A model beside itself differs by exactly 0 in everything, ends of the intervals included."""
    predicted = np.random.default_rng(1).integers(0, 2, len(data.validation_labels))
    found = judged(data, predicted, predicted)
    for pair in (found.accuracy, *found.eras, *found.genres):
        assert pair.candidate == pair.champion
        assert (pair.difference.value, pair.difference.low, pair.difference.high) == (0, 0, 0)


def test_figures(data: TrainingData) -> None:
    """Accuracy, eras and recalls are counted on the songs that decide; -1 is always a miss."""
    labels = data.validation_labels
    candidate, champion = labels.copy(), labels.copy()
    candidate[data.validation_years < 2001] = -1
    champion[labels == 1] = -1
    found = judged(data, candidate, champion)
    assert found.accuracy.champion == pytest.approx((labels == 0).mean())
    assert found.accuracy.candidate == pytest.approx((data.validation_years >= 2001).mean())
    assert found.accuracy.difference.songs == len(labels)
    old, newest = found.eras
    assert (old.candidate, newest.candidate) == (0, 1)
    folk, rock = found.genres
    assert (folk.name, folk.champion, rock.name, rock.champion) == ("Folk", 1, "Rock", 0)
    assert folk.difference.songs + rock.difference.songs == len(labels)
    assert folk.difference.high < 0 < rock.difference.low
    kept = (data.validation_years >= 2001) & (labels == 0)
    expected = 2 * kept.sum() / (kept.sum() + (labels == 0).sum()) - 1
    assert folk.f1_difference == pytest.approx(expected)


def test_a_genre_without_songs(data: TrainingData) -> None:
    """A genre of which no song decides is not shown."""
    one_genre = replace(data, validation_labels=np.zeros_like(data.validation_labels))
    predicted = one_genre.validation_labels
    assert [pair.name for pair in judged(one_genre, predicted, predicted).genres] == ["Folk"]
