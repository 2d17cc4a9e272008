"""Results that do not arrive from the workers of a cluster as they should."""

from pathlib import Path
from typing import Any

import pytest
from dask_cluster import cluster

from src import pool
from src.dask_pool import dask_pool
from src.sent_work import LOST_AT_MOST

pytestmark = pytest.mark.dask


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(pool, "CHECK_SECONDS", 0.5)
    with cluster(tmp_path, 1) as dask:
        yield dask.address


def distances(address: str) -> list[int]:
    with dask_pool(address) as workers:
        return list(workers.map(abs, range(-5, 0), str))


@pytest.mark.parametrize("times", [2, 1000])
def test_lost_on_the_way(times: int, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes wrong in Dask as a result is fetched is tried again, though not for ever."""
    import distributed

    fetch, failed = distributed.client.gather_from_workers, []

    async def fetch_later(*arguments: Any, **named: Any) -> Any:
        if len(failed) < times:
            failed.append(arguments)
            raise AttributeError("gather")
        return await fetch(*arguments, **named)

    monkeypatch.setattr("distributed.client.gather_from_workers", fetch_later)
    if times < LOST_AT_MOST:
        assert distances(address) == [5, 4, 3, 2, 1]
        assert len(failed) == times
    else:
        with pytest.raises(AttributeError, match="gather"):
            distances(address)


def test_news_that_are_lost(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that has long been done, without a word of it, is done once more."""
    from distributed import Client

    hear, unheard = Client._handle_key_in_memory, []

    def hear_later(client: Any, key: str, **about: Any) -> None:
        if unheard:
            hear(client, key, **about)
        else:
            unheard.append(key)

    monkeypatch.setattr(Client, "_handle_key_in_memory", hear_later)
    assert distances(address) == [5, 4, 3, 2, 1]
    assert unheard


def test_an_error_of_the_work(address: str) -> None:
    """A TimeoutError that the work itself raises is no reason to wait."""
    with dask_pool(address) as workers, pytest.raises(TimeoutError, match="its own"):
        list(workers.map(exec, ["raise TimeoutError('its own')"], str))
