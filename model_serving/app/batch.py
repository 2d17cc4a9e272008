"""Many songs in one request: each is judged or refused by itself, and has a line of its own."""

import asyncio
from typing import Any

from pydantic_core import to_json

from app.exchange import Exchange
from app.judge import TOGETHER, Judge
from app.request_log import request_log, timestamp
from app.schemas import SpotifyFeatures
from app.top_k import judgement

Song = SpotifyFeatures | list[dict[str, Any]]


async def judge_batch(
    judge: Judge, songs: list[Song], exchange: Exchange, top_k: int
) -> list[dict[str, Any]]:
    """Judge the songs of a batch; when this returns, the lines of all are in the log.

    Between two slices of the batch, the requests of others are served.

    Parameters
    ----------
    judge : Judge
    songs : list
        A song, or the list of its problems, for each.
    exchange : Exchange
    top_k : int
        How many genres to tell the probabilities of; 0 is none.

    Returns
    -------
    list of dict
        A `Judgement`, or the `errors`, for each song in their order.
    """
    results: list[dict[str, Any]] = []
    for start in range(0, len(songs), TOGETHER):
        part = songs[start : start + TOGETHER]
        sound = [song for song in part if isinstance(song, SpotifyFeatures)]
        verdicts = iter(judge.judge_now(sound, exchange) if sound else ())
        if len(sound) < len(part):
            line = to_json(exchange.line(timestamp(), 422, {}))
            request_log().append([line] * (len(part) - len(sound)))
            exchange.logged = True
        results += [
            {"errors": song} if isinstance(song, list) else judgement(next(verdicts), top_k)
            for song in part
        ]
        await asyncio.sleep(0)
    return results
