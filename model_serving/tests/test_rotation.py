import os
from pathlib import Path

import pytest
from conftest import read_log

from app.request_log import RequestLog


def line(number: int) -> list[bytes]:
    """A line of 10 bytes, 11 with its break."""
    return [b'{"n":%d}' % (1000 + number)]


def numbers(folder: Path) -> list[int]:
    """What all files of a log hold, the oldest first."""
    files = [*sorted(folder.glob("log.*.jsonl")), folder / "log.jsonl"]
    return [entry["n"] - 1000 for file in files for entry in read_log(file)]


def test_a_full_file_makes_way(tmp_path: Path) -> None:
    """A file that has reached its size is renamed, and every line is in one file."""
    log = RequestLog(tmp_path / "log.jsonl", full_bytes=110)
    for number in range(35):
        log.append(line(number))
    log.close()
    full = sorted(tmp_path.glob("log.*.jsonl"))
    assert [len(read_log(file)) for file in full] == [10, 10, 10]
    assert numbers(tmp_path) == list(range(35))


def test_only_so_many_full_files_are_kept(tmp_path: Path) -> None:
    """The oldest full files are removed, and nothing else."""
    (tmp_path / "other.jsonl").touch()
    log = RequestLog(tmp_path / "log.jsonl", full_bytes=11, keep=2)
    for number in range(6):
        log.append(line(number))
    log.close()
    assert numbers(tmp_path) == [3, 4, 5]
    assert (tmp_path / "other.jsonl").exists()


def test_two_processes_that_find_it_full_rename_it_once(tmp_path: Path) -> None:
    """Who comes second to a full file takes the new one, and renames nothing."""
    logs = [RequestLog(tmp_path / "log.jsonl", full_bytes=11) for _ in range(2)]
    for log in logs:
        log.open()
    logs[0].append(line(0))
    logs[0].append(line(1))
    logs[1].append(line(2))
    logs[0].append(line(3))
    for log in logs:
        log.close()
    assert len(list(tmp_path.glob("log.*.jsonl"))) == 3
    assert numbers(tmp_path) == [0, 1, 2, 3]


def test_a_folder_that_allows_no_new_name_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where renaming fails, the full file goes on, and the reason is told."""
    log = RequestLog(tmp_path / "log.jsonl", full_bytes=11)
    log.append(line(0))

    def refuse(*names: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "rename", refuse)
    log.append(line(1))
    log.close()
    assert numbers(tmp_path) == [0, 1]
    assert "no new file: Operation not permitted" in caplog.text
