import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import mlflow
import numpy as np
import polars as pl
import pytest

from src import train
from src.bootstrap import main_artists
from src.candidate import fit_candidate
from src.command import PipelineError
from src.graph import GraphClassifier
from src.params import Params
from src.profile_file import PROFILE_FILE, profile_arrays
from src.reference import reference
from src.registry import graph_uri
from src.songs import FEATURES
from src.split import split_by_artist
from src.table import read_songs
from src.tracking import EXPERIMENT
from src.train import main, train_models
from src.training_data import training_data

MakeParams = Callable[..., Params]


def runs_of(store: mlflow.MlflowClient) -> list[mlflow.entities.Run]:
    experiment = store.get_experiment_by_name(EXPERIMENT)
    return list(store.search_runs([experiment.experiment_id])) if experiment else []


def test_a_run_is_recorded_whole(
    store: mlflow.MlflowClient, tables: Path, params: MakeParams
) -> None:
    """Each family leaves a finished run with parameters, metrics, data, picture, two models."""
    summary = train_models(tables / "train.csv", params())
    songs = read_songs(tables / "train.csv")
    runs = {run.data.tags["model_type"]: run for run in runs_of(store)}
    assert set(runs) == set(summary["runs"]) == {"logistic_regression", "xgboost"}
    for family, run in runs.items():
        assert run.info.status == "FINISHED"
        assert run.data.tags["fingerprint"] == summary["fingerprint"]
        assert run.data.metrics["accuracy"] == summary["runs"][family]["accuracy"]
        assert {"recall/R_B", "precision/Rock", "ece", "train_accuracy"} <= set(run.data.metrics)
        assert run.data.params["seed"] == "42"
        (dataset,) = run.inputs.dataset_inputs
        assert dataset.dataset.digest == songs.md5
        assert [a.path for a in store.list_artifacts(run.info.run_id)] == ["confusion_matrix.png"]
        models = [store.get_logged_model(output.model_id) for output in run.outputs.model_outputs]
        assert {model.name for model in models} == {"candidate", "native"}
    assert runs["xgboost"].data.params["n_estimators"] == "5"
    assert sum(summary["rows"].values()) == len(songs)


