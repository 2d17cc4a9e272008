"""`process` on a real scheduler and real worker processes, and what may happen to them."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dask_cluster import Cluster, cluster

from src import dask_pool, pool, process
from src.load import load_data
from src.process import SplitFile, main, process_data
from src.sample import write_sample
from src.songs import FEATURES

pytestmark = pytest.mark.dask

PARTS = 12
OUTPUTS = ("train.csv", "prod_sim.csv", "data_quality.json")
VALUES = "0.5,0.6,5,-7.0,1,0.05,0.2,0.0,0.1,0.5,120.0,210000"
HEADER = f"id,year,genre,{','.join(FEATURES)}\n"


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 parts of sample songs, some of them unusable and the last one there twice."""
    folder = tmp_path_factory.mktemp("parts")
    for number in range(PARTS - 1):
        write_sample(folder / f"{number:02}.csv", 300, seed=number, faulty=0.1)
    shutil.copy(folder / f"{PARTS - 2:02}.csv", folder / f"{PARTS - 1:02}.csv")
    return folder


@pytest.fixture(scope="module")
def raw(parts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The list of these parts."""
    path = tmp_path_factory.mktemp("data") / "raw.csv"
    load_data(parts, path)
    return path


@pytest.fixture(scope="module")
def alone(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The outputs of one process."""
    folder = tmp_path_factory.mktemp("alone")
    process_data(raw, folder / "train.csv", folder / "prod_sim.csv")
    return outputs(folder)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with outputs of before."""
    folder = tmp_path / "out"
    folder.mkdir()
    for name in OUTPUTS:
        (folder / name).write_text("former")
    return folder


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of two workers that nobody hurts."""
    with cluster(tmp_path_factory.mktemp("dask")) as started:
        yield started


def outputs(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in OUTPUTS]


def command(raw: Path, out: Path, scheduler: str) -> int:
    arguments = ["--input_path", str(raw), "--train_output", str(out / "train.csv")]
    arguments += ["--prod_output", str(out / "prod_sim.csv"), "--scheduler", scheduler]
    return main(arguments)


def refused(raw: Path, out: Path, scheduler: str, said: pytest.CaptureFixture[str]) -> str:
    """What the command says when it fails, which leaves the former outputs and nothing else."""
    assert command(raw, out, scheduler) == 1
    captured = said.readouterr()
    assert captured.out == ""
    assert outputs(out) == [b"former"] * 3
    assert sorted(path.name for path in out.iterdir()) == sorted(OUTPUTS)
    errors = captured.err.splitlines()
    assert [line.startswith("process: error: ") for line in errors] == [True], captured.err
    return errors[0]


def in_the_middle(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Let something happen when the first rows have come back."""
    append = SplitFile.append
    times: list[None] = []

    def append_and_more(self: SplitFile, *arguments: Any) -> None:
        append(self, *arguments)
        times.append(None)
        if len(times) == 1:
            happens()

    monkeypatch.setattr(process.SplitFile, "append", append_and_more)


def kill_workers(dask: Cluster, count: int) -> None:
    for pid in list(dask.pids().values())[:count]:
        os.kill(pid, signal.SIGKILL)


def pause_workers(dask: Cluster) -> None:
    """Put workers into the state that they are in when their memory is nearly used up."""
    from distributed import Client

    def pause(dask_worker: Any) -> None:
        dask_worker.status = type(dask_worker.status).paused

    with Client(dask.address, set_as_default=False) as client:
        client.run(pause)


def test_the_same_bytes(dask: Cluster, raw: Path, out: Path, alone: list[bytes]) -> None:
    """Two workers give the very files and report that one process gives."""
    assert command(raw, out, dask.address) == 0
    assert outputs(out) == alone


def test_paths_from_here(
    dask: Cluster, parts: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts that were listed by a relative path are found by workers that are in another folder."""
    monkeypatch.chdir(parts.parent)
    load_data(parts.name, tmp_path / "raw.csv")
    process_data(tmp_path / "raw.csv", tmp_path / "train.csv", tmp_path / "prod_sim.csv")
    assert command(tmp_path / "raw.csv", out, dask.address) == 0
    assert outputs(out) == outputs(tmp_path)


def test_a_single_file(dask: Cluster, songs_csv: Path, out: Path, tables: Path) -> None:
    """A single CSV file is one part, which one worker reads."""
    assert command(songs_csv, out, dask.address) == 0
    assert outputs(out)[:2] == outputs(tables)[:2]


def test_one_corrupt_part_in_a_thousand(
    dask: Cluster, tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a thousand parts the one that cannot be read is named, with the line."""
    folder = tmp_path / "thousand"
    folder.mkdir()
    for number in range(1000):
        rows = f"{number},2000,Rock,{VALUES}\nx{number},2020,Rock,{VALUES}\n"
        (folder / f"{number:03}.csv").write_text(HEADER + rows)
    corrupt = f"{HEADER}777,2000,Vari\xe9t\xe9,{VALUES}\n"
    (folder / "777.csv").write_text(corrupt, encoding="latin-1")
    load_data(folder, tmp_path / "raw.csv")
    said = refused(tmp_path / "raw.csv", out, dask.address, capsys)
    assert f"{folder / '777.csv'}, line 2, byte 14: no UTF-8 text" in said


def test_a_part_that_changed(
    dask: Cluster, tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A worker that finds other bytes than were listed says so as one process would."""
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "a.csv").write_text(f"{HEADER}1,2000,Rock,{VALUES}\n")
    load_data(folder, tmp_path / "raw.csv")
    (folder / "a.csv").write_text(f"{HEADER}2,2000,Rock,{VALUES}\n")
    said = refused(tmp_path / "raw.csv", out, dask.address, capsys)
    assert f"{folder / 'a.csv'} has changed since the parts were listed" in said


def test_no_scheduler(raw: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scheduler that is not there is named, with what to do."""
    said = refused(raw, out, "tcp://127.0.0.1:9", capsys)
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in said
    assert "make scheduler" in said


@pytest.mark.parametrize("nanny", ["--nanny", "--no-nanny"])
def test_a_killed_worker(
    raw: Path, out: Path, alone: list[bytes], tmp_path: Path, nanny: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A worker that is killed in the middle costs nothing but the time to do its work again."""
    with cluster(tmp_path, 2, nanny) as dask:
        in_the_middle(monkeypatch, lambda: kill_workers(dask, 1))
        assert command(raw, out, dask.address) == 0
    assert outputs(out) == alone


def test_all_workers_gone(
    raw: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """When no worker is left and none comes, it does not wait for ever."""
    monkeypatch.setattr(dask_pool, "ABANDONED_SECONDS", 1)
    monkeypatch.setattr(pool, "CHECK_SECONDS", 0.5)
    with cluster(tmp_path, 1, "--no-nanny") as dask:
        in_the_middle(monkeypatch, lambda: kill_workers(dask, 1))
        said = refused(raw, out, dask.address, capsys)
    assert f"the scheduler {dask.address} has had no worker for 1 s" in said


def test_workers_short_of_memory(
    raw: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Workers that are paused for want of memory are not waited for for ever either."""
    monkeypatch.setattr(dask_pool, "ABANDONED_SECONDS", 1)
    monkeypatch.setattr(pool, "CHECK_SECONDS", 0.5)
    with cluster(tmp_path, 1, "--memory-limit", "0") as dask:
        in_the_middle(monkeypatch, lambda: pause_workers(dask))
        said = refused(raw, out, dask.address, capsys)
    assert "has begun anything for 1 s, being short of memory" in said
    assert "--memory-limit" in said


def test_a_scheduler_that_dies(
    raw: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """A scheduler that dies in the middle is told, and nothing is half written."""
    with cluster(tmp_path) as dask:
        in_the_middle(monkeypatch, dask.kill_scheduler)
        said = refused(raw, out, dask.address, capsys)
    assert f"the Dask scheduler at {dask.address} no longer answers" in said


def test_out_of_memory(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A part that no worker has memory for is named after some tries, with both ways out."""
    folder = tmp_path / "parts"
    folder.mkdir()
    with open(folder / "large.csv", "w", encoding="utf-8") as file:
        file.write(HEADER)
        for start in range(0, 2_000_000, 10_000):
            rows = range(start, start + 10_000)
            file.write("".join(f"{row},2000,Rock,{VALUES}\n" for row in rows))
    load_data(folder, tmp_path / "raw.csv")
    options = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
    with cluster(tmp_path, 1, "--memory-limit", "350MB", **options) as dask:
        said = refused(tmp_path / "raw.csv", out, dask.address, capsys)
    assert f"{folder / 'large.csv'}: 2 workers died" in said
    assert "cut it into smaller parts" in said and "--memory-limit" in said
