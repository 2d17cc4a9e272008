import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import onnx
import polars as pl
import pytest

from src import registry
from src.command import PipelineError
from src.evaluate import evaluate_models, main
from src.params import Params, read_params
from src.split import split_by_artist
from src.table import read_songs
from src.tracking import EXPERIMENT
from src.train import train_models
from src.training_data import fingerprint, training_data

NAME = registry.NAME
MakeParams = Callable[..., Params]
WEAK = {"xgboost": {"max_depth": 1, "learning_rate": 0.01, "n_estimators": 1}}
WEAK["logistic_regression"] = {"C": 1e-9, "max_iter": 1000}


@pytest.fixture
def folder(store: mlflow.MlflowClient, tables: Path, tmp_path: Path) -> Path:
    """A folder with the tables, which a test may change."""
    for name in ("train.csv", "prod_sim.csv"):
        shutil.copy(tables / name, tmp_path)
    return tmp_path


def evaluate(folder: Path, params: Params) -> dict[str, Any]:
    return evaluate_models(
        folder / "train.csv", folder / "prod_sim.csv", params, folder / "plots"
    )


def train_and_evaluate(folder: Path, params: Params) -> dict[str, Any]:
    train_models(folder / "train.csv", params)
    return evaluate(folder, params)


def alias(store: mlflow.MlflowClient, name: str) -> int | None:
    aliases = store.get_registered_model(NAME).aliases
    return int(aliases[name]) if name in aliases else None


def record_run(store: mlflow.MlflowClient, status: str, accuracy: float, mark: str) -> str:
    """A run as training records it, but for its graph."""
    experiment = store.get_experiment_by_name(EXPERIMENT)
    run = store.create_run(experiment.experiment_id, tags={"fingerprint": mark})
    store.log_metric(run.info.run_id, "accuracy", accuracy)
    store.set_terminated(run.info.run_id, status)
    return str(run.info.run_id)


def test_the_first_champion(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams
) -> None:
    """The more accurate family is registered as version 1, crowned, tagged, and described."""
    summary = train_models(folder / "train.csv", params())
    metrics = evaluate(folder, params())
    best = max(summary["runs"], key=lambda family: summary["runs"][family]["accuracy"])
    assert metrics["model_type"] == best
    assert metrics["run_id"] == summary["runs"][best]["run_id"]
    for name in ("accuracy", "macro_f1", "log_loss", "top3_accuracy", "ece", "train_accuracy"):
        assert metrics[name] == pytest.approx(summary["runs"][best][name])
    assert (metrics["model_name"], metrics["model_version"]) == (NAME, 1)
    assert metrics["promoted"] and metrics["reason"].startswith("the first champion")
    assert 0 < metrics["prod_sim_accuracy"] < 1 and 0 < metrics["prod_sim_unseen_artists_accuracy"]
    version = store.get_model_version_by_alias(NAME, "champion")
    assert version.tags["train_md5"] == read_songs(folder / "train.csv").md5
    assert version.tags["replaces"] == "none" and version.tags["promoted"] == "true"
    assert {"git_commit", "git_dirty", "model_type"} <= set(version.tags)


def test_twice_changes_nothing(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams
) -> None:
    """A second evaluation registers nothing and says the same, for a champion and a challenger."""
    first = train_and_evaluate(folder, params())
    assert evaluate(folder, params()) == first
    refused = train_and_evaluate(folder, params(train=WEAK, evaluate={"min_accuracy": 0.0}))
    assert not refused["promoted"]
    assert evaluate(folder, params(train=WEAK, evaluate={"min_accuracy": 0.0})) == refused
    assert len(store.search_model_versions(f"name = '{NAME}'")) == 2


def test_a_worse_model_is_challenger(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams
) -> None:
    """A retrained model that is less accurate gets @challenger; the champion stays."""
    train_and_evaluate(folder, params())
    metrics = train_and_evaluate(folder, params(train=WEAK, evaluate={"min_accuracy": 0.0}))
    assert (metrics["promoted"], metrics["model_version"], metrics["champion_version"]) == (
        False,
        2,
        1,
    )
    assert "is less than the" in metrics["reason"]
    assert (alias(store, "champion"), alias(store, "challenger")) == (1, 2)
    assert store.get_model_version(NAME, "2").tags["reason"] == metrics["reason"]


