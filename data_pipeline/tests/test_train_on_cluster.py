"""Training on a Dask cluster of real processes, and what happens when some of them fail."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mlflow
import pytest
from dask_cluster import PART, SECONDS, Cluster, cluster, wait_until
from ruamel.yaml import YAML

from src.boosted_trees import OneProcess, fit, rounds
from src.evaluate import main as evaluate
from src.lesson import Lesson, training_lesson
from src.params import Params
from src.table import read_songs
from src.tracking import EXPERIMENT
from src.train import recipes_at, train_models
from src.training_data import training_data

pytestmark = pytest.mark.dask

MakeParams = Callable[..., Params]
# Done before main, so that a few songs are shared out among all machines.
SHARED = "from src import shares; shares.SONGS_WORTH_A_SHARE = 1"
# So many rounds that a training is still in the middle when something is killed.
LONG = {
    "one_fit_from_songs": 0,
    "xgboost": {"n_estimators": 600, "early_stopping_rounds": 600},
}


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("two"), 2, apart=True) as running:
        yield running


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few songs are shared out among all machines."""
    monkeypatch.setattr("src.shares.SONGS_WORTH_A_SHARE", 1)


@pytest.fixture
def songs(tables: Path, params: MakeParams) -> Lesson:
    return training_lesson(training_data(read_songs(tables / "train.csv"), params().split), 0.5)


@pytest.fixture
def settings(tables: Path, tmp_path: Path, params: MakeParams) -> Callable[..., list[str]]:
    """Arguments of train.py for a cluster; its parameters are those of `params`."""

    def make(address: str, **train: Any) -> list[str]:
        content = params(train=train).model_dump()
        YAML().dump(content, tmp_path / "params.yaml")
        options = {
            "data_path": tables / "train.csv",
            "params_path": tmp_path / "params.yaml",
            "output": tmp_path / "training.json",
            "scheduler": address,
        }
        return [text for name, value in options.items() for text in (f"--{name}", str(value))]

    return make


def started(arguments: list[str], before: str = "") -> "subprocess.Popen[str]":
    """train.py as a process, with something done before its main."""
    program = f"import sys\n{before}\nfrom src import train\nsys.exit(train.main(sys.argv[1:]))"
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments], cwd=PART, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )


def in_the_middle(running: Cluster, training: "subprocess.Popen[str]", events: int = 20) -> None:
    """Wait until trees have grown in some rounds."""
    from distributed import Client

    from src.cluster_boosting import ROUNDS

    with Client(running.address, set_as_default=False) as client:
        wait_until(lambda: training.poll() is not None or len(client.get_events(ROUNDS)) > events)
    assert training.poll() is None, training.communicate()


def states(store: mlflow.MlflowClient) -> list[str]:
    experiment = store.get_experiment_by_name(EXPERIMENT)
    runs = store.search_runs([experiment.experiment_id]) if experiment else []
    return [run.info.status for run in runs]


def test_without_a_scheduler_nothing_imports_dask(
    tables: Path, store: mlflow.MlflowClient, settings: Callable[..., list[str]]
) -> None:
    """A training in one process works as if Dask were not there."""
    # scikit-learn looks by itself whether there is a dask.array; the rest would come from here.
    listed = "{'distributed', 'xgboost.dask', 'src.cluster_boosting'} & set(sys.modules)"
    before = f"import atexit; atexit.register(lambda: print(sorted({listed})))"
    training = started(settings("")[:-2], before)
    output, errors = training.communicate(timeout=2 * SECONDS)
    assert training.returncode == 0, errors
    assert output.splitlines()[-1] == "[]" and "one process" in output


def test_one_worker_grows_the_same_trees(
    songs: Lesson, params: MakeParams, tmp_path: Path
) -> None:
    """With all songs on one worker the trees are those of one process, stopping included."""
    own = params(train={"xgboost": {"n_estimators": 40, "early_stopping_rounds": 3}}).train.xgboost
    alone = fit(OneProcess(), songs, songs.part(songs.labels < 5), own, 1)
    with cluster(tmp_path, 1) as running, recipes_at(running.address) as recipes:
        there = recipes["xgboost"].fit(songs, songs.part(songs.labels < 5), own, 1)
        assert recipes["xgboost"].tags()["dask_workers"] == "1"
    assert rounds(there) == rounds(alone)
    assert there.get_booster().get_dump(with_stats=True) == alone.get_booster().get_dump(
        with_stats=True
    )
    assert (there.predict_proba(songs.seen) == alone.predict_proba(songs.seen)).all()


