"""What is promised when something goes wrong under load, tried on the real container."""

from pathlib import Path

import pytest
from container_faults import close_folder, fill_container, kill_containers, stop_container

pytestmark = pytest.mark.image
REQUESTS = 4000


def test_killed_containers_lose_no_answered_request(image: str, tmp_path: Path) -> None:
    """Each answered request has its line, and a container leaves at most one that is torn."""
    found = kill_containers(image, tmp_path, REQUESTS, times=3)
    assert found.answered > REQUESTS / 10
    assert found.missing == 0
    assert found.torn <= 3


def test_a_stopped_container_cuts_nobody_off(image: str, tmp_path: Path) -> None:
    """Under load `docker stop` ends it with 0, every request answered and logged."""
    found = stop_container(image, tmp_path, REQUESTS)
    assert found.answered > REQUESTS / 2
    assert (found.missing, found.torn) == (0, 0)
    assert found.cut_off <= 1  # as in test_faults.py


def test_a_full_folder_loses_only_what_is_counted(image: str) -> None:
    """On a full disk songs are answered; what did not fit is counted, and later lines are whole."""
    found = fill_container(image, REQUESTS)
    assert (found.answered, found.cut_off) == (REQUESTS, 0)
    assert found.missing == found.counted >= 100
    assert found.torn <= 3  # one each time that it is full


def test_a_read_only_folder_loses_only_what_is_counted(image: str, tmp_path: Path) -> None:
    """Without the right to write songs are answered, lines are counted, and it goes on later."""
    found = close_folder(image, tmp_path, REQUESTS)
    assert (found.answered, found.cut_off) == (REQUESTS, 0)
    assert found.missing == found.counted >= 100
    assert found.torn == 0