def test_a_better_model_replaces_the_champion(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams
) -> None:
    """A more accurate model takes the alias and notes which version it replaced."""
    train_and_evaluate(folder, params(train=WEAK, evaluate={"min_accuracy": 0.0}))
    metrics = train_and_evaluate(folder, params())
    assert metrics["promoted"] and alias(store, "champion") == 2
    assert store.get_model_version(NAME, "2").tags["replaces"] == "1"


def test_the_first_one_must_be_good_enough(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams
) -> None:
    """Below evaluate.min_accuracy nobody is champion; once the bar is lowered it is crowned."""
    refused = train_and_evaluate(folder, params(evaluate={"min_accuracy": 0.99}))
    assert not refused["promoted"] and refused["champion_version"] is None
    assert "below evaluate.min_accuracy" in refused["reason"]
    assert (alias(store, "champion"), alias(store, "challenger")) == (None, 1)
    assert evaluate(folder, params())["promoted"]
    assert (alias(store, "champion"), alias(store, "challenger")) == (1, None)


def test_a_stale_run_is_not_crowned(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams
) -> None:
    """A run on older data with a higher recorded accuracy is left alone."""
    metrics = train_and_evaluate(folder, params())
    pl.read_csv(folder / "train.csv").head(-5).write_csv(folder / "train.csv")
    train_models(folder / "train.csv", params())
    stale = store.get_run(metrics["run_id"])
    store.log_metric(stale.info.run_id, "accuracy", 1.0)
    assert evaluate(folder, params())["run_id"] != stale.info.run_id


@pytest.mark.parametrize("status", ["FAILED", "KILLED", "RUNNING"])
def test_an_unfinished_run_is_not_crowned(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams, status: str
) -> None:
    """A run of this training that did not finish is left alone, however accurate."""
    summary = train_models(folder / "train.csv", params())
    broken = record_run(store, status, 1.0, summary["fingerprint"])
    assert evaluate(folder, params())["run_id"] != broken


def test_no_run_of_this_training(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams
) -> None:
    """With other parameters than those trained with, the error names the command that helps."""
    train_models(folder / "train.csv", params())
    with pytest.raises(PipelineError, match="dvc repro --force"):
        evaluate(folder, params(split={"seed": 7}))


def test_what_was_scored_is_what_is_served(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams
) -> None:
    """The registered graph, downloaded, gives the accuracy in metrics.json."""
    metrics = train_and_evaluate(folder, params())
    model = registry.open_model(f"models:/{NAME}@champion")
    data = training_data(read_songs(folder / "train.csv"), params().split)
    predicted = model.graph.predict_proba(data.validation_features).argmax(axis=1)
    assert (predicted == data.validation_labels).mean() == metrics["accuracy"]


def test_going_back_is_not_undone(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams
) -> None:
    """After the alias was put back by hand, evaluating again leaves it there and says so."""
    train_and_evaluate(folder, params(train=WEAK, evaluate={"min_accuracy": 0.0}))
    train_and_evaluate(folder, params())
    store.set_registered_model_alias(NAME, "champion", "1")
    metrics = evaluate(folder, params())
    assert alias(store, "champion") == 1 and not metrics["promoted"]
    assert "only a hand brings it back" in metrics["reason"]


def test_crowned_by_hand(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams
) -> None:
    """A challenger that somebody made champion stays champion."""
    train_and_evaluate(folder, params(evaluate={"min_accuracy": 0.99}))
    store.set_registered_model_alias(NAME, "champion", "1")
    metrics = evaluate(folder, params(evaluate={"min_accuracy": 0.99}))
    assert metrics["promoted"] and "by hand" in metrics["reason"]


def test_an_interrupted_promotion_is_finished(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams
) -> None:
    """When the alias moved but the last tag was not written, evaluating again completes it."""
    first = train_and_evaluate(folder, params())
    store.delete_model_version_tag(NAME, "1", "promoted")
    assert evaluate(folder, params()) == first
    assert store.get_model_version(NAME, "1").tags["promoted"] == "true"


def test_other_genres_cannot_be_compared(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams
) -> None:
    """A champion of other genres stays, says why, and is replaced only on request."""
    train_and_evaluate(folder, params())
    renamed = pl.col("genre").replace({"Jazz": "Bebop"})
    table = pl.read_csv(folder / "train.csv").with_columns(renamed)
    table.write_csv(folder / "train.csv")
    metrics = train_and_evaluate(folder, params())
    assert not metrics["promoted"] and alias(store, "champion") == 1
    assert "it lacks Bebop; it has Jazz" in metrics["reason"]
    metrics = evaluate(folder, params(evaluate={"replace_incomparable": True}))
    assert metrics["promoted"] and alias(store, "champion") == 2


