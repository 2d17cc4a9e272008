import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from champion import expected_probabilities
from conftest import read_log
from fastapi.testclient import TestClient

import app.main
from app.errors import ServingError
from app.metrics import metrics
from app.request_log import RequestLog
from app.schemas import FEATURES, TAKE_FIVE


def test_a_served_song_leaves_all_of_the_contract(client: TestClient, log_file: Path) -> None:
    """A line holds the features at the top level beside the answer, and its time is UTC."""
    answer = client.post("/predict", json=TAKE_FIVE)
    (line,) = read_log(log_file)
    assert {feature: line[feature] for feature in FEATURES} == TAKE_FIVE
    assert {name: line[name] for name in answer.json()} == answer.json()
    assert line["probabilities"] == pytest.approx(expected_probabilities(TAKE_FIVE), abs=1e-6)
    assert line["status"] == 200
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert line["latency_ms"] > 0
    written = datetime.fromisoformat(line["timestamp"])
    assert written.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - written) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"Content-Type": "application/json"}, b'{"tempo": NaN}', 422),
        ({"Content-Type": "text/plain"}, b"{}", 415),
        ({"Content-Type": "application/json"}, b" " * 70_000, 413),
    ],
)
def test_a_rejected_request_leaves_a_line_without_features(
    client: TestClient, log_file: Path, headers: dict[str, str], content: bytes, status: int
) -> None:
    """What was rejected is counted by its status and adds nothing to the features."""
    answer = client.post("/predict", content=content, headers=headers)
    (line,) = read_log(log_file)
    assert set(line) == {"timestamp", "request_id", "status", "latency_ms"}
    assert line["status"] == answer.status_code == status
    assert line["request_id"] == answer.headers["X-Request-ID"]


def test_only_predictions_are_logged(client: TestClient, log_file: Path) -> None:
    """Health checks, documentation and other methods leave no line."""
    for path in ("/health", "/ready", "/model", "/docs", "/predict", "/nowhere"):
        client.get(path)
    assert not log_file.exists()


def test_a_failure_is_logged_as_500(
    client: TestClient, log_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request on which the service fails is a 500 with a line of its own."""

    def fail() -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(app.main, "judge", fail)
    assert client.post("/predict", json=TAKE_FIVE).status_code == 500
    (line,) = read_log(log_file)
    assert line["status"] == 500


def test_every_request_has_an_id_of_its_own(client: TestClient, log_file: Path) -> None:
    """Equal requests can be told apart."""
    for _ in range(3):
        client.post("/predict", json=TAKE_FIVE)
    assert len({line["request_id"] for line in read_log(log_file)}) == 3


def lines(*numbers: int) -> list[bytes]:
    return [b'{"n":%d}' % number for number in numbers]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[RequestLog]:
    log = RequestLog(tmp_path / "log.jsonl")
    yield log
    log.close()


def counted(name: str) -> float:
    """A counter of /metrics."""
    text = metrics().exposed("")[0].decode()
    (line,) = [line for line in text.splitlines() if line.startswith(name + " ")]
    return float(line.split()[1])


WRITTEN, LOST = "spotify_request_log_lines_written_total", "spotify_request_log_lines_lost_total"


def test_lines_are_there_before_the_answer(log: RequestLog) -> None:
    """Lines need no flush and no end of the process to be in the file."""
    log.append(lines(1, 2))
    assert read_log(log.path) == [{"n": 1}, {"n": 2}]
    assert (counted(WRITTEN), counted(LOST)) == (2, 0)


def test_a_rotation_by_rename_loses_nothing(log: RequestLog, tmp_path: Path) -> None:
    """After a rename the next line goes to a new file, and both files are whole."""
    log.append(lines(1))
    log.path.rename(tmp_path / "log.jsonl.1")
    log.append(lines(2))
    log.append(lines(3))
    assert read_log(tmp_path / "log.jsonl.1") == [{"n": 1}]
    assert read_log(log.path) == [{"n": 2}, {"n": 3}]


def test_a_rotation_by_truncation_leaves_no_hole(log: RequestLog) -> None:
    """After a truncation in place the next line is the first of the file."""
    log.append(lines(1))
    os.truncate(log.path, 0)
    log.append(lines(2))
    assert log.path.read_bytes() == b'{"n":2}\n'


def test_a_removed_folder_is_made_again(tmp_path: Path) -> None:
    """When the folder is removed, the next line is in a new one."""
    log = RequestLog(tmp_path / "logs" / "log.jsonl")
    log.append(lines(1))
    shutil.rmtree(log.path.parent)
    log.append(lines(2))
    log.close()
    assert read_log(log.path) == [{"n": 2}]


def test_rotations_do_not_leak_descriptors(log: RequestLog) -> None:
    """Each rotation closes the file that was renamed."""
    before = len(os.listdir("/proc/self/fd"))
    for number in range(20):
        log.append(lines(number))
        log.path.unlink()
    log.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_folder_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    """An unusable log folder is refused with the user that should own it and the ways out."""
    (tmp_path / "file").touch()
    with pytest.raises(ServingError) as refused:
        RequestLog(tmp_path / "file" / "log.jsonl").open()
    sentence = str(refused.value)
    assert "\n" not in sentence
    for part in (f"sudo chown {os.getuid()}:{os.getgid()}", "--user", "LOG_DIR"):
        assert part in sentence


def test_predictions_go_on_when_the_log_cannot_be_written(
    client: TestClient, log_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A log that fails is told once, each lost line is counted, and songs are answered."""
    log_file.parent.touch()
    for _ in range(3):
        assert client.post("/predict", json=TAKE_FIVE).status_code == 200
    assert [record.message.count("1 lines are lost") for record in caplog.records] == [1]
    assert (counted(WRITTEN), counted(LOST)) == (0, 3)
    log_file.parent.unlink()
    assert client.post("/predict", json=TAKE_FIVE).status_code == 200
    assert "written again; 2 more lines were lost" in caplog.text
    assert (counted(WRITTEN), counted(LOST)) == (1, 3)


def test_a_cut_line_spoils_no_other(
    log: RequestLog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """When the disk fills up within a line, whole lines count and the next has one of its own."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, text: write(descriptor, text[:11]))
    log.append(lines(1, 2, 3))
    monkeypatch.undo()
    log.append(lines(4))
    assert log.path.read_bytes() == b'{"n":1}\n{"n\n{"n":4}\n'
    assert "2 lines are lost: the line was cut off" in caplog.text
    assert (counted(WRITTEN), counted(LOST)) == (2, 2)


@pytest.mark.parametrize("end", [b'{"n":1', b'{"n":1}\n', b""])
def test_what_another_process_left_is_ended_first(log: RequestLog, end: bytes) -> None:
    """A line that a killed process has cut off gets its line break, and only such a one."""
    log.path.write_bytes(end)
    log.append(lines(2))
    with open(log.path, "ab") as other:
        other.write(b'{"n":')
    log.append(lines(3))
    expected = end.rstrip(b"\n") + b"\n" * bool(end) + b'{"n":2}\n{"n":\n{"n":3}\n'
    assert log.path.read_bytes() == expected
