import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from champion import expected_probabilities
from conftest import read_log

from app.classifier import Classifier, Verdict
from app.exchange import Exchange
from app.judge import TOGETHER, judge
from app.schemas import TAKE_FIVE, SpotifyFeatures


def exchange(number: int) -> Exchange:
    headers = [(b"x-request-id", str(number).encode())]
    return Exchange({"method": "POST", "path": "/predict", "headers": headers})


def song(number: int) -> SpotifyFeatures:
    return SpotifyFeatures.model_validate(TAKE_FIVE | {"tempo": number})


def spied(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many songs each run of the graph judges."""
    sizes = []
    original = Classifier.judge

    def counting(self: Classifier, songs: Sequence[Sequence[float]]) -> list[Verdict]:
        sizes.append(len(songs))
        return original(self, songs)

    monkeypatch.setattr(Classifier, "judge", counting)
    return sizes


async def all_of(count: int) -> list[Any]:
    asked = [judge().judge(song(number), exchange(number)) for number in range(count)]
    return await asyncio.gather(*asked, return_exceptions=True)


@pytest.mark.parametrize(
    ("count", "runs"), [(1, [1]), (10, [10]), (TOGETHER + 6, [TOGETHER, 6])]
)
def test_who_waits_together_is_judged_together(
    monkeypatch: pytest.MonkeyPatch, log_file: Path, count: int, runs: list[int]
) -> None:
    """Songs that wait share a run of the graph, and each gets its own verdict and line."""
    sizes = spied(monkeypatch)
    verdicts = asyncio.run(all_of(count))
    assert sizes == runs
    lines = read_log(log_file)
    for number, (verdict, line) in enumerate(zip(verdicts, lines, strict=True)):
        expected = expected_probabilities(TAKE_FIVE | {"tempo": number})
        assert verdict.probabilities == pytest.approx(expected, abs=1e-6)
        assert (line["request_id"], line["tempo"]) == (str(number), number)
        assert line["probabilities"] == verdict.probabilities


def test_a_failure_reaches_everybody_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the graph fails, nobody waits for ever, and the next song is judged."""

    def fail(self: Classifier, songs: object) -> None:
        raise RuntimeError("broken")

    with monkeypatch.context() as broken:
        judge()
        broken.setattr(Classifier, "judge", fail)
        assert [str(failure) for failure in asyncio.run(all_of(3))] == ["broken"] * 3
    assert len(asyncio.run(all_of(1))[0].genre) > 0


def test_who_leaves_does_not_disturb_the_others(log_file: Path) -> None:
    """A caller that is cancelled while it waits costs nobody else the verdict."""

    async def one_leaves() -> Verdict:
        leaving = asyncio.ensure_future(judge().judge(song(0), exchange(0)))
        staying = asyncio.ensure_future(judge().judge(song(1), exchange(1)))
        await asyncio.sleep(0)
        leaving.cancel()
        return await staying

    assert asyncio.run(one_leaves()).genre
    assert [line["request_id"] for line in read_log(log_file)] == ["0", "1"]
