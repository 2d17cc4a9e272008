from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from onnx import TensorProto, helper, numpy_helper

from src.appraisal import Appraisal, appraise
from src.graph import OUTPUT, GraphClassifier
from src.params import Split
from src.registry import StoredModel
from src.songs import FEATURES
from src.table import Songs
from src.training_data import TrainingData, training_data

GENRES = ["Folk", "Rock"]
DECIDING = FEATURES.index("energy")


def songs_of(artists: Sequence[str], years: Sequence[int]) -> Songs:
    """Songs that are Rock where their energy is above 0.5, with noise in the other features."""
    rng = np.random.default_rng(1)
    names = [(artist,) for artist in artists for _ in years]
    features = rng.random((len(names), len(FEATURES))).astype(np.float32)
    return Songs(
        features=features,
        genres=np.array(GENRES)[(features[:, DECIDING] > 0.5).astype(int)],
        years=np.tile(years, len(artists)),
        artists=names,
        md5="0" * 32,
        in_file=len(names),
    )


@pytest.fixture(scope="module")
def model() -> StoredModel:
    """A graph that knows the rule: softmax of energy, and of nothing else."""
    weights = np.zeros((len(FEATURES), 2), np.float32)
    weights[DECIDING] = [-20, 20]
    bias = np.array([10, -10], np.float32)
    nodes = [
        helper.make_node("MatMul", ["features", "weights"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["scores"]),
        helper.make_node("Softmax", ["scores"], [OUTPUT]),
    ]
    constants = {"weights": weights, "bias": bias}
    graph = helper.make_graph(
        nodes,
        "rule",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, len(FEATURES)])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None, 2])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", 17)]
    proto = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    profile = {"mean_probabilities": {"Rock": 0.8, "Folk": 0.2}}
    metadata = {"genres": GENRES, "reference_profile": profile}
    return StoredModel(GraphClassifier(proto), metadata)


@pytest.fixture(scope="module")
def data() -> TrainingData:
    artists = [f"Artist {number}" for number in range(100)]
    songs = songs_of(artists, range(1995, 2011))
    return training_data(songs, Split(validation_fraction=0.5, seed=42))


def newer(data: TrainingData, **changes: Any) -> Songs:
    """Songs after 2010, half by an artist of the training songs and half by another."""
    known = min(data.known_artists)
    return replace(songs_of([known, "Somebody new"], range(2011, 2026)), **changes)


def appraised(model: StoredModel, data: TrainingData, songs: Songs) -> Appraisal:
    probabilities = model.graph.predict_proba(data.validation_features)
    return appraise(model, data, songs, probabilities)


def test_a_perfect_model(model: StoredModel, data: TrainingData) -> None:
    """Who knows the rule is right everywhere, with intervals of no width, in each decade."""
    found = appraised(model, data, newer(data))
    assert found.scores["accuracy"] == 1 and found.intervals["accuracy"] == (1, 1)
    assert found.intervals["macro_f1"] == (1, 1)
    assert found.artists == len({names[0] for names in data.validation_artists})
    np.testing.assert_array_equal(found.confusion, np.diag(np.bincount(data.validation_labels)))
    assert list(found.slices.validation) == ["1990s", "2000s", "2010s"]
    assert list(found.slices.newer) == ["2010s", "2020s"]
    assert {estimate.value for estimate in found.slices.newer.values()} == {1}


def test_intervals_surround_the_scores(model: StoredModel, data: TrainingData) -> None:
    """On songs of which a fifth has the other label each score lies within its interval."""
    rng = np.random.default_rng(2)
    labels = np.where(rng.random(len(data.validation_labels)) < 0.2, 1, data.validation_labels)
    found = appraised(model, replace(data, validation_labels=labels), newer(data))
    assert set(found.intervals) == {"accuracy", "macro_f1", "log_loss", "top3_accuracy"}
    for name in ("accuracy", "macro_f1", "log_loss"):
        low, high = found.intervals[name]
        assert low < found.scores[name] < high


def test_importance(model: StoredModel, data: TrainingData) -> None:
    """Shuffling the one feature that counts costs half of the accuracy; the others cost nothing."""
    importance = appraised(model, data, newer(data)).importance
    first, *others = importance.items()
    assert first[0] == "energy"
    assert first[1].value == pytest.approx(0.5, abs=0.06) and first[1].low > 0.4
    assert len(others) == 11
    assert {(e.value, e.low, e.high) for _, e in others} == {(0, 0, 0)}


def test_seen_and_unseen_artists(model: StoredModel, data: TrainingData) -> None:
    """Newer songs are also scored apart by whether the model learnt from their artist."""
    songs = newer(data)
    wrong = np.array(["Rock" if genre == "Folk" else "Folk" for genre in songs.genres])
    known = np.array([not data.known_artists.isdisjoint(names) for names in songs.artists])
    slices = appraised(
        model, data, newer(data, genres=np.where(known, songs.genres, wrong))
    ).slices
    assert slices.newer_seen and slices.newer_unseen and slices.newer_songs
    assert (slices.newer_seen.value, slices.newer_unseen.value) == (1, 0)
    assert slices.newer_songs.value == 0.5 and slices.newer_songs.songs == 30
    assert slices.newer_years == (2011, 2025)


def test_unknown_genres_and_songs_without_artist(model: StoredModel, data: TrainingData) -> None:
    """A genre that the model does not know is a miss; a song without artists is on neither side."""
    songs = newer(data)
    polka = newer(data, genres=np.full(30, "Polka"), artists=[()] * 30)
    slices = appraised(model, data, polka).slices
    assert slices.newer_songs and slices.newer_songs.value == 0
    assert slices.newer_seen is None and slices.newer_unseen is None
    assert len(songs) == 30


def test_new_priors(model: StoredModel, data: TrainingData) -> None:
    """Songs that a model in doubt guesses by its priors are guessed by the newer songs' mix."""
    doubtful = np.full((30, len(FEATURES)), 0.5, np.float32)
    doubtful[:, DECIDING] += 1e-4  # a trace of Rock, of which the model has learnt too much
    found = appraised(
        model, data, newer(data, features=doubtful, genres=np.full(30, "Folk"))
    ).prior_adaptation
    assert found and (found.accuracy_before, found.accuracy_after) == (0, 1)
    assert (found.gain.value, found.gain.songs) == (1, 30)


def test_no_newer_songs(model: StoredModel, data: TrainingData) -> None:
    """A table without newer songs is no error: there is nothing to say of them."""
    none: npt.NDArray[np.float32] = np.zeros((0, len(FEATURES)), np.float32)
    empty = Songs(none, np.array([], np.str_), np.array([], np.int64), [], "0" * 32, 0)
    found = appraised(model, data, empty)
    slices = found.slices
    assert found.prior_adaptation is None
    assert slices.newer == {} and slices.newer_songs is None and slices.newer_years is None