def test_another_split_is_mentioned(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams
) -> None:
    """A champion that was trained with another split is compared, with a word of warning."""
    train_and_evaluate(folder, params())
    metrics = train_and_evaluate(folder, params(split={"seed": 7}))
    assert "trained with another split" in metrics["reason"]


def test_a_foreign_champion(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams
) -> None:
    """A champion that is no graph of ours cannot be compared, and stays."""
    train_models(folder / "train.csv", params())
    floats = onnx.TensorProto.FLOAT
    value = onnx.helper.make_tensor_value_info("x", floats, [1])
    result = onnx.helper.make_tensor_value_info("y", floats, [1])
    node = onnx.helper.make_node("Identity", ["x"], ["y"])
    graph = onnx.helper.make_model(onnx.helper.make_graph([node], "g", [value], [result]))
    with mlflow.start_run():
        mlflow.onnx.log_model(
            graph, name="other", registered_model_name=NAME, pip_requirements=["onnxruntime"]
        )
    store.set_registered_model_alias(NAME, "champion", "1")
    metrics = evaluate(folder, params())
    assert not metrics["promoted"]
    assert "no ONNX model with the names of its genres" in metrics["reason"]


def test_production_accuracy(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams
) -> None:
    """A genre that the model does not know is a miss; unseen artists are scored apart."""
    songs = read_songs(folder / "train.csv")
    model_params = params()
    train_models(folder / "train.csv", model_params)
    table = pl.read_csv(folder / "prod_sim.csv")
    unknown = table.with_columns(genre=pl.lit("Polka"))
    unknown.write_csv(folder / "prod_sim.csv")
    assert evaluate(folder, model_params)["prod_sim_accuracy"] == 0
    split = model_params.split
    learnt = split_by_artist(songs.artists, split.validation_fraction, split.seed).training
    known = json.dumps(songs.artists[int(np.argmax(learnt))], ensure_ascii=False)
    table.with_columns(artists=pl.lit(known)).write_csv(folder / "prod_sim.csv")
    assert evaluate(folder, model_params)["prod_sim_unseen_artists_accuracy"] is None


def test_plots(store: mlflow.MlflowClient, folder: Path, params: MakeParams) -> None:
    """The tables for dvc plots count each validation song once."""
    metrics = train_and_evaluate(folder, params())
    rows = {}
    for name in ("confusion", "calibration", "genres"):
        with open(folder / "plots" / f"{name}.csv", newline="") as file:
            rows[name] = list(csv.DictReader(file))
    right = [row["genre"] == row["predicted"] for row in rows["confusion"]]
    assert np.mean(right) == pytest.approx(metrics["accuracy"])
    for name in ("calibration", "genres"):
        assert sum(int(row["songs"]) for row in rows[name]) == len(right)


def test_fingerprint(tables: Path, params: MakeParams) -> None:
    """Data, split and model parameters make a training; the rules of the gate do not."""
    songs = read_songs(tables / "train.csv")
    mark = fingerprint(songs, params())
    assert mark == fingerprint(songs, params(evaluate={"min_accuracy": 0.9}))
    assert mark != fingerprint(songs, params(split={"seed": 7}))
    assert mark != fingerprint(songs, params(train=WEAK))
    assert mark != fingerprint(read_songs(tables / "prod_sim.csv"), params())


def test_command(
    store: mlflow.MlflowClient, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The literal command writes metrics.json, also for a challenger, with exit code 0."""
    params = Path(__file__).resolve().parents[1] / "params.yaml"
    arguments = ["--params_path", str(params), "--metrics_output", str(folder / "metrics.json")]
    arguments += ["--train_data", str(folder / "train.csv")]
    arguments += ["--prod_data", str(folder / "prod_sim.csv")]
    arguments += ["--plots_output", str(folder / "plots")]
    assert main(arguments) == 1
    assert "dvc repro --force" in capsys.readouterr().err
    train_models(folder / "train.csv", read_params(params))
    assert main(arguments) == 0
    assert json.loads((folder / "metrics.json").read_text())["model_version"] == 1
    assert f"{NAME} version 1" in capsys.readouterr().out
