import gzip
from pathlib import Path

import pytest

from src.log_tasks import UNPACKED, tasks_of
from tests.conftest import log_line, made_songs


def made(folder: Path, **sizes: int) -> list[Path]:
    """Files of so many bytes; those whose name ends in _gz are packed."""
    found = []
    for name, size in sizes.items():
        path = folder / name.replace("_gz", ".jsonl.gz")
        path.write_bytes(bytes(size))
        found.append(path)
    return found


def test_small_files_are_read_together(tmp_path: Path) -> None:
    """Files that follow each other share a task, in their order; the tasks are about equal."""
    files = made(tmp_path, a=40, b=40, c=30, d=85, e=0, f=5)
    tasks = tasks_of(files, 100)
    assert [[Path(block.path).name for block in task.blocks] for task in tasks] == [
        ["a", "b", "c"], ["d", "e", "f"],
    ]  # fmt: skip
    assert tasks[0].sizes == (40, 40, 30)


def test_a_short_log_is_one_task(tmp_path: Path) -> None:
    """What a quarter of a task holds is not shared."""
    files = made(tmp_path, a=10, b=15)
    assert [len(task.blocks) for task in tasks_of(files, 100)] == [2]
    assert len(tasks_of(files, 99)) == 2


def test_a_thousand_files_are_few_tasks(tmp_path: Path) -> None:
    """What a task costs is paid once for many small files."""
    files = made(tmp_path, **{f"{number:04}": 10 for number in range(1000)})
    assert len(tasks_of(files, 1000)) == 10


def test_a_large_file_is_many_tasks(tmp_path: Path) -> None:
    """No block is in two tasks, and all are in one; two cores have equal shares."""
    (large,) = made(tmp_path, a=850)
    tasks = tasks_of([large], 100)
    spans = [(block.start, block.end) for task in tasks for block in task.blocks]
    assert spans == [*((start, start + 85) for start in range(0, 765, 85)), (765, None)]
    assert [len(task.blocks) for task in tasks] == [1] * 10
    assert all(task.sizes == (850,) for task in tasks)


def test_packed_files_weigh_what_they_unpack_to(tmp_path: Path) -> None:
    """A packed file takes as much of a task as the lines that are in it, about."""
    files = made(tmp_path, a_gz=10, b_gz=10, c_gz=10, d_gz=30, e=60 * UNPACKED)
    tasks = tasks_of(files, 30 * UNPACKED)
    assert [len(task.blocks) for task in tasks] == [3, 1, 1, 1]


def test_no_songs_at_all(tmp_path: Path) -> None:
    """A log of one empty file is one task."""
    assert len(tasks_of(made(tmp_path, a=0))) == 1


@pytest.mark.parametrize("lines", [2000, 20_000])
def test_the_weight_is_about_right(tmp_path: Path, lines: int) -> None:
    """The lines of a service are packed to between a twentieth and a third of their length."""
    songs = enumerate(made_songs(lines, seed=1).iter_rows(named=True))
    text = "".join(log_line(**song, request_id=f"{n * 7919**8:x}") + "\n" for n, song in songs)
    ratio = len(text) / len(gzip.compress(text.encode(), 6))
    assert 3 < ratio < 20 and UNPACKED / 3 < ratio < UNPACKED * 3
