"""A training on workers that are there and do not go on: it ends, and says what helps."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from dask_cluster import Cluster, cluster, wait_until

from src.cluster import connected
from src.command import PipelineError
from src.lesson import Lesson, training_lesson
from src.params import Params
from src.table import read_songs
from src.train import recipes_at
from src.training_data import training_data

pytestmark = pytest.mark.dask

MakeParams = Callable[..., Params]


@pytest.fixture
def songs(tables: Path, params: MakeParams) -> Lesson:
    return training_lesson(training_data(read_songs(tables / "train.csv"), params().split), 0.5)


@pytest.fixture
def boost(
    songs: Lesson, params: MakeParams, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Fits XGBoost on all workers of a cluster."""
    monkeypatch.setattr("src.shares.SONGS_WORTH_A_SHARE", 1)

    def fit(running: Cluster, trees: int = 5) -> Any:
        own = params(train={"xgboost": {"n_estimators": trees}}).train.xgboost
        with recipes_at(running.address) as recipes:
            return recipes["xgboost"].fit(songs, songs, own, 1)

    return fit


def pause_one(running: Cluster) -> str:
    """Put a worker into the state that it is in when its memory is nearly used up."""
    from distributed import Client

    def pause(dask_worker: Any) -> None:
        dask_worker.status = type(dask_worker.status).paused

    with Client(running.address, set_as_default=False) as client:
        worker = min(client.scheduler_info()["workers"])
        client.run(pause, workers=[worker])
        wait_until(lambda: client.scheduler_info()["workers"][worker]["status"] == "paused")
    return str(worker)


@contextmanager
def busy(running: Cluster, until: Path) -> Iterator[None]:
    """Give a worker something else to do, until a file is there."""
    from distributed import Client

    def work(end: Path) -> None:
        import time

        while not end.exists():
            time.sleep(0.1)

    def is_at_it(dask_worker: Any) -> bool:
        return bool(dask_worker.active_threads)

    with Client(running.address, set_as_default=False) as client:
        other = client.submit(work, until)
        wait_until(lambda: any(client.run(is_at_it).values()))
        try:
            yield
        finally:
            until.touch()
            other.result()


@pytest.mark.parametrize(
    ("patience", "seconds", "fault"),
    [
        ("src.watch.PAUSED_SECONDS", 1, "and has begun nothing for 1 s"),
        ("src.shares.CLOSE_SECONDS", 2, r"\(No valid workers found\)"),
    ],
)
def test_a_worker_stays_short_of_memory(
    boost: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    patience: str,
    seconds: int,
    fault: str,
) -> None:
    """A worker that begins nothing, or takes no songs, for want of memory is named."""
    monkeypatch.setattr(patience, seconds)
    with cluster(tmp_path, 2, "--memory-limit", "0", apart=True) as running:
        worker = pause_one(running)
        wanted = (
            f"^the worker {worker} is short of memory {fault}, one of 2. "
            "Start workers on more machines"
        )
        with pytest.raises(PipelineError, match=wanted):
            boost(running)


def test_all_workers_are_short_of_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no worker takes work, nothing is sent to them, and the wait ends."""
    from src.shares import shares_of

    monkeypatch.setattr("src.shares.RETURN_SECONDS", 1)
    with cluster(tmp_path, 1, "--memory-limit", "0") as running, connected(running.address) as dask:
        pause_one(running)
        wanted = f"^the scheduler {running.address} has had no worker that takes work for 1 s$"
        with pytest.raises(PipelineError, match=wanted), shares_of(dask, 1000):
            pass


def test_workers_are_at_something_else(
    boost: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where workers do not begin, as others hold them, the wait ends and says what it may be."""
    monkeypatch.setattr("src.watch.SILENT_SECONDS", 3)
    with cluster(tmp_path, 1) as running, busy(running, tmp_path / "end"):
        wanted = f"^the workers of {running.address} have not begun for 3 s: they are at something"
        with pytest.raises(PipelineError, match=wanted):
            boost(running)


def test_a_worker_hangs(
    boost: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """A worker that falls silent in the middle costs an attempt, and then ends the training."""
    from src.shares import Life

    note = Life.__setattr__
    with cluster(tmp_path, 1, "--no-nanny") as running:
        ((worker, pid),) = running.pids().items()

        def stop_after_ten_rounds(self: Life, name: str, value: Any) -> None:
            note(self, name, value)
            if (name, value) == ("rounds", 10):
                os.kill(pid, signal.SIGSTOP)
                monkeypatch.setattr("src.watch.SILENT_SECONDS", 3)
                monkeypatch.setattr("src.cluster_boosting.STEP_SECONDS", 3)

        monkeypatch.setattr(Life, "__setattr__", stop_after_ten_rounds)
        wanted = f"^the workers {worker} do not end a training that has failed; start them anew"
        with pytest.raises(PipelineError, match=wanted):
            boost(running, 600)
    said = "train: xgboost: lost touch: no round of boosting for 3 s; beginning again\n"
    assert capsys.readouterr().out == said


def test_workers_do_not_let_go(tmp_path: Path) -> None:
    """Workers that go on with what has failed are not waited for for ever, and are named."""
    from distributed import Client

    from src.given_up import given_up, wait_until_free

    def work(end: Path) -> None:
        import time

        while not end.exists():
            time.sleep(0.1)

    with cluster(tmp_path, 1) as running:
        (worker,) = running.pids()
        with Client(running.address, set_as_default=False) as client:
            task = client.submit(work, tmp_path / "end")
            wait_until(lambda: client.processing()[worker])
            task.cancel()
            wait_until(lambda: sum(client.run(given_up).values()))
            with pytest.raises(PipelineError, match=f"^the workers {worker} do not end a training"):
                wait_until_free(client, [worker], 1)
            (tmp_path / "end").touch()
            wait_until_free(client, [worker], 60)


def test_the_scheduler_is_lost_before_songs_are_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost between the connection and the first question, a scheduler is told as such."""
    from distributed import Client

    from src.shares import shares_of

    with cluster(tmp_path, 1) as running:

        class Losing(Client):  # type: ignore[misc]
            def __init__(self, *arguments: Any, **named: Any) -> None:
                super().__init__(*arguments, **named)
                running.kill_scheduler()

        with Client(running.address, set_as_default=False) as client:
            monkeypatch.setattr("src.shares.Client", Losing)
            wanted = f"^the scheduler {running.address} does not answer any more"
            with pytest.raises(PipelineError, match=wanted), shares_of(client, 1000):
                pass
