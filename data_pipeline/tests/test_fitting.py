import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from src.command import PipelineError
from src.derived import seen
from src.families import FAMILIES
from src.fitting import fit, held_out_answers
from src.lesson import Lesson
from src.params import Params
from src.songs import FEATURES
from src.table import read_songs
from src.training_data import TrainingData, training_data

MakeParams = Callable[..., Params]


@pytest.fixture
def data(tables: Path, params: MakeParams) -> TrainingData:
    return training_data(read_songs(tables / "train.csv"), params().split)


def learnt_from(data: TrainingData) -> tuple[Any, Any, Any]:
    return data.training_features, data.training_labels, data.training_artists


def test_folds_share_no_artist(
    data: TrainingData, params: MakeParams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stops the boosting is by artists whom that fold's model has not heard."""
    songs = zip(data.training_features, data.training_artists, strict=True)
    artists_of = {song.tobytes(): set(names) for song, names in songs}
    recipe = FAMILIES["xgboost"]
    sides: list[list[set[str]]] = []

    def spy(learnt: Lesson, stop: Lesson, *rest: Any) -> Any:
        songs_of = (part.seen[:, : len(FEATURES)] for part in (learnt, stop))
        sides.append([set().union(*(artists_of[s.tobytes()] for s in part)) for part in songs_of])
        return recipe.fit(learnt, stop, *rest)

    monkeypatch.setitem(FAMILIES, "xgboost", dataclasses.replace(recipe, fit=spy))
    folds = list(held_out_answers(FAMILIES["xgboost"], *learnt_from(data), params().train, seed=1))
    assert len(folds) == len(sides) == 2
    assert all(heard and held_out and heard.isdisjoint(held_out) for heard, held_out in sides)
    assert sides[0][1].isdisjoint(sides[1][1])


@pytest.mark.parametrize("family", FAMILIES)
def test_few_songs_are_all_learnt_from(
    family: str, data: TrainingData, params: MakeParams
) -> None:
    """Below one_fit_from_songs every fold is held out in turn; from there on, the first only."""
    few = fit(FAMILIES[family], *learnt_from(data), params().train, seed=1)
    once = params(train={"one_fit_from_songs": 0}).train
    many = fit(FAMILIES[family], *learnt_from(data), once, seed=1)
    assert many.figures["held_out_songs"] < 0.7 * few.figures["held_out_songs"]
    first = next(held_out_answers(FAMILIES[family], *learnt_from(data), params().train, seed=1))
    features = seen(data.validation_features)
    one_fold, all_folds, expected = (
        model.native.predict_proba(features) for model in (many, few, first)
    )
    assert (one_fold == expected).all() and (one_fold != all_folds).any()


def test_boosting_stops(data: TrainingData, params: MakeParams) -> None:
    """Boosting ends where songs of unheard artists gain nothing more, long before n_estimators."""
    greedy = {"n_estimators": 500, "learning_rate": 0.5, "early_stopping_rounds": 5}
    train = params(train={"xgboost": greedy}).train
    fitted = fit(FAMILIES["xgboost"], *learnt_from(data), train, seed=1)
    assert 1 < fitted.figures["rounds"] < 100
    assert fitted.native.n_estimators == fitted.figures["rounds"]


@pytest.mark.parametrize("family", FAMILIES)
def test_fitting_is_repeatable(family: str, data: TrainingData, params: MakeParams) -> None:
    """The same songs, parameters and seed give the same graph, byte for byte."""
    models = [fit(FAMILIES[family], *learnt_from(data), params().train, seed=1) for _ in range(2)]
    assert models[0].graph().SerializeToString() == models[1].graph().SerializeToString()


@pytest.mark.parametrize("family", FAMILIES)
def test_balance(family: str, data: TrainingData, params: MakeParams) -> None:
    """When all genres weigh the same, the most common one is named less often."""
    often = np.bincount(data.training_labels).argmax()
    shares = []
    for balance in (0.0, 1.0):
        train = params(train={"balance": balance}).train
        fitted = fit(FAMILIES[family], *learnt_from(data), train, seed=1)
        predicted = fitted.predict_proba(data.validation_features).argmax(axis=1)
        shares.append((predicted == often).mean())
    assert shares[1] < 0.8 * shares[0]


def test_a_genre_of_one_artist_is_learnt(data: TrainingData, params: MakeParams) -> None:
    """A genre all of whose songs would be held out in some fold is learnt all the same."""
    features, labels, artists = learnt_from(data)
    lonely = labels.max() + 1
    labels = np.where([names == artists[0] for names in artists], lonely, labels)
    fitted = fit(FAMILIES["xgboost"], features, labels, artists, params().train, seed=1)
    assert fitted.predict_proba(features[:1]).shape == (1, lonely + 1)


def test_too_few_artists(data: TrainingData, params: MakeParams) -> None:
    """Songs of one artist cannot be divided; the error names the parameter."""
    features, labels, artists = learnt_from(data)
    artists = [("Solo",)] * len(artists)
    with pytest.raises(PipelineError, match="train.inner_folds 2: fold 1 leaves no song"):
        fit(FAMILIES["xgboost"], features, labels, artists, params().train, seed=1)
