import json
from collections.abc import Sequence

import numpy as np
import pytest

from src.meeting import Incomparable, Meeting, meeting
from src.params import Split
from src.split import split_by_artist
from src.table import Songs
from src.training_data import TrainingData, training_data

SPLIT = Split(validation_fraction=0.5, seed=42)
TAGS = {"validation_split": json.dumps(SPLIT.model_dump()), "newest_year": "2010"}


def made_of(years: Sequence[int], artists: int = 60) -> TrainingData:
    """Songs of two genres by many artists, each of whom has a song in each of the years."""
    rows = [(f"Artist {artist}", year) for artist in range(artists) for year in years]
    songs = Songs(
        features=np.zeros((len(rows), 12), np.float32),
        genres=np.array(["Folk", "Rock"])[np.arange(len(rows)) % 2],
        years=np.array([year for _, year in rows]),
        artists=[(name,) for name, _ in rows],
        md5="0" * 32,
        in_file=len(rows),
    )
    return training_data(songs, SPLIT)


def attempt(
    data: TrainingData, tags: dict[str, str], era_years: int = 10, split: Split = SPLIT
) -> Meeting | Incomparable:
    newest = int(data.validation_years.max())
    return meeting(data, split, newest, "3", tags, era_years)


def met(data: TrainingData, tags: dict[str, str], era_years: int = 10) -> Meeting:
    found = attempt(data, tags, era_years)
    assert isinstance(found, Meeting)
    return found


@pytest.fixture(scope="module")
def data() -> TrainingData:
    return made_of(range(1996, 2011))


def test_the_same_split(data: TrainingData) -> None:
    """A champion of the same split and years meets the candidate on all validation songs."""
    found = met(data, TAGS)
    assert found.deciding.all() and found.notes == ()
    assert list(found.eras) == ["before 2001", "2001 to 2010"]
    old, newest = found.eras.values()
    assert (old == (data.validation_years < 2001)).all() and (old ^ newest).all()


def test_another_split(data: TrainingData) -> None:
    """With another seed both are judged on artists that both held out, and on how many is said."""
    theirs = Split(validation_fraction=0.5, seed=7)
    found = met(data, TAGS | {"validation_split": json.dumps(theirs.model_dump())})
    expected = split_by_artist(data.validation_artists, 0.5, 7).validation
    np.testing.assert_array_equal(found.deciding, expected)
    assert 0.2 < expected.mean() < 0.8
    (note,) = found.notes
    assert "seed 7" in note and f"{expected.sum()} of {len(expected)} validation songs" in note


def test_a_larger_share_was_held_out(data: TrainingData) -> None:
    """A champion that held out more artists with the same seed meets the candidate on all songs."""
    found = met(data, TAGS | {"validation_split": '{"validation_fraction": 0.9, "seed": 42}'})
    assert found.deciding.all() and "validation_fraction 0.9" in found.notes[0]


def test_too_few_songs_in_common(data: TrainingData) -> None:
    """With fewer than 100 songs that neither learnt from nothing is compared; two ways out."""
    found = attempt(data, TAGS | {"validation_split": '{"validation_fraction": 0.01, "seed": 7}'})
    assert isinstance(found, Incomparable) and not found.unreadable
    assert "100 are needed" in found.why
    assert '{"validation_fraction": 0.01, "seed": 7} again' in found.why
    assert "alias by hand" in found.why


@pytest.mark.parametrize("tag", [None, "", "no JSON", "[]", "{}", '{"seed": "x"}'])
def test_an_unknown_split(data: TrainingData, tag: str | None) -> None:
    """A champion that does not say whom it held out is met on all songs, with a warning."""
    tags = {"newest_year": "2010"} | ({} if tag is None else {"validation_split": tag})
    found = met(data, tags)
    assert found.deciding.all() and "it may know some of the songs" in found.notes[0]


def test_newer_songs_decide() -> None:
    """When there are songs newer than the champion learnt from, the newest era decides."""
    data = made_of(range(2006, 2021))
    found = met(data, TAGS)
    np.testing.assert_array_equal(found.deciding, data.validation_years >= 2011)
    assert list(found.eras) == ["before 2011", "2011 to 2020"]
    assert "songs of 2011 to 2020 decide, as version 3 learnt up to 2010" in found.notes
    assert met(data, TAGS | {"newest_year": "2020"}).deciding.all()


def test_too_few_newer_songs() -> None:
    """An era of fewer than 100 validation songs does not decide, and that is said."""
    data = made_of(range(2006, 2012))
    found = met(data, TAGS, era_years=1)
    newest = int((data.validation_years == 2011).sum())
    assert 0 < newest < 100 and found.deciding.all()
    assert f"there are only {newest} of 2011 to 2011, 100 are needed" in found.notes[0]


@pytest.mark.parametrize("tag", [None, "", "soon"])
def test_an_unknown_newest_year(data: TrainingData, tag: str | None) -> None:
    """A champion that does not say how far it learnt is met on songs of all years; that is said."""
    tags = {"validation_split": TAGS["validation_split"]}
    found = met(data, tags | ({} if tag is None else {"newest_year": tag}))
    assert found.deciding.all()
    assert found.notes == ("version 3 does not say how far it learnt: songs of all years decide",)


def test_one_era() -> None:
    """Where all songs are of one era, none is shown apart."""
    assert met(made_of(range(2001, 2011)), TAGS).eras == {}
