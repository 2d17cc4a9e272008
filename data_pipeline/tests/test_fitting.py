import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from src import boosted_trees
from src.boosted_trees import OneProcess
from src.command import PipelineError
from src.derived import seen
from src.families import FAMILIES
from src.fitting import fit, held_out_answers
from src.lesson import Lesson, training_lesson
from src.params import Params
from src.table import read_songs
from src.training_data import TrainingData, training_data

MakeParams = Callable[..., Params]


@pytest.fixture
def data(tables: Path, params: MakeParams) -> TrainingData:
    return training_data(read_songs(tables / "train.csv"), params().split)


@pytest.fixture
def songs(data: TrainingData) -> Lesson:
    return training_lesson(data, balance=0.0)


def test_folds_share_no_artist(songs: Lesson, params: MakeParams) -> None:
    """What stops the boosting is by artists whom that fold's model has not heard."""
    recipe = FAMILIES["xgboost"]
    sides: list[list[set[str]]] = []

    def spy(learnt: Lesson, stop: Lesson, *rest: Any) -> Any:
        sides.append([{n for names in part.artists for n in names} for part in (learnt, stop)])
        return recipe.fit(learnt, stop, *rest)

    spied = dataclasses.replace(recipe, fit=spy)
    folds = list(held_out_answers(spied, songs, params().train, seed=1))
    assert len(folds) == len(sides) == 2
    assert all(heard and held_out and heard.isdisjoint(held_out) for heard, held_out in sides)
    assert sides[0][1].isdisjoint(sides[1][1])


@pytest.mark.parametrize("family", FAMILIES)
def test_few_songs_are_all_learnt_from(
    family: str, data: TrainingData, songs: Lesson, params: MakeParams
) -> None:
    """Below one_fit_from_songs every fold is held out in turn; from there on, the first only."""
    few = fit(FAMILIES[family], songs, params().train, seed=1)
    once = params(train={"one_fit_from_songs": 0}).train
    many = fit(FAMILIES[family], songs, once, seed=1)
    assert many.figures["held_out_songs"] < 0.7 * few.figures["held_out_songs"]
    first = next(held_out_answers(FAMILIES[family], songs, params().train, seed=1))
    features = seen(data.validation_features)
    one_fold, all_folds, expected = (
        model.native.predict_proba(features) for model in (many, few, first)
    )
    assert (one_fold == expected).all() and (one_fold != all_folds).any()


def test_boosting_stops(songs: Lesson, params: MakeParams) -> None:
    """Boosting ends where songs of unheard artists gain nothing more, long before n_estimators."""
    greedy = {"n_estimators": 500, "learning_rate": 0.5, "early_stopping_rounds": 5}
    train = params(train={"xgboost": greedy}).train
    fitted = fit(FAMILIES["xgboost"], songs, train, seed=1)
    assert 1 < fitted.figures["rounds"] < 100
    assert fitted.native.n_estimators == fitted.figures["rounds"]


@pytest.mark.parametrize("family", FAMILIES)
def test_fitting_is_repeatable(family: str, songs: Lesson, params: MakeParams) -> None:
    """The same songs, parameters and seed give the same graph, byte for byte."""
    models = [fit(FAMILIES[family], songs, params().train, seed=1) for _ in range(2)]
    assert models[0].graph().SerializeToString() == models[1].graph().SerializeToString()


@pytest.mark.parametrize("family", FAMILIES)
def test_balance(family: str, data: TrainingData, params: MakeParams) -> None:
    """When all genres weigh the same, the most common one is named less often."""
    often = np.bincount(data.training_labels).argmax()
    shares = []
    for balance in (0.0, 1.0):
        fitted = fit(FAMILIES[family], training_lesson(data, balance), params().train, seed=1)
        predicted = fitted.predict_proba(data.validation_features).argmax(axis=1)
        shares.append((predicted == often).mean())
    assert shares[1] < 0.8 * shares[0]


def test_a_genre_of_one_artist_is_learnt(songs: Lesson, params: MakeParams) -> None:
    """A genre all of whose songs would be held out in some fold is learnt all the same."""
    lonely = songs.labels.max() + 1
    his = [names == songs.artists[0] for names in songs.artists]
    songs = dataclasses.replace(songs, labels=np.where(his, lonely, songs.labels))
    fitted = fit(FAMILIES["xgboost"], songs, params().train, seed=1)
    assert fitted.native.predict_proba(songs.seen).shape[1] == lonely + 1


def test_too_few_artists(songs: Lesson, params: MakeParams) -> None:
    """Songs of one artist cannot be divided; the error names the parameter."""
    songs = dataclasses.replace(songs, artists=[("Solo",)] * len(songs.artists))
    with pytest.raises(PipelineError, match="train.inner_folds 2: fold 1 leaves no song"):
        fit(FAMILIES["xgboost"], songs, params().train, seed=1)


def test_threads_change_no_tree(
    songs: Lesson, params: MakeParams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More songs are learnt from by more threads, up to the cores, and to the same trees."""
    assert boosted_trees.threads(100, 8) == 1
    assert boosted_trees.threads(100_000, 8) == 5
    assert boosted_trees.threads(10**9, 8) == 8
    trees = []
    for count in (1, 2):
        monkeypatch.setattr(boosted_trees, "threads", lambda *_, count=count: count)
        model = boosted_trees.fit(OneProcess(), songs, songs, params().train.xgboost, seed=1)
        trees.append(model.get_booster().get_dump(with_stats=True))
    assert trees[0] == trees[1]


def test_a_sample_of_the_songs_has_each_genre(songs: Lesson, params: MakeParams) -> None:
    """A family that learns from at most so many songs takes them from the whole table, with all
    genres, and says how many it took."""
    rare = np.where(np.arange(len(songs.labels)) == 1, songs.labels.max() + 1, songs.labels)
    songs = dataclasses.replace(songs, labels=rare)
    few = songs.at_most(60)
    assert 60 <= len(few.labels) <= 60 + rare.max() + 1
    assert set(few.labels) == set(rare)
    assert (few.seen[[0, -1]] == songs.seen[[0, -1]]).all()
    assert songs.at_most(len(rare)) is songs
    sampled = dataclasses.replace(
        FAMILIES["logistic_regression"], most_songs=lambda params: 60
    )
    fitted = fit(sampled, songs, params().train, seed=1)
    assert fitted.figures["learnt_songs"] == len(few.labels)
    whole = fit(FAMILIES["logistic_regression"], songs, params().train, seed=1)
    assert whole.figures["learnt_songs"] == len(rare)
