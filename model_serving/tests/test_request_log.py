import logging
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import read_log
from fastapi.testclient import TestClient

import app.main
from app.errors import ServingError
from app.request_log import RequestLog
from app.schemas import FEATURES, TAKE_FIVE


def test_a_served_song_leaves_all_of_the_contract(client: TestClient, log_file: Path) -> None:
    """A line holds the features at the top level beside the answer, and its time is UTC."""
    answer = client.post("/predict", json=TAKE_FIVE)
    (line,) = read_log(log_file)
    assert {feature: line[feature] for feature in FEATURES} == TAKE_FIVE
    assert {name: line[name] for name in answer.json()} == answer.json()
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

    monkeypatch.setattr(app.main, "load_classifier", fail)
    assert client.post("/predict", json=TAKE_FIVE).status_code == 500
    (line,) = read_log(log_file)
    assert line["status"] == 500


def test_every_request_has_an_id_of_its_own(client: TestClient, log_file: Path) -> None:
    """Equal requests can be told apart."""
    for _ in range(3):
        client.post("/predict", json=TAKE_FIVE)
    assert len({line["request_id"] for line in read_log(log_file)}) == 3


def test_the_line_is_there_before_the_answer(tmp_path: Path) -> None:
    """A line needs no flush and no end of the process to be in the file."""
    log = RequestLog(tmp_path / "log.jsonl")
    log.append({"n": 1})
    assert read_log(log.path) == [{"n": 1}]
    log.close()


def test_a_rotation_by_rename_loses_nothing(tmp_path: Path) -> None:
    """After a rename the next line goes to a new file, and both files are whole."""
    log = RequestLog(tmp_path / "log.jsonl")
    log.append({"n": 1})
    log.path.rename(tmp_path / "log.jsonl.1")
    log.append({"n": 2})
    log.append({"n": 3})
    assert read_log(tmp_path / "log.jsonl.1") == [{"n": 1}]
    assert read_log(log.path) == [{"n": 2}, {"n": 3}]
    log.close()


def test_a_rotation_by_truncation_leaves_no_hole(tmp_path: Path) -> None:
    """After a truncation in place the next line is the first of the file."""
    log = RequestLog(tmp_path / "log.jsonl")
    log.append({"n": 1})
    os.truncate(log.path, 0)
    log.append({"n": 2})
    assert log.path.read_bytes() == b'{"n":2}\n'
    log.close()


def test_rotations_do_not_leak_descriptors(tmp_path: Path) -> None:
    """Each rotation closes the file that was renamed."""
    log = RequestLog(tmp_path / "log.jsonl")
    before = len(os.listdir("/proc/self/fd"))
    for number in range(20):
        log.append({"n": number})
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
    """A log that fails while serving is reported, and songs are still answered."""
    log_file.parent.parent.joinpath("logs").touch()
    with caplog.at_level(logging.ERROR, "app"):
        assert client.post("/predict", json=TAKE_FIVE).status_code == 200
    assert "a line is lost" in caplog.text


def test_a_cut_line_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """When the disk fills up within a line, the next line starts on one of its own."""
    log = RequestLog(tmp_path / "log.jsonl")
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, line: write(descriptor, line[:3]))
    log.append({"n": 1})
    monkeypatch.undo()
    log.append({"n": 2})
    assert log.path.read_bytes() == b'{"n\n{"n":2}\n'
    assert "cut off" in caplog.text
    log.close()
