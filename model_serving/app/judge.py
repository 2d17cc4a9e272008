"""Judges together the songs that wait together, and logs them before anybody is answered.

A graph of trees judges ten songs in the time of five, and ten lines are written in the time of two.
So nothing is done for a song by itself: all that have come in while the event loop was busy share
one run of the graph and one write. No song waits for others to come.
"""

import asyncio
from collections import Counter
from functools import cache
from typing import Any, NamedTuple

from pydantic_core import to_json

from app.classifier import Classifier, Verdict, load_classifier
from app.exchange import Exchange
from app.metrics import metrics
from app.request_log import RequestLog, request_log, timestamp
from app.schemas import SpotifyFeatures, values

# As many as keep the others waiting for two or three milliseconds.
TOGETHER = 64


class _Waiting(NamedTuple):
    song: SpotifyFeatures
    exchange: Exchange
    verdict: asyncio.Future[Verdict]


class Judge:
    """Judges songs and logs them.

    Parameters
    ----------
    classifier : Classifier
    log : RequestLog
    """

    def __init__(self, classifier: Classifier, log: RequestLog) -> None:
        self._classifier = classifier
        self._log = log
        self.version = classifier.description.version
        priors = classifier.description.priors
        self._judged_by = {"model_version": self.version}
        if priors:
            self._judged_by["priors"] = priors.id
        self._waiting: list[_Waiting] = []

    async def judge(self, song: SpotifyFeatures, exchange: Exchange) -> Verdict:
        """Judge a song; when this returns, its line is in the log or counted as lost."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._judge_waiting)
        waiting = _Waiting(song, exchange, loop.create_future())
        self._waiting.append(waiting)
        return await waiting.verdict

    def judge_now(self, songs: list[SpotifyFeatures], exchange: Exchange) -> list[Verdict]:
        """Judge up to TOGETHER songs of one exchange, and log a line for each."""
        verdicts = self._classifier.judge([values(song) for song in songs])
        self._record(songs, [exchange] * len(songs), verdicts)
        return verdicts

    def _judge_waiting(self) -> None:
        now, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._judge_waiting)
        songs = [waiting.song for waiting in now]
        try:
            verdicts = self._classifier.judge([values(song) for song in songs])
            self._record(songs, [waiting.exchange for waiting in now], verdicts)
        except Exception as error:  # whatever it is, nobody may be left waiting
            for waiting in now:
                if not waiting.verdict.done():
                    waiting.verdict.set_exception(error)
            return
        for waiting, verdict in zip(now, verdicts, strict=True):
            if not waiting.verdict.done():  # a client may have left
                waiting.verdict.set_result(verdict)

    def _record(
        self, songs: list[SpotifyFeatures], exchanges: list[Exchange], verdicts: list[Verdict]
    ) -> None:
        now = timestamp()
        lines = []
        for song, exchange, verdict in zip(songs, exchanges, verdicts, strict=True):
            judged: dict[str, Any] = {
                "genre": verdict.genre,
                "confidence": verdict.confidence,
                "probabilities": verdict.raw,
                **self._judged_by,
                **song.__dict__,
            }
            lines.append(to_json(exchange.line(now, 200, judged)))
            exchange.logged = True
        self._log.append(lines)
        for genre, count in Counter(verdict.genre for verdict in verdicts).items():
            metrics().predicted(genre, count)


@cache
def judge() -> Judge:
    """The judge of this process.

    Raises
    ------
    ServingError
        When no model can be served. Not cached: the next call tries again.
    """
    return Judge(load_classifier(), request_log())
