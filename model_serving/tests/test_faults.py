"""What is promised when something goes wrong under load, tried on the real process."""

from pathlib import Path

import pytest
from faults import SCENARIOS, Result, try_process

REQUESTS = 3000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    empty = tmp_path / "fault"
    empty.mkdir()
    return empty


def happen(name: str, model_dir: Path, folder: Path) -> Result:
    return try_process(SCENARIOS[name], model_dir, folder, REQUESTS)


def test_kill_loses_no_answered_request(model_dir: Path, folder: Path) -> None:
    """Each answered request has its line, and only the last line may be torn."""
    found = happen("kill -9", model_dir, folder)
    assert found.answered > 0
    assert (found.missing, found.counted) == (0, 0)
    assert found.torn <= 1


@pytest.mark.parametrize("name", ["SIGTERM", "SIGTERM, 2 workers"])
def test_sigterm_loses_nothing_and_cuts_nobody_off(
    model_dir: Path, folder: Path, name: str
) -> None:
    """Under load every request that was taken is answered and logged before the service ends."""
    found = happen(name, model_dir, folder)
    assert found.answered > REQUESTS / 10
    assert (found.missing, found.torn, found.counted) == (0, 0, 0)
    # None where Linux allows the filter of closing_port; without it, one may not yet be taken.
    assert found.cut_off <= 1


@pytest.mark.parametrize(
    "name",
    [
        "log renamed 5 times, 2 workers",
        "log folder removed 5 times",
        "rotation at 1 MiB, 2 workers",
    ],
)
def test_a_log_that_moves_under_load_loses_nothing(
    model_dir: Path, folder: Path, name: str
) -> None:
    """However the files are moved away, each answer has one whole line in one of them."""
    assert happen(name, model_dir, folder) == Result(REQUESTS, 0, 0, 0, 0)


def test_rotation_makes_files_of_its_size(model_dir: Path, folder: Path) -> None:
    """Full files are a little over the size that was set, and no more."""
    happen("rotation at 1 MiB, 2 workers", model_dir, folder)
    full = [file.stat().st_size for file in folder.rglob("api_requests.*.jsonl")]
    assert full
    assert all(1 << 20 <= size < (1 << 20) + 200_000 for size in full)


def test_copytruncate_loses_only_what_came_in_between(model_dir: Path, folder: Path) -> None:
    """Only lines between the copy and the truncation can be missing, and none is torn."""
    found = happen("log copied and truncated 5 times", model_dir, folder)
    assert (found.answered, found.cut_off, found.counted, found.torn) == (REQUESTS, 0, 0, 0)
    assert found.missing < REQUESTS / 10


def test_a_full_disk_loses_only_what_it_counts(model_dir: Path, folder: Path) -> None:
    """Songs are answered all the while; each line that did not fit is counted as lost."""
    found = happen("disk full for a while", model_dir, folder)
    assert (found.answered, found.cut_off) == (REQUESTS, 0)
    assert found.counted == found.missing >= 100
    assert found.torn <= 1
