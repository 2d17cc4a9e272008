"""The way in: from the bytes of a request to a song, or to the reason why not."""

from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json
from starlette.requests import Request

from app.connection import LATE
from app.exchange import exchange_of
from app.problems import RequestRefused, problem, refusal
from app.schemas import BATCH_LIMIT, SpotifyFeatures
from app.settings import settings
from app.song_problems import shown, song_problems


async def read_song(request: Request) -> SpotifyFeatures:
    """Read one song from the body of a request.

    Raises
    ------
    RequestRefused
        415 for what is not declared as JSON, 413 for a body over MAX_BODY_KIB, 400 for one that
        ends early, 408 for one that takes longer than REQUEST_SECONDS, 422 for what is no song.
    """
    body = await _body(request, settings().max_body_kib, "send one song")
    try:
        return SpotifyFeatures.model_validate_json(body)
    except ValidationError as error:
        raise RequestRefused(422, song_problems(error, "body")) from None


async def read_batch(request: Request) -> list[SpotifyFeatures | list[dict[str, Any]]]:
    """Read the songs of a batch, {"songs": [...]}.

    Returns
    -------
    list
        A song, or what is wrong with it, for each in their order.

    Raises
    ------
    RequestRefused
        As for a song, with MAX_BATCH_KIB; 422 for what is no list of 1 to 1,000 songs.
    """
    body = await _body(request, settings().max_batch_kib, 'send {"songs": [...]}')
    try:
        content = from_json(body)
    except ValueError as error:
        raise _no_batch("json_invalid", f"the body is not JSON: {error}") from None
    songs = content.get("songs") if isinstance(content, dict) and len(content) == 1 else None
    if not isinstance(songs, list):
        raise _no_batch("batch_invalid", 'the body must be {"songs": [...]} and nothing else')
    if not 1 <= len(songs) <= BATCH_LIMIT:
        raise _no_batch(
            "batch_size",
            f"songs must be a list of 1 to {BATCH_LIMIT:,} songs; got {len(songs):,}",
            "songs",
        )
    return [_song_or_problems(song, number) for number, song in enumerate(songs)]


def _song_or_problems(song: object, number: int) -> SpotifyFeatures | list[dict[str, Any]]:
    try:
        return SpotifyFeatures.model_validate(song)
    except ValidationError as error:
        return song_problems(error, "body", "songs", number)


def _no_batch(kind: str, message: str, *field: str) -> RequestRefused:
    return RequestRefused(422, [problem(kind, message, "body", *field)])


async def _body(request: Request, kibibytes: int, wanted: str) -> bytes:
    exchange = exchange_of(request)
    content_type = exchange.content_type
    if content_type != b"application/json":
        declared = content_type.decode("latin-1").partition(";")[0].strip().lower()
        if declared != "application/json":
            said = shown(declared) if declared else "none"
            raise refusal(
                415,
                "content_type",
                f"send Content-Type: application/json; this request declares {said}",
            )
    # The declared length saves reading what is refused anyway; it may be absent or untrue.
    length, limit = exchange.content_length, kibibytes * 1024
    too_large = len(length) > 12 or (length.isdigit() and int(length) > limit)
    body = bytearray()
    while not too_large:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise refusal(400, "cut_off", "the body ended before its declared length")
        body += message.get("body", b"")
        too_large = len(body) > limit
        if not message.get("more_body", False):
            break
    if LATE in request.scope:
        seconds = settings().request_seconds
        raise refusal(408, "timeout", f"the body took longer than {seconds} s")
    if too_large:
        raise refusal(413, "too_large", f"the body is over {kibibytes} KiB: {wanted}")
    if not body.strip():
        raise RequestRefused(422, [problem("missing", f"the body is empty: {wanted}", "body")])
    return bytes(body)
