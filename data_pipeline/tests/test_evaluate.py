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
from src.process import process_data
from src.publishing import publish_card
from src.sample import write_sample
from src.split import split_by_artist
from src.table import read_songs
from src.tracking import EXPERIMENT, connect
from src.train import train_models
from src.training_data import fingerprint, training_data

NAME = registry.NAME
MakeParams = Callable[..., Params]
WEAK = {"xgboost": {"max_depth": 1, "learning_rate": 0.01, "n_estimators": 1}}
WEAK["logistic_regression"] = {"C": 1e-9, "max_iter": 1000}
# On so few songs as here hardly any loss can be ruled out.
LENIENT = {"min_accuracy": 0.0, "margin": 0.2, "max_genre_drop": 0.9}


@pytest.fixture
def folder(store: mlflow.MlflowClient, tables: Path, tmp_path: Path) -> Path:
    """A folder with the tables, which a test may change."""
    for name in ("train.csv", "prod_sim.csv"):
        shutil.copy(tables / name, tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def blank_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes most of an evaluation of so few songs; test_model_card.py does it for real."""
    blank = '<svg xmlns="http://www.w3.org/2000/svg"></svg>'
    names = ("confusion", "calibration", "genres", "importance", "decades")
    monkeypatch.setattr("src.model_card.pictures", lambda _: dict.fromkeys(names, blank))


def evaluate(folder: Path, params: Params) -> dict[str, Any]:
    tables = folder / "train.csv", folder / "prod_sim.csv"
    return evaluate_models(*tables, params, folder / "plots", folder / "card")


def train_and_evaluate(folder: Path, params: Params) -> dict[str, Any]:
    train_models(folder / "train.csv", params)
    return evaluate(folder, params)


def alias(store: mlflow.MlflowClient, name: str) -> int | None:
    aliases = store.get_registered_model(NAME).aliases
    return int(aliases[name]) if name in aliases else None


def outputs(folder: Path) -> dict[str, bytes]:
    """All files that an evaluation wrote."""
    files = [*(folder / "plots").iterdir(), *(folder / "card").iterdir()]
    return {path.name: path.read_bytes() for path in files}


def rows_of(folder: Path, name: str) -> list[dict[str, Any]]:
    """A table that `dvc plots` draws."""
    return pl.read_csv(folder / "plots" / f"{name}.csv").to_dicts()


def accuracy_of_version(
    store: mlflow.MlflowClient, folder: Path, params: Params, version: int
) -> float:
    run = store.get_run(store.get_model_version(NAME, str(version)).run_id)
    return float(run.data.metrics["accuracy"])


def record_run(store: mlflow.MlflowClient, status: str, accuracy: float, mark: str) -> str:
    """A run as training records it, but for its graph."""
    experiment = store.get_experiment_by_name(EXPERIMENT)
    run = store.create_run(experiment.experiment_id, tags={"fingerprint": mark})
    store.log_metric(run.info.run_id, "accuracy", accuracy)
    store.set_terminated(run.info.run_id, status)
    return str(run.info.run_id)


def test_the_first_champion(
    store: mlflow.MlflowClient, trained: dict[str, Any], folder: Path, params: MakeParams
) -> None:
    """The more accurate family is registered as version 1, crowned, tagged, and described."""
    metrics = evaluate(folder, params())
    best = max(trained["runs"], key=lambda family: trained["runs"][family]["accuracy"])
    assert metrics["model_type"] == best
    assert metrics["run_id"] == trained["runs"][best]["run_id"]
    for name in ("accuracy", "macro_f1", "log_loss", "top3_accuracy", "ece", "train_accuracy"):
        assert metrics[name] == pytest.approx(trained["runs"][best][name])
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
    """A second evaluation says and writes the same and registers nothing: for the first champion,
    for a challenger, and for a champion that replaced another."""
    weak, better = params(train=WEAK, evaluate=LENIENT), params(evaluate=LENIENT)
    strict = params(train=WEAK | {"xgboost": WEAK["xgboost"] | {"n_estimators": 2}})
    compared = [None, 1, 2]
    for rules, against in zip([weak, better, strict], compared, strict=True):
        first = train_and_evaluate(folder, rules)
        assert first["promoted"] is (rules != strict)
        assert first["compared_with_version"] == against
        files = outputs(folder)
        assert evaluate(folder, rules) == first
        assert outputs(folder) == files and len(files) == 12
    assert len(store.search_model_versions(f"name = '{NAME}'")) == 3


def test_a_worse_model_is_challenger(
    store: mlflow.MlflowClient, trained: dict[str, Any], folder: Path, params: MakeParams
) -> None:
    """A retrained model that is less accurate gets @challenger; the champion stays."""
    evaluate(folder, params())
    metrics = train_and_evaluate(folder, params(train=WEAK, evaluate={"min_accuracy": 0.0}))
    assert (metrics["promoted"], metrics["model_version"], metrics["champion_version"]) == (
        False,
        2,
        1,
    )
    assert "may be worse than the" in metrics["reason"]
    assert metrics["accuracy_difference_low"] < -metrics["margin"]
    assert metrics["accuracy_difference"] == pytest.approx(
        metrics["accuracy"] - accuracy_of_version(store, folder, params(), 1)
    )
    refused = [check["name"] for check in metrics["checks"] if check["outcome"] == "REFUSED"]
    assert "accuracy" in refused
    assert (alias(store, "champion"), alias(store, "challenger")) == (1, 2)
    assert store.get_model_version(NAME, "2").tags["reason"] == metrics["reason"]


def test_a_better_model_replaces_the_champion(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams
) -> None:
    """A more accurate model takes the alias and notes which version it replaced."""
    train_and_evaluate(folder, params(train=WEAK, evaluate=LENIENT))
    metrics = train_and_evaluate(folder, params(evaluate=LENIENT))
    assert metrics["promoted"] and alias(store, "champion") == 2
    assert store.get_model_version(NAME, "2").tags["replaces"] == "1"


def test_the_first_one_must_be_good_enough(
    store: mlflow.MlflowClient, trained: dict[str, Any], folder: Path, params: MakeParams
) -> None:
    """Below evaluate.min_accuracy nobody is champion; once the bar is lowered it is crowned."""
    refused = evaluate(folder, params(evaluate={"min_accuracy": 0.99}))
    assert not refused["promoted"] and refused["champion_version"] is None
    assert "below evaluate.min_accuracy" in refused["reason"]
    assert (alias(store, "champion"), alias(store, "challenger")) == (None, 1)
    assert evaluate(folder, params())["promoted"]
    assert (alias(store, "champion"), alias(store, "challenger")) == (1, None)


def test_a_stale_run_is_not_crowned(
    store: mlflow.MlflowClient, trained: dict[str, Any], folder: Path, params: MakeParams
) -> None:
    """A run on older data with a higher recorded accuracy is left alone."""
    metrics = evaluate(folder, params())
    pl.read_csv(folder / "train.csv").head(-5).write_csv(folder / "train.csv")
    train_models(folder / "train.csv", params())
    stale = store.get_run(metrics["run_id"])
    store.log_metric(stale.info.run_id, "accuracy", 1.0)
    assert evaluate(folder, params())["run_id"] != stale.info.run_id


def test_an_unfinished_run_is_not_crowned(
    store: mlflow.MlflowClient, trained: dict[str, Any], folder: Path, params: MakeParams
) -> None:
    """A run that failed, was killed or still goes is left alone, however accurate it is."""
    mark = trained["fingerprint"]
    broken = [record_run(store, status, 1.0, mark) for status in ("FAILED", "KILLED", "RUNNING")]
    assert evaluate(folder, params())["run_id"] not in broken


def test_no_run_of_this_training(
    store: mlflow.MlflowClient, trained: dict[str, Any], folder: Path, params: MakeParams
) -> None:
    """With other parameters than those trained with, the error names the command that helps."""
    with pytest.raises(PipelineError, match="dvc repro --force"):
        evaluate(folder, params(split={"seed": 7}))


def test_what_was_scored_is_what_is_served(
    store: mlflow.MlflowClient, trained: dict[str, Any], folder: Path, params: MakeParams
) -> None:
    """The registered graph, downloaded, gives the accuracy in metrics.json."""
    metrics = evaluate(folder, params())
    model = registry.open_model(f"models:/{NAME}@champion")
    data = training_data(read_songs(folder / "train.csv"), params().split)
    predicted = model.graph.predict_proba(data.validation_features).argmax(axis=1)
    assert (predicted == data.validation_labels).mean() == metrics["accuracy"]


def test_going_back_is_not_undone(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams
) -> None:
    """After the alias was put back by hand, evaluating again leaves it there and says so."""
    train_and_evaluate(folder, params(train=WEAK, evaluate=LENIENT))
    train_and_evaluate(folder, params(evaluate=LENIENT))
    store.set_registered_model_alias(NAME, "champion", "1")
    metrics = evaluate(folder, params(evaluate=LENIENT))
    assert alias(store, "champion") == 1 and not metrics["promoted"]
    assert "only a hand brings it back" in metrics["reason"]


def test_crowned_by_hand(
    store: mlflow.MlflowClient, trained: dict[str, Any], folder: Path, params: MakeParams
) -> None:
    """A challenger that somebody made champion stays champion."""
    evaluate(folder, params(evaluate={"min_accuracy": 0.99}))
    store.set_registered_model_alias(NAME, "champion", "1")
    metrics = evaluate(folder, params(evaluate={"min_accuracy": 0.99}))
    assert metrics["promoted"] and "by hand" in metrics["reason"]


def test_an_interrupted_promotion_is_finished(
    store: mlflow.MlflowClient, trained: dict[str, Any], folder: Path, params: MakeParams
) -> None:
    """When the alias moved but the last tag was not written, evaluating again completes it."""
    first = evaluate(folder, params())
    store.delete_model_version_tag(NAME, "1", "promoted")
    assert evaluate(folder, params()) == first
    assert store.get_model_version(NAME, "1").tags["promoted"] == "true"


def test_other_genres(
    store: mlflow.MlflowClient, trained: dict[str, Any], folder: Path, params: MakeParams
) -> None:
    """A champion of other genres is scored again on today's songs; a genre new to it is a miss."""
    evaluate(folder, params())
    renamed = pl.col("genre").replace({"Rock": "Beat"})
    pl.read_csv(folder / "train.csv").with_columns(renamed).write_csv(folder / "train.csv")
    metrics = train_and_evaluate(folder, params())
    assert metrics["promoted"] and alias(store, "champion") == 2
    beat = next(check for check in metrics["checks"] if check["name"] == "Beat")
    assert beat["champion"] == 0 and beat["candidate"] > 0.5
    assert "version 1 does not know Beat: songs of it are misses" in metrics["warnings"]
    assert "version 1 also knows Rock, of which there are no songs" in metrics["warnings"]


def test_another_split(store: mlflow.MlflowClient, folder: Path, params: MakeParams) -> None:
    """After a change of the split both are judged on songs that neither learnt from, or not at all.
    """
    half = {"validation_fraction": 0.5}
    train_and_evaluate(folder, params(split=half))
    metrics = train_and_evaluate(folder, params(split=half | {"seed": 7}))
    validation = sum(row["songs"] for row in rows_of(folder, "genres"))
    assert 100 <= metrics["compared_songs"] < 0.7 * validation
    assert f"{metrics['compared_songs']} of {validation}" in metrics["warnings"][0]
    metrics = train_and_evaluate(folder, params(split={"validation_fraction": 0.1, "seed": 8}))
    assert not metrics["promoted"] and metrics["compared_songs"] == 0
    assert "100 are needed" in metrics["reason"]
    request = params(
        split={"validation_fraction": 0.1, "seed": 8}, evaluate={"replace_incomparable": True}
    )
    assert not evaluate(folder, request)["promoted"]


@pytest.fixture(scope="module")
def decades(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Songs to 2010, a later decade of another music, with and without its genres, and newer ones.
    """
    folder = tmp_path_factory.mktemp("decades")
    write_sample(folder / "songs.csv", 3000)
    songs = pl.read_csv(folder / "songs.csv")
    genres = sorted(songs["genre"].unique())
    later = (pl.col("year") > 2010) & (pl.col("year") < 2025)
    moved = songs.with_columns(
        year=pl.when(later).then(2011 + pl.col("year") % 10).otherwise("year"),
        energy=pl.when(later).then(1 - pl.col("energy")).otherwise("energy"),
        genre=pl.when(later)
        .then(pl.col("genre").replace(dict(zip(genres, genres[1:] + genres[:1], strict=True))))
        .otherwise("genre"),
    )
    moved.write_csv(folder / "labelled.csv")
    unlabelled = pl.when(later).then(None).otherwise("genre")
    moved.with_columns(genre=unlabelled).write_csv(folder / "unlabelled.csv")
    return folder / "labelled.csv", folder / "unlabelled.csv"


def crown(folder: Path, songs: Path, year_threshold: int, params: Params) -> dict[str, Any]:
    """All stages after load, with the given songs and threshold."""
    process_data(songs, folder / "train.csv", folder / "prod_sim.csv", year_threshold)
    return train_and_evaluate(folder, params)


def test_a_later_decade(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams, decades: tuple[Path, Path]
) -> None:
    """When the music has moved and the threshold with it, the newest era decides: a model that
    learnt it is promoted, though it knows less of the old one."""
    labelled, _ = decades
    old = crown(folder, labelled, 2010, params())
    assert store.get_model_version(NAME, "1").tags["newest_year"] == "2010"
    metrics = crown(folder, labelled, 2020, params())
    assert metrics["promoted"] and alias(store, "champion") == 2
    assert "songs of 2011 to 2020 decide, as version 1 learnt up to 2010" in metrics["warnings"]
    assert metrics["newest_era_accuracy_difference_low"] > 0.05
    assert metrics["accuracy_difference"] == metrics["newest_era_accuracy_difference"]
    assert metrics["old_era_accuracy_difference"] < 0 < old["accuracy"]
    years = read_songs(folder / "train.csv").years
    assert 100 <= metrics["compared_songs"] < (years > 2010).sum()
    assert store.get_model_version(NAME, "2").tags["newest_year"] == "2020"


def test_a_later_decade_without_labels(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams, decades: tuple[Path, Path]
) -> None:
    """The same decade without genres teaches nothing: the same model stays champion."""
    _, unlabelled = decades
    first = crown(folder, unlabelled, 2010, params())
    metrics = crown(folder, unlabelled, 2020, params())
    assert metrics["run_id"] == first["run_id"] and alias(store, "champion") == 1
    assert len(store.search_model_versions(f"name = '{NAME}'")) == 1
    assert metrics["accuracy"] == first["accuracy"]


def test_a_foreign_champion(
    store: mlflow.MlflowClient, trained: dict[str, Any], folder: Path, params: MakeParams
) -> None:
    """A champion that is no graph of ours cannot be compared, and stays."""
    connect()
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


def test_a_champion_of_a_former_format_is_replaced(
    store: mlflow.MlflowClient, folder: Path, params: MakeParams
) -> None:
    """Training the same again, in a format with more to travel, crowns the run that has it."""
    with pytest.MonkeyPatch.context() as former:
        former.setattr("src.training_data.FORMAT", 1)
        former.setattr("src.candidate.KEY", "of_no_use")
        train_and_evaluate(folder, params())
    metrics = train_and_evaluate(folder, params())
    assert (metrics["model_version"], metrics["promoted"]) == (2, True)
    champion = mlflow.models.Model.load(f"models:/{NAME}@champion")
    assert "onnx_sha256" in champion.metadata


def test_a_graph_that_changed_in_the_store_is_not_judged(
    store: mlflow.MlflowClient, trained: dict[str, Any], folder: Path, params: MakeParams
) -> None:
    """A stored graph with other bytes than were logged is refused, and nothing is registered."""
    for graph in (folder / "store").rglob("model.onnx"):
        graph.write_bytes(graph.read_bytes() + b"\0")
    with pytest.raises(PipelineError, match="model.onnx has the SHA-256 .* the file has changed"):
        evaluate(folder, params())
    assert store.search_registered_models() == []


def test_production_accuracy(
    store: mlflow.MlflowClient, trained: dict[str, Any], folder: Path, params: MakeParams
) -> None:
    """A genre that the model does not know is a miss; unseen artists are scored apart."""
    songs = read_songs(folder / "train.csv")
    model_params = params()
    table = pl.read_csv(folder / "prod_sim.csv")
    unknown = table.with_columns(genre=pl.lit("Polka"))
    unknown.write_csv(folder / "prod_sim.csv")
    metrics = evaluate(folder, model_params)
    assert metrics["prod_sim_accuracy"] == 0 and metrics["prior_adaptation"] is None
    split = model_params.split
    learnt = split_by_artist(songs.artists, split.validation_fraction, split.seed).training
    known = json.dumps(songs.artists[int(np.argmax(learnt))], ensure_ascii=False)
    table.with_columns(artists=pl.lit(known)).write_csv(folder / "prod_sim.csv")
    assert evaluate(folder, model_params)["prod_sim_unseen_artists_accuracy"] is None


def test_plots(
    store: mlflow.MlflowClient, trained: dict[str, Any], folder: Path, params: MakeParams
) -> None:
    """The tables for dvc plots count each validation song once, and agree with metrics.json."""
    metrics = evaluate(folder, params())
    right = [row["genre"] == row["predicted"] for row in rows_of(folder, "confusion")]
    assert np.mean(right) == pytest.approx(metrics["accuracy"])
    for name in ("calibration", "genres"):
        assert sum(row["songs"] for row in rows_of(folder, name)) == len(right)
    decades = rows_of(folder, "decades")
    validation = [row for row in decades if row["decade"].endswith("s, validation")]
    assert sum(row["songs"] for row in validation) == len(right)
    newer = [row for row in decades if row["decade"].endswith("s, newer")]
    songs = sum(row["songs"] for row in newer)
    assert songs == metrics["prod_sim_songs_scored"] > 0
    mean = sum(row["songs"] * row["accuracy"] for row in newer) / songs
    assert mean == pytest.approx(metrics["prod_sim_accuracy"])
    losses = [row["accuracy_lost"] for row in rows_of(folder, "importance")]
    assert len(losses) == 12 and losses == sorted(losses, reverse=True) and losses[0] > 0


def test_the_model_card_goes_with_the_version(
    store: mlflow.MlflowClient,
    trained: dict[str, Any],
    folder: Path,
    params: MakeParams,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The card is among the run's artifacts, and the version leads to it: by a command where there
    is no server, by a link of the server's page where there is one."""
    metrics = evaluate(folder, params())
    run_id = metrics["run_id"]
    uri = f"runs:/{run_id}/model_card/model_card.html"
    version = store.get_model_version_by_alias(NAME, "champion")
    assert version.tags["model_card"] == uri
    assert f"`mlflow artifacts download -u runs:/{run_id}/model_card`" in version.description
    assert f"Accuracy {metrics['accuracy']:.4f}" in version.description
    fetched = Path(mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=str(folder)))
    assert fetched.read_bytes() == (folder / "card" / "model_card.html").read_bytes()
    assert f"{metrics['accuracy_low']:.4f} to {metrics['accuracy_high']:.4f}" in fetched.read_text()

    monkeypatch.setattr("src.publishing.tracking_uri", lambda: "http://server:5000")
    run = store.get_run(run_id)
    publish_card(version, run, folder / "card", 2010, "Fine.")
    artifacts = f"#/experiments/{run.info.experiment_id}/runs/{run_id}/artifacts"
    described = store.get_model_version(NAME, version.version).description
    assert described == f"Fine.\n\n[Model card]({artifacts}/model_card/model_card.html)"


def test_fingerprint(
    tables: Path, params: MakeParams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data, split, model parameters and format make a training; the rules of the gate do not."""
    songs = read_songs(tables / "train.csv")
    mark = fingerprint(songs, params())
    assert mark == fingerprint(songs, params(evaluate={"min_accuracy": 0.9}))
    assert mark != fingerprint(songs, params(split={"seed": 7}))
    assert mark != fingerprint(songs, params(train=WEAK))
    assert mark != fingerprint(read_songs(tables / "prod_sim.csv"), params())
    monkeypatch.setattr("src.training_data.FORMAT", 1)
    assert mark != fingerprint(songs, params())


def test_command(
    store: mlflow.MlflowClient, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The literal command writes metrics.json, also for a challenger, with exit code 0."""
    params = Path(__file__).resolve().parents[1] / "params.yaml"
    arguments = ["--params_path", str(params), "--metrics_output", str(folder / "metrics.json")]
    arguments += ["--train_data", str(folder / "train.csv")]
    arguments += ["--prod_data", str(folder / "prod_sim.csv")]
    arguments += ["--plots_output", str(folder / "plots"), "--card_output", str(folder / "card")]
    assert main(arguments) == 1
    assert "dvc repro --force" in capsys.readouterr().err
    train_models(folder / "train.csv", read_params(params))
    assert main(arguments) == 0
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["model_version"] == 1
    found = metrics["prior_adaptation"]
    assert set(found) == {"accuracy_before", "accuracy_after", "gain", "low", "high"}
    assert found["accuracy_before"] == pytest.approx(metrics["prod_sim_accuracy"])
    assert found["gain"] == pytest.approx(found["accuracy_after"] - found["accuracy_before"])
    printed = capsys.readouterr().out
    assert f"{NAME} version 1" in printed and "\nminimum accuracy " in printed
    assert f"{found['accuracy_before']:.4f} -> {found['accuracy_after']:.4f}" in printed