def test_training_accuracy_of_a_large_table(
    tables: Path, params: MakeParams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With more training songs than are recalled, some from the whole table are scored."""
    data = training_data(read_songs(tables / "train.csv"), params().split)
    monkeypatch.setattr("src.training_data.MOST_RECALLED", 50)
    assert len(data.recalled) == 50
    assert data.recalled[[0, -1]].tolist() == [0, len(data.training_labels) - 1]
    candidate = fit_candidate("logistic_regression", data, params())
    answers = GraphClassifier(candidate.graph).predict_proba(data.training_features[data.recalled])
    right = answers.argmax(axis=1) == data.training_labels[data.recalled]
    assert candidate.metrics["train_accuracy"] == right.mean()


def test_the_graph_carries_its_profile(
    store: mlflow.MlflowClient, tables: Path, params: MakeParams
) -> None:
    """With the graph travel the features, genres, how it behaved, and a song that it answers."""
    train_models(tables / "train.csv", params())
    data = training_data(read_songs(tables / "train.csv"), params().split)
    (run, *_) = runs_of(store)
    models = [store.get_logged_model(output.model_id) for output in run.outputs.model_outputs]
    uri = next(model.model_uri for model in models if model.name == "candidate")
    model = mlflow.models.Model.load(uri)
    assert model.signature.inputs.input_names() == list(FEATURES)
    metadata = model.metadata
    assert metadata["genres"] == list(data.genres)
    profile = metadata["reference_profile"]
    assert profile["rows"] == len(data.validation_labels) == sum(profile["confidence_histogram"])
    assert sum(profile["mean_probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert sum(profile["predicted_share"].values()) == pytest.approx(1)
    assert profile["accuracy"] == run.data.metrics["accuracy"]
    song = metadata["known_song"]
    answer = mlflow.pyfunc.load_model(uri).predict(pl.DataFrame([song["features"]]).to_pandas())
    assert answer.to_numpy().ravel().tolist() == pytest.approx(list(song["probabilities"].values()))


def test_the_validation_rows_travel_with_the_graph(
    store: mlflow.MlflowClient, tables: Path, tmp_path: Path, params: MakeParams
) -> None:
    """A downloaded model holds what its graph says of the validation rows, and their genres."""
    train_models(tables / "train.csv", params())
    data = training_data(read_songs(tables / "train.csv"), params().split)
    (run, *_) = runs_of(store)
    folder = mlflow.artifacts.download_artifacts(
        artifact_uri=graph_uri(run), dst_path=str(tmp_path / "model")
    )
    model = mlflow.models.Model.load(folder)
    graph = GraphClassifier(str(Path(folder, model.flavors["onnx"]["data"])))
    with np.load(Path(folder, "extra_files", PROFILE_FILE), allow_pickle=False) as profile:
        assert profile["genres"].tolist() == list(data.genres)
        assert profile["validation_genres"].tolist() == data.validation_labels.tolist()
        answers = graph.predict_proba(data.validation_features)
        assert profile["validation_probabilities"] == pytest.approx(answers, rel=1e-3, abs=1e-6)
        assert profile["accuracy"] == model.metadata["reference_profile"]["accuracy"]
        names = [artists[0] for artists in data.validation_artists]
        assert len(set(zip(names, profile["validation_artists"], strict=True))) == len(set(names))


def test_the_profile_of_many_songs_keeps_whole_artists(
    tables: Path, params: MakeParams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of more validation rows than fit, artists are kept with all of their songs, or not at all."""
    data = training_data(read_songs(tables / "train.csv"), params().split)
    songs, even = len(data.validation_labels), np.ones(len(data.genres))
    answers = np.random.default_rng(1).dirichlet(even, songs).astype(np.float32)
    metadata = reference(data, answers)
    most = songs // 2
    monkeypatch.setattr("src.profile_file.MOST_PROBABILITIES", most * len(data.genres))
    arrays = profile_arrays(data, metadata, answers)
    kept = arrays["validation_artists"]
    everybody = np.sort(np.bincount(main_artists(data.validation_artists)))
    assert most - everybody[-1] < len(kept) <= most
    each = np.bincount(kept)
    assert each.min() > 0
    assert not Counter(each.tolist()) - Counter(everybody.tolist())
    assert arrays["rows"] == songs


def test_the_digest_is_of_the_stored_graph(
    store: mlflow.MlflowClient, tables: Path, tmp_path: Path, params: MakeParams
) -> None:
    """Each family's graph travels with the SHA-256 of the very file that MLflow stores."""
    train_models(tables / "train.csv", params())
    runs = runs_of(store)
    assert len(runs) == 2
    for run in runs:
        folder = mlflow.artifacts.download_artifacts(
            artifact_uri=graph_uri(run), dst_path=str(tmp_path / run.info.run_id)
        )
        logged = mlflow.models.Model.load(folder)
        content = Path(folder, logged.flavors["onnx"]["data"]).read_bytes()
        assert logged.metadata["onnx_sha256"] == hashlib.sha256(content).hexdigest()


def test_a_graph_that_differs_is_not_logged(
    store: mlflow.MlflowClient, tables: Path, params: MakeParams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a graph does not give its model's probabilities, nothing is recorded."""
    monkeypatch.setattr("src.graph.TOLERANCE", 0.0)
    with pytest.raises(PipelineError, match="it is not logged"):
        train_models(tables / "train.csv", params())
    assert runs_of(store) == []


def test_an_interrupted_run_is_not_finished(
    store: mlflow.MlflowClient, tables: Path, params: MakeParams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run whose recording breaks off is FAILED, so it can never be crowned."""

    def full(*arguments: object, **options: object) -> None:
        raise OSError("No space left on device")

    assert mlflow.onnx.log_model  # MLflow puts the module in its place when it is first used
    monkeypatch.setattr(mlflow.onnx, "log_model", full)
    with pytest.raises(OSError, match="No space"):
        train_models(tables / "train.csv", params())
    assert [run.info.status for run in runs_of(store)] == ["FAILED"]


def test_training_demands_artists(tables: Path, tmp_path: Path, params: MakeParams) -> None:
    """Without the column artists nothing is trained: the accuracy would flatter."""
    path = tmp_path / "train.csv"
    pl.read_csv(tables / "train.csv").drop("artists").write_csv(path)
    with pytest.raises(PipelineError, match="artists"):
        train_models(path, params())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"artists": pl.lit(None)}, "leaves no training song"),
        ({"artists": pl.lit("One")}, "leaves no (training|validation) song"),
        ({"genre": pl.lit("Rock")}, "all songs are of genre 'Rock'"),
    ],
)
def test_songs_that_cannot_be_learnt_from(
    tables: Path, tmp_path: Path, params: MakeParams, change: dict[str, pl.Expr], words: str
) -> None:
    """No artists, one artist or one genre: an error that says what is missing."""
    path = tmp_path / "train.csv"
    pl.read_csv(tables / "train.csv").with_columns(**change).write_csv(path)
    with pytest.raises(PipelineError, match=words):
        train_models(path, params())


def test_a_genre_of_validation_artists_only(
    tables: Path, tmp_path: Path, params: MakeParams
) -> None:
    """A genre without any training song is named, with the ways out."""
    songs = read_songs(tables / "train.csv")
    split = params().split
    sides = split_by_artist(songs.artists, split.validation_fraction, split.seed)
    (artist, *_) = songs.artists[sides.validation.argmax()]
    alone = pl.col("artists") == json.dumps([artist], ensure_ascii=False)
    path = tmp_path / "train.csv"
    pl.read_csv(tables / "train.csv").with_columns(
        genre=pl.when(alone).then(pl.lit("Polka")).otherwise(pl.col("genre"))
    ).write_csv(path)
    with pytest.raises(PipelineError, match="no training song of genre 'Polka'"):
        train_models(path, params())


def test_command(
    store: mlflow.MlflowClient, tables: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The literal command writes a summary of its runs; a wrong parameter file is named."""
    params = Path(__file__).resolve().parents[1] / "params.yaml"
    arguments = ["--data_path", str(tables / "train.csv"), "--output", str(tmp_path / "t.json")]
    assert main([*arguments, "--params_path", str(params)]) == 0
    assert set(json.loads((tmp_path / "t.json").read_text())["runs"]) == set(train.FAMILIES)
    assert "2 runs recorded" in capsys.readouterr().out
    assert main([*arguments, "--params_path", str(tmp_path / "none.yaml")]) == 1
    assert "none.yaml" in capsys.readouterr().err
