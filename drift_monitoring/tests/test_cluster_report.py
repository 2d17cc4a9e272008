"""A cluster finds what one machine finds: scheduler and workers are processes of their own."""

import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dask_cluster import PART, Cluster, cluster, wait_until
from src.analyze_drift import main
from src.cores import cores
from src.log_tasks import tasks_of
from src.readers import log_readers
from tests.conftest import REJECTED, log_line
from tests.made_champions import GENRES, answers, write_folder

pytestmark = pytest.mark.dask
SONGS = 1500


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


@pytest.fixture(autouse=True)
def small_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs of a test are small, and yet are to be many tasks."""
    monkeypatch.setattr("src.request_log.tasks_of", lambda files: tasks_of(files, 20_000))


@pytest.fixture
def fleet(tmp_path: Path, prod: pl.DataFrame) -> Path:
    """Logs of a fleet: plain, rotated and packed, with each kind of damage."""
    said = answers(SONGS, seed=5).probabilities
    lines = []
    for number, song in enumerate(prod.iter_rows(named=True)):
        shares = dict(zip(GENRES, said[number].tolist(), strict=True))
        genre = max(shares, key=lambda name: shares[name])
        lines.append(
            log_line(
                **song,
                request_id=f"{number:032x}",
                genre=genre,
                confidence=shares[genre],
                probabilities=shares,
                model_version="23"[number % 5 == 0],
                timestamp=f"2026-11-{1 + number // 75:02}T12:00:00Z",
            )
        )
    folder = tmp_path / "fleet"
    folder.mkdir()
    for machine in range(12):
        own = [*lines[machine * 125 :][:125], REJECTED]
        if machine % 3 == 0:
            own += ["bad", own[0] * 2, "BINARY", log_line(tempo=-1), own[0][:90]]
        text = "\n".join(own).encode().replace(b"BINARY", bytes(range(128, 138)))
        if machine % 4 == 1:
            packed = gzip.compress(text + b"\n")
            (folder / f"{machine:02}.jsonl.1.gz").write_bytes(packed[: 400 - machine or None])
            (folder / f"{machine:02}.jsonl.2.gz").write_bytes(packed)
        else:
            (folder / f"{machine:02}.jsonl").write_bytes(text)
    return folder


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.csv"
    true = answers(SONGS, seed=5).genres
    rows = [f"{number:032x},{genre}" for number, genre in enumerate(true)]
    path.write_text("\n".join(["request_id,genre", *rows[:400]]) + "\n")
    return path


def outcome(folder: Path, arguments: list[str], *more: str) -> dict[str, object]:
    """The files that a run writes, without the time at which they were made."""
    folder.mkdir()
    output = folder / "report.json"
    code = main([*arguments, "--output", str(output), "--markdown", str(folder / "page.md"),
                 "--save-profile", str(folder / "reference.npz"), *more])  # fmt: skip
    assert code == 0
    written = json.loads(output.read_text(encoding="utf-8"))
    time = written["timestamp"]
    moments = {time, time.replace("T", " ").replace("+00:00", " UTC"), time[:16].replace("T", " ")}
    pages = {}
    for path in folder.glob("*.[jhm]*"):
        text = path.read_text(encoding="utf-8")
        for moment in sorted(moments, key=len, reverse=True):
            text = text.replace(moment, "TIME")
        pages[path.name] = text
    with np.load(folder / "reference.npz") as content:
        return pages | {name: content[name].tobytes() for name in content.files}


CASES = [
    ["--train_data", "{train}"],
    ["--train_data", "{train}", "--by", "genre", "--by", "week", "--by", "model_version",
     "--window", "2d", "--champion", "{champion}", "--labels", "{labels}"],
    ["--train_data", "2026-11-01/2026-11-08", "--by", "model_version", "--window", "12h"],
    ["--train_data", "{train}", "--distinct-songs", "--since", "2026-11-03"],
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=["plain", "parts and model", "window", "distinct"])
def test_the_same_report(
    two_workers: Cluster,
    fleet: Path,
    labels: Path,
    train_csv: Path,
    tmp_path: Path,
    case: list[str],
) -> None:
    """JSON, page, summary and profile are those of one machine, to the last byte, but the time."""
    champion = write_folder(tmp_path / "models")
    names = {"train": train_csv, "champion": champion, "labels": labels}
    arguments = ["--mode", "online", "--api_logs", str(fleet)]
    arguments += [word.format(**names) for word in case]
    here = outcome(tmp_path / "here", arguments)
    there = outcome(tmp_path / "there", arguments, "--scheduler", two_workers.address)
    assert here.keys() == there.keys() >= {"report.json", "report.html", "page.md", "values"}
    for name, content in here.items():
        assert content == there[name], name
    log = json.loads(str(here["report.json"]))["request_log"]
    assert len(log["damaged_files"]) == 3
    assert log["invalid"] > 8 and log["torn"] > 0 and log["rejected"] > 0


def test_one_corrupt_part_among_a_thousand(
    two_workers: Cluster, train_csv: Path, prod: pl.DataFrame, tmp_path: Path
) -> None:
    """A packed part that ends early and a binary one are counted and named, and stop nothing."""
    folder = tmp_path / "logs"
    folder.mkdir()
    for number, song in enumerate(prod.head(1000).iter_rows(named=True)):
        line = (log_line(**song, request_id=f"{number:032x}") + "\n").encode()
        if number % 10:
            (folder / f"{number:04}.jsonl").write_bytes(line)
        else:
            (folder / f"{number:04}.jsonl.gz").write_bytes(gzip.compress(line))
    cut, binary = folder / "0500.jsonl.gz", folder / "0777.jsonl"
    cut.write_bytes(cut.read_bytes()[:-20])
    binary.write_bytes(bytes(range(256)) * 8)
    arguments = ["--mode", "online", "--api_logs", str(folder), "--train_data", str(train_csv)]
    here = outcome(tmp_path / "here", arguments)
    there = outcome(tmp_path / "there", arguments, "--scheduler", two_workers.address)
    assert here == there
    log = json.loads(str(there["report.json"]))["request_log"]
    assert len(log["files"]) == 1000
    assert log["damaged_files"] == [str(cut)]
    assert log["used"] == 998
    assert {line["file"] for line in log["unusable_lines"]} == {str(binary)}


def test_relative_paths(
    two_workers: Cluster,
    fleet: Path,
    train_csv: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Paths start from where the command is given, not from where a worker was started."""
    monkeypatch.chdir(fleet.parent)
    arguments = ["--mode", "online", "--api_logs", fleet.name, "--train_data", str(train_csv)]
    found = outcome(tmp_path / "out", arguments, "--scheduler", two_workers.address)
    log = json.loads(str(found["report.json"]))["request_log"]
    assert log["files"][0] == "fleet/00.jsonl"


