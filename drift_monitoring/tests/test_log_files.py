import os
from pathlib import Path

import pytest

from src.errors import InputError
from src.log_files import log_files

NAMES = ["a.jsonl", "a.jsonl.1", "a.jsonl-20261124", "a.jsonl.2.gz", "b.jsonl.gz"]
OTHERS = ["a.json", "a.jsonl.tmp", "notes.txt", "drift.jsonl.html"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES + OTHERS:
        (tmp_path / name).touch()
    (tmp_path / "inner.jsonl").mkdir()
    return tmp_path


def names(files: list[Path]) -> list[str]:
    return sorted(file.name for file in files)


def test_a_folder(folder: Path) -> None:
    """A folder gives its logs, rotated and packed ones too, and nothing else."""
    assert names(log_files(folder)) == sorted(NAMES)


def test_a_file_of_any_name(folder: Path) -> None:
    """A file that is named is taken whatever it is called."""
    assert names(log_files(str(folder / "notes.txt"))) == ["notes.txt"]


def test_a_glob(folder: Path) -> None:
    """A glob takes the files that it matches, over folders too."""
    assert names(log_files(str(folder / "a.jsonl*.gz"))) == ["a.jsonl.2.gz"]
    assert names(log_files(str(folder / "**" / "b.*"))) == ["b.jsonl.gz"]


def test_a_file_with_the_signs_of_a_glob(tmp_path: Path) -> None:
    """A file that is there under that very name is no pattern."""
    path = tmp_path / "log[1].jsonl"
    path.touch()
    assert log_files(path) == [path]


def test_each_file_once(folder: Path) -> None:
    """Places may overlap, in other spellings as well; no line is counted twice."""
    places = [folder, folder / "a.jsonl", str(folder / "*.jsonl"), os.path.relpath(folder)]
    assert names(log_files(places)) == sorted(NAMES)


@pytest.mark.parametrize("place", ["none.jsonl", "none/", "*.none", "inner.jsonl"])
def test_no_log(folder: Path, place: str) -> None:
    """A place without a log is refused by name, even beside one that has logs."""
    with pytest.raises(InputError, match="no request log at .*; wanted a file, a folder"):
        log_files([folder, folder / place])
