"""?top_k=3: how many genres a caller wants to see the probabilities of."""

from typing import Any

from starlette.requests import Request

from app.classifier import Verdict
from app.problems import RequestRefused, problem
from app.song_problems import shown

HIGHEST = 100


def read_top_k(request: Request) -> int:
    """How many genres are asked for; 0 where the caller does not ask.

    Raises
    ------
    RequestRefused
        422 for what is no whole number from 1 to HIGHEST, or is there twice.
    """
    if not request.scope["query_string"]:
        return 0
    texts = request.query_params.getlist("top_k")
    if not texts:
        return 0
    text = texts[0]
    if len(texts) == 1 and text.isascii() and text.isdecimal() and len(text) < 10:
        if 1 <= int(text) <= HIGHEST:
            return int(text)
    message = f"top_k must be one whole number from 1 to {HIGHEST}; got {shown(', '.join(texts))}"
    raise RequestRefused(422, [problem("top_k", message, "query", "top_k")])


def judgement(verdict: Verdict, top_k: int) -> dict[str, Any]:
    """What a song is answered with."""
    said: dict[str, Any] = {"genre": verdict.genre, "confidence": verdict.confidence}
    if top_k:
        ranked = sorted(verdict.probabilities.items(), key=lambda entry: -entry[1])
        said["top"] = [{"genre": genre, "probability": share} for genre, share in ranked[:top_k]]
    return said
