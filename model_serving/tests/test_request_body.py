import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.requests import Request

from app.exchange import Exchange
from app.problems import RequestRefused
from app.request_body import read_song
from app.schemas import FEATURES, TAKE_FIVE, SpotifyFeatures
from app.song_problems import RANGES


def read(receive: Callable[[], Awaitable[Any]], **headers: str) -> SpotifyFeatures:
    pairs = {"content-type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    encoded = [(name.encode(), value.encode()) for name, value in pairs.items()]
    scope = {"type": "http", "method": "POST", "path": "/predict", "headers": encoded}
    Exchange(scope)
    return asyncio.run(read_song(Request(scope, receive)))


@pytest.mark.parametrize("length", ["65537", "9" * 5000])
def test_a_large_declared_length_is_refused_unread(length: str) -> None:
    """A declared length over the limit is a 413 without waiting for the body."""

    async def receive() -> Any:
        raise AssertionError("the body was read")

    with pytest.raises(RequestRefused) as refused:
        read(receive, content_length=length)
    assert refused.value.status == 413


@pytest.mark.parametrize("length", ["10", "-1", "ten"])
def test_a_small_declared_length_does_not_open_the_gate(length: str) -> None:
    """A body that is larger than it says is a 413 as soon as the limit is passed."""
    received = 0

    async def receive() -> Any:
        nonlocal received
        received += 1
        return {"type": "http.request", "body": b" " * 40_000, "more_body": True}

    with pytest.raises(RequestRefused) as refused:
        read(receive, content_length=length)
    assert (refused.value.status, received) == (413, 2)


def test_a_client_that_leaves_is_no_fault_of_the_service() -> None:
    """A connection that ends within the body is refused as a 400, not raised as a 500."""

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    with pytest.raises(RequestRefused) as refused:
        read(receive, content_length="100")
    assert refused.value.status == 400


def test_a_body_in_single_bytes_is_one_song() -> None:
    """However a body is cut into messages, it is the same song."""
    body = list(json.dumps(TAKE_FIVE).encode())

    async def receive() -> Any:
        part = bytes([body.pop(0)])
        return {"type": "http.request", "body": part, "more_body": bool(body)}

    assert read(receive) == SpotifyFeatures.model_validate(TAKE_FIVE)


def test_every_feature_has_a_range_to_tell() -> None:
    """The sentences about ranges cover the 12 features of the contract, in its order."""
    assert tuple(RANGES) == FEATURES == (
        "danceability", "energy", "key", "loudness", "mode", "speechiness", "acousticness",
        "instrumentalness", "liveness", "valence", "tempo", "duration_ms",
    )  # fmt: skip
