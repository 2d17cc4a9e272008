"""Entries of the request log, decoded from their lines."""

from io import BytesIO
from typing import Any

import msgspec
import numpy as np

from src.features import FEATURES

# What a line can do to the decoder, a line of a thousand brackets included.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
NAN = float("nan")
_TEXTS = ("request_id", "genre", "model_version", "priors")


def _song_type(text: Any, confidence: Any) -> Any:
    """A line of the log; JSON has no NaN, and so NaN is a number that is not there."""
    return msgspec.defstruct(
        "SongLine",
        # About as the service has them, as each is looked for after the one before; numbers last.
        [
            ("timestamp", Any, None),
            ("request_id", text, None),
            ("status", int, 200),
            ("genre", text, None),
            ("probabilities", msgspec.Raw, msgspec.Raw()),
            ("model_version", text, None),
            ("priors", text, None),
            ("confidence", confidence, NAN),
            *((feature, float, NAN) for feature in FEATURES),
        ],
        gc=False,
    )


class AnyLine(msgspec.Struct):
    """What is asked of a line that holds no song."""

    status: int = 200
    timestamp: Any = None


_songs = msgspec.json.Decoder(_song_type(str | None, float))
# What a service does not write itself must not make a song unreadable.
_decode_odd_song = msgspec.json.Decoder(_song_type(Any, Any)).decode
decode_any = msgspec.json.Decoder(AnyLine).decode


def lines_in(text: bytes | memoryview) -> list[bytes]:
    """Lines with their line ends."""
    return BytesIO(text).readlines()


def decoded(text: bytes | memoryview) -> list[Any]:
    """An entry for each line, None for those that are no JSON object with the right types."""
    try:
        entries = _songs.decode_lines(text)
        if _one_per_line(text, len(entries)):
            return entries
    except UNREADABLE:
        pass
    return [_decoded_alone(line) for line in lines_in(text)]


def _one_per_line(text: bytes | memoryview, entries: int) -> bool:
    """Whether so many JSON objects, all that there are, begin and end with the lines.

    They may also stand together in a line, or go on over several. Where each line ends with a
    bracket and the next begins with one, there is no comma that would let an object go on.
    """
    letters = np.frombuffer(text, dtype=np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    return (
        len(ends) == entries
        and text[:1] == b"{"
        and text[-2:] == b"}\n"
        and bool((letters[ends - 1] == ord("}")).all())
        and bool((letters[ends[:-1] + 1] == ord("{")).all())
    )


def _decoded_alone(line: bytes) -> Any:
    try:
        return _songs.decode(line)
    except UNREADABLE:
        pass
    try:
        song = _decode_odd_song(line)
    except UNREADABLE:
        return None
    for name in _TEXTS:
        if not isinstance(getattr(song, name), str):
            setattr(song, name, None)
    song.confidence = NAN
    return song