@pytest.mark.usefixtures("shared")
def test_workers_are_interchangeable(
    songs: Lesson, params: MakeParams, two_workers: Cluster, tmp_path: Path
) -> None:
    """The trees of two workers are the same with two others, at other ports."""
    own, dumps = params().train.xgboost, []
    with cluster(tmp_path, 2, apart=True) as others:
        for running in (two_workers, others):
            with recipes_at(running.address) as recipes:
                model = recipes["xgboost"].fit(songs, songs, own, 1)
            dumps.append(model.get_booster().get_dump(with_stats=True))
    assert dumps[0] == dumps[1]


def test_few_songs_are_learnt_by_one_worker(
    songs: Lesson, params: MakeParams, two_workers: Cluster
) -> None:
    """Workers with little to do would wait for each other longer than they work."""
    with recipes_at(two_workers.address) as recipes:
        recipes["xgboost"].fit(songs, songs, params().train.xgboost, 1)
        assert recipes["xgboost"].tags()["dask_workers"] == "1"


def test_the_workers_of_one_machine(
    songs: Lesson,
    params: MakeParams,
    shared: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One of them works, with the threads of all that have cores."""
    monkeypatch.setattr("src.boosted_trees.SONGS_FOR_A_THREAD", 1)
    with cluster(tmp_path, 3) as running, recipes_at(running.address) as recipes:
        recipes["xgboost"].fit(songs, songs, params().train.xgboost, 1)
        threads = min(3, len(os.sched_getaffinity(0)))
        wanted = f"1 Dask workers with {threads} threads"
        assert recipes["xgboost"].tags()["trained_on"] == wanted


def test_which_workers_get_songs() -> None:
    """The first of each machine, with the threads of the others, as far as there are cores."""
    from src.shares import _chosen

    ranked = ["a0", "b0", "a1", "a2", "b1"]
    found = {worker: {"host": worker[0], "nthreads": 2} for worker in ranked}
    assert _chosen(ranked, found, {"a0": 4, "b0": 8}, 100) == {"a0": 4, "b0": 4}
    assert _chosen(ranked, found, {}, 100) == {"a0": 6, "b0": 4}
    assert _chosen(ranked, found, {"a0": 1}, 1) == {"a0": 1}


@pytest.mark.usefixtures("shared")
def test_a_run_of_a_cluster_competes(
    two_workers: Cluster,
    tables: Path,
    tmp_path: Path,
    store: mlflow.MlflowClient,
    params: MakeParams,
) -> None:
    """A cluster's training has the same fingerprint and split, says how it was done, is judged."""
    alone = train_models(tables / "train.csv", params())
    with recipes_at(two_workers.address) as recipes:
        there = train_models(tables / "train.csv", params(), recipes)
    assert there["fingerprint"] == alone["fingerprint"] and there["rows"] == alone["rows"]
    run = store.get_run(there["runs"]["xgboost"]["run_id"])
    assert run.data.tags["trained_on"] == "2 Dask workers with 1 threads"
    assert {"dask_version", "xgboost_version"} <= set(run.data.tags)
    linear = store.get_run(there["runs"]["logistic_regression"]["run_id"])
    assert linear.data.tags["trained_on"] == "one process"
    for name in ("accuracy", "macro_f1", "log_loss", "train_accuracy"):
        assert there["runs"]["xgboost"][name] == pytest.approx(
            alone["runs"]["xgboost"][name], abs=0.1
        )
    for other in (*alone["runs"].values(), there["runs"]["logistic_regression"]):
        store.delete_run(other["run_id"])
    YAML().dump(params().model_dump(), tmp_path / "params.yaml")
    code = evaluate([
        "--train_data", str(tables / "train.csv"), "--prod_data", str(tables / "prod_sim.csv"),
        "--params_path", str(tmp_path / "params.yaml"),
        "--metrics_output", str(tmp_path / "metrics.json"),
        "--plots_output", str(tmp_path / "plots"), "--card_output", str(tmp_path / "card"),
    ])
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert code == 0 and metrics["promoted"] and metrics["model_type"] == "xgboost"
    assert metrics["accuracy"] == pytest.approx(there["runs"]["xgboost"]["accuracy"])


@pytest.mark.usefixtures("shared")
def test_more_workers_than_songs_to_stop_by(
    songs: Lesson, params: MakeParams, two_workers: Cluster
) -> None:
    """A worker without a song to stop by learns and stops with the others."""
    one = songs.part(songs.labels == songs.labels[0])
    first = one.part((one.seen == one.seen[0]).all(axis=1))
    assert len(first.labels) == 1
    with recipes_at(two_workers.address) as recipes:
        model = recipes["xgboost"].fit(songs, first, params().train.xgboost, 1)
    assert 1 <= rounds(model) <= 5


def test_no_scheduler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Callable[..., list[str]]
) -> None:
    """Where no scheduler answers, one error says so before anything is read or recorded."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    arguments = settings("tcp://127.0.0.1:9")
    arguments[1] = str(tmp_path / "missing.csv")
    output, errors = (training := started(arguments)).communicate(timeout=SECONDS)
    assert training.returncode == 1 and output == ""
    assert errors.startswith("train: error: no Dask scheduler answers at tcp://127.0.0.1:9")
    assert len(errors.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]


def test_a_worker_is_killed(
    tmp_path: Path, store: mlflow.MlflowClient, settings: Callable[..., list[str]]
) -> None:
    """Killed in the middle, a worker costs an attempt; the next one ends, on those left."""
    with cluster(tmp_path, 2, "--no-nanny", apart=True) as running:
        training = started(settings(running.address, **LONG), SHARED)
        in_the_middle(running, training)
        os.kill(next(iter(running.pids().values())), signal.SIGKILL)
        output, errors = training.communicate(timeout=3 * SECONDS)
    assert training.returncode == 0, errors
    assert "lost 1 of 2 workers" in output and "beginning again" in output
    assert "1 Dask workers with 1 threads" in output
    assert states(store) == ["FINISHED", "FINISHED"]
    assert json.loads((tmp_path / "training.json").read_text())["runs"]["xgboost"]


def test_all_workers_are_killed(
    tmp_path: Path, store: mlflow.MlflowClient, settings: Callable[..., list[str]]
) -> None:
    """When no worker is left, training ends with one error and leaves nothing half done."""
    with cluster(tmp_path, 2, "--no-nanny", apart=True) as running:
        before = f"{SHARED}; shares.RETURN_SECONDS = 3"
        training = started(settings(running.address, **LONG), before)
        in_the_middle(running, training)
        for pid in running.pids().values():
            os.kill(pid, signal.SIGKILL)
        _, errors = training.communicate(timeout=SECONDS)
    assert training.returncode == 1
    assert errors.splitlines()[-1].startswith("train: error: the scheduler")
    assert "has had no worker that takes work for 3 s" in errors and "Traceback" not in errors
    assert states(store) == ["FINISHED"] and not (tmp_path / "training.json").exists()


def test_the_scheduler_is_killed(
    tmp_path: Path, store: mlflow.MlflowClient, settings: Callable[..., list[str]]
) -> None:
    """Without its scheduler a training ends with one error and leaves nothing half done."""
    with cluster(tmp_path, 1) as running:
        training = started(settings(running.address, **LONG))
        in_the_middle(running, training)
        running.kill_scheduler()
        _, errors = training.communicate(timeout=SECONDS)
    assert training.returncode == 1
    assert errors.splitlines()[-1].startswith("train: error: the scheduler")
    assert "Traceback" not in errors
    assert states(store) == ["FINISHED"] and not (tmp_path / "training.json").exists()


def test_a_worker_is_out_of_memory(
    tmp_path: Path, store: mlflow.MlflowClient, settings: Callable[..., list[str]]
) -> None:
    """A worker with too little memory ends the training with one error that says what helps."""
    with cluster(tmp_path, 1, "--memory-limit", "180MB") as running:
        training = started(settings(running.address, **LONG))
        _, errors = training.communicate(timeout=SECONDS)
    assert training.returncode == 1
    assert "memory" in errors and "on more machines" in errors and "Traceback" not in errors
    assert states(store) == ["FINISHED"] and not (tmp_path / "training.json").exists()


def test_ctrl_c(
    tmp_path: Path, store: mlflow.MlflowClient, settings: Callable[..., list[str]]
) -> None:
    """Ctrl-C ends the training in one line, and soon after the workers' part in it."""
    from distributed import Client

    from src.given_up import given_up

    with cluster(tmp_path, 2, apart=True) as running:
        training = started(settings(running.address, **LONG), SHARED)
        in_the_middle(running, training)
        training.send_signal(signal.SIGINT)
        _, errors = training.communicate(timeout=SECONDS)
        assert (training.returncode, errors) == (130, "train: interrupted\n")
        assert states(store) == ["FINISHED"] and not (tmp_path / "training.json").exists()
        with Client(running.address, set_as_default=False) as client:
            wait_until(lambda: sum(client.run(given_up).values()) == 0, 30)