@pytest.mark.parametrize("named", ["batch", "online"])
def test_without_an_address_nothing_imports_dask(
    named: str, write_log: Callable[..., Path], train_csv: Path, prod_csv: Path, tmp_path: Path
) -> None:
    """Where no scheduler is named, a whole run loads neither Dask nor what speaks to it."""
    places = {
        "batch": ["--prod_data", str(prod_csv)],
        "online": ["--api_logs", str(write_log(log_line()))],
    }
    arguments = ["--mode", named, "--train_data", str(train_csv), *places[named]]
    arguments += ["--output", str(tmp_path / "report.json")]
    code = (
        "import sys; from src.analyze_drift import main; main(sys.argv[1:]); "
        "print(*{'dask', 'distributed', 'src.cluster_readers'} & set(sys.modules), file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=PART, capture_output=True, text=True
    )
    assert (run.returncode, run.stderr) == (0, "\n")
    assert (tmp_path / "report.json").exists()


def wait_for(path: Path) -> int:
    """Where it waited: the id of the process."""
    wait_until(path.exists)
    return os.getpid()


def test_work_while_the_cluster_is_connected_to(
    two_workers: Cluster,
    write_log: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reference is read in a process, and what it waits for here is done at the same time."""
    from src.cluster import connected

    @contextmanager
    def noted(address: str) -> Iterator[Any]:
        with connected(address) as client:
            (tmp_path / "connected").touch()
            yield client

    monkeypatch.setattr("src.connecting.connected", noted)
    with log_readers(str(write_log(log_line())), two_workers.address) as readers:
        assert readers.while_starting(wait_for, tmp_path / "connected") != os.getpid()


def test_a_reference_that_cannot_be_read(
    two_workers: Cluster,
    write_log: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What is wrong with it is said as it is without a cluster."""
    log = write_log(log_line())
    arguments = ["--mode", "online", "--train_data", str(tmp_path / "none.csv")]
    arguments += ["--api_logs", str(log), "--output", str(tmp_path / "report.json")]
    said = []
    for more in ([], ["--scheduler", two_workers.address]):
        assert main([*arguments, *more]) == 2
        said.append(capsys.readouterr())
    assert said[0] == said[1] and "there is no file" in said[0].err


def test_each_worker_reads_its_share(
    two_workers: Cluster,
    train_csv: Path,
    prod: pl.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A log of few tasks is not read by one worker while the other waits."""
    from distributed import Client

    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(log_line(**song) for song in prod.iter_rows(named=True)))
    size = log.stat().st_size * 2 // 7
    monkeypatch.setattr("src.request_log.tasks_of", lambda files: tasks_of(files, size))
    arguments = ["--mode", "online", "--train_data", str(train_csv), "--api_logs", str(log)]
    with Client(two_workers.address, set_as_default=False) as client:
        client.get_task_stream()  # what is done from now on is noted
        outcome(tmp_path / "there", arguments, "--scheduler", two_workers.address)
        done = client.get_task_stream()
    read = Counter(task["worker"] for task in done if "drift-read" in str(task["key"]))
    readers = min(cores(), 2)
    assert list(read.values()) == [4 // readers] * readers


def test_one_worker_for_each_core() -> None:
    """Of a machine no more than it has cores; the machines take turns."""
    from src.cluster_readers import one_for_each_core

    workers = {"tcp://10.0.0.1:3": 2, "tcp://10.0.0.1:1": 2, "tcp://10.0.0.1:2": 2}
    assert one_for_each_core(workers) == ["tcp://10.0.0.1:1", "tcp://10.0.0.1:2"]
    workers |= {"tcp://10.0.0.2:1": 1, "tcp://10.0.0.2:2": 1}
    assert one_for_each_core(workers) == [
        "tcp://10.0.0.1:1", "tcp://10.0.0.2:1", "tcp://10.0.0.1:2",
    ]  # fmt: skip


def test_a_worker_that_came_later_with_other_code() -> None:
    """Workers that were not there when all were checked read nothing with other code."""
    from distributed import Client, LocalCluster

    from src.errors import InputError
    from src.plan import Plan
    from src.worker_tasks import read_on_worker, work_on_worker

    with (
        LocalCluster(1, processes=False, dashboard_address=":0") as local,
        Client(local, set_as_default=False) as client,
    ):
        for found in (
            client.submit(read_on_worker, Plan(), "/", "another", b""),
            client.submit(work_on_worker, "another", divmod, 7, 3),
        ):
            with pytest.raises(InputError, match="came after all were checked, runs other code"):
                found.result()
