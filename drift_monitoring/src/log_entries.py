"""Entries of the request log, decoded from their lines."""

from typing import Any

import msgspec

from src.features import FEATURES

# What a line can do to the decoder, a line of a thousand brackets included.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_ANSWER = ("request_id", "genre", "model_version", "priors")


def _song_type(text: Any, number: Any) -> Any:
    """A line of the log; JSON has no NaN, and so NaN is a feature that is not there."""
    return msgspec.defstruct(
        "SongLine",
        [
            *((feature, float, float("nan")) for feature in FEATURES),
            ("status", int, 200),
            ("timestamp", Any, None),
            *((name, text, None) for name in _ANSWER),
            ("confidence", number, None),
            ("probabilities", msgspec.Raw, msgspec.Raw()),
        ],
        gc=False,
    )


class AnyLine(msgspec.Struct):
    """What is asked of a line that holds no song."""

    status: int = 200
    timestamp: Any = None


_decode_song = msgspec.json.Decoder(_song_type(str | None, float | None)).decode
# What a service does not write itself must not make a song unreadable.
_decode_odd_song = msgspec.json.Decoder(_song_type(Any, Any)).decode
decode_any = msgspec.json.Decoder(AnyLine).decode


def decoded(chunk: list[bytes]) -> list[Any]:
    """An entry for each line, None for those that are no JSON object with the right types."""
    try:
        return list(map(_decode_song, chunk))
    except UNREADABLE:
        return [_decoded_alone(line) for line in chunk]


def _decoded_alone(line: bytes) -> Any:
    try:
        return _decode_song(line)
    except UNREADABLE:
        pass
    try:
        song = _decode_odd_song(line)
    except UNREADABLE:
        return None
    for name in _ANSWER:
        if not isinstance(getattr(song, name), str):
            setattr(song, name, None)
    song.confidence = None
    return song
