from collections.abc import Callable
from pathlib import Path

import mlflow
import pytest
from ruamel.yaml import YAML

from src import tune as command
from src.params import Params, Train
from src.search import SPACES
from src.tracking import EXPERIMENT
from src.tune import main, tune

MakeParams = Callable[..., Params]


def runs_of(store: mlflow.MlflowClient) -> list[mlflow.entities.Run]:
    experiment = store.get_experiment_by_name(EXPERIMENT)
    return list(store.search_runs([experiment.experiment_id]))


def test_a_search_goes_on(
    store: mlflow.MlflowClient,
    tables: Path,
    params: MakeParams,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Interrupted after two trials, a search goes on from there, in the same MLflow run."""
    record, recorded = command._record, []

    def interrupt(*arguments: object) -> None:
        record(*arguments)
        recorded.append(arguments)
        if len(recorded) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(command, "_record", interrupt)
    with pytest.raises(KeyboardInterrupt):
        tune(tables / "train.csv", params(), 3, tmp_path / "tune.db")
    assert len(runs_of(store)) == 1 + 2
    best = tune(tables / "train.csv", params(), 3, tmp_path / "tune.db")
    assert isinstance(best, Train)
    runs = runs_of(store)
    searches = {r.info.run_id: r for r in runs if "mlflow.parentRunId" not in r.data.tags}
    trials = [r for r in runs if r.info.run_id not in searches]
    assert {r.data.tags["model_type"] for r in searches.values()} == set(SPACES)
    for run_id, search in searches.items():
        children = [t for t in trials if t.data.tags["mlflow.parentRunId"] == run_id]
        assert len(children) == 3
        finished = [t for t in children if t.data.tags["pruned"] == "false"]
        lowest = min(t.data.metrics["log_loss"] for t in finished)
        assert search.data.metrics["log_loss"] == lowest
        assert {a.path for a in store.list_artifacts(run_id)} == {"search.png", "params.yaml"}
        assert search.info.status == "FINISHED"


def test_a_longer_search(
    store: mlflow.MlflowClient, tables: Path, params: MakeParams, tmp_path: Path
) -> None:
    """More trials find better parameters, and the run of the search says so."""
    bad = params(train={"logistic_regression": {"C": 1e-4}})
    assert tune(tables / "train.csv", bad, 1, tmp_path / "tune.db") == bad.train
    best = tune(tables / "train.csv", bad, 5, tmp_path / "tune.db")
    assert best.logistic_regression.C > 1e-4
    searches = [r for r in runs_of(store) if r.info.run_name == "tune logistic_regression"]
    (search,) = searches
    said = mlflow.artifacts.load_text(f"{search.info.artifact_uri}/params.yaml")
    found = Train.model_validate(YAML(typ="safe").load(said)["train"])
    assert found.logistic_regression == best.logistic_regression


def test_never_worse_than_before(
    store: mlflow.MlflowClient, tables: Path, params: MakeParams, tmp_path: Path
) -> None:
    """The first trial is what stands in params.yaml, so one trial gives it back unchanged."""
    assert tune(tables / "train.csv", params(), 1, tmp_path / "tune.db") == params().train


def test_command(
    store: mlflow.MlflowClient,
    tables: Path,
    params: MakeParams,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The command ends with a block that params.yaml takes; --trials 0 is wrong usage."""
    YAML().dump(params().model_dump(), tmp_path / "params.yaml")
    arguments = ["--data_path", str(tables / "train.csv"), "--study", str(tmp_path / "tune.db")]
    arguments += ["--params_path", str(tmp_path / "params.yaml")]
    assert main([*arguments, "--trials", "1"]) == 0
    block = capsys.readouterr().out.split("params.yaml:\n")[1]
    assert Train.model_validate(YAML(typ="safe").load(block)["train"]) == params().train
    with pytest.raises(SystemExit, match="2"):
        main([*arguments, "--trials", "0"])
    assert "--trials: 0" in capsys.readouterr().err
