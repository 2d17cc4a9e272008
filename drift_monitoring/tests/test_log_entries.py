import random
from typing import Any

import msgspec
import pytest

from src.log_entries import decoded, lines_in

SONG = b'{"tempo": 120.5, "status": 200, "request_id": "a}\\n{b", "confidence": 0.5}'
ODD = [
    b"\n",
    b"  \n",
    b"null\n",
    b"[]\n",
    b"{}{}\n",
    b"{} {}\n",
    b'{"probabilities": {"Pop": 1}\n',
    b"{}}\n",
    b"{\n",
    b"}\n",
    b'{"probabilities":\n',
    b'{"tempo": "fast"}\n',
    b'{"confidence": null, "genre": 7}\n',
    b"{}\r\n",
    b"{}\r{}\n",
    b"{}\x00\n",
    b'{"request_id": "\xff"}\n',
    b"[" * 5000 + b"\n",
]


def fields_of(entries: list[Any]) -> list[dict[str, str] | None]:
    """As texts, in which NaN equals NaN."""
    return [
        None if entry is None else {k: repr(v) for k, v in msgspec.structs.asdict(entry).items()}
        for entry in entries
    ]


def test_lines_together_are_what_each_is_alone() -> None:
    """Whatever stands before and after a line, in however many pieces, changes nothing of it."""
    draw = random.Random(3)
    for _ in range(2000):
        pieces = draw.choices([SONG + b"\n", *ODD], [20, *[1] * len(ODD)], k=draw.randint(1, 12))
        text = b"".join(pieces) + draw.choice([b"", b"", SONG, b'{"tempo": 1'])
        lines = lines_in(text)
        alone = [entry for line in lines for entry in decoded(line)]
        assert len(alone) == len(lines)
        assert fields_of(decoded(text)) == fields_of(alone)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (b"{}{}\n\n", [False, False]),
        (b'{"status":\n200}\n{}{}\n', [False, False, False]),
        (b'{"probabilities": {}\n}\n', [False, False]),
        (b"\n{}{}\n", [False, False]),
        (b"{}\n{}\n", [True, True]),
    ],
)
def test_as_many_objects_as_lines(text: bytes, known: list[bool]) -> None:
    """Objects that stand together, or go on over lines, are not taken for one on each line."""
    assert [entry is not None for entry in decoded(text)] == known
