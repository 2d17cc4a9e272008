"""Training and validation songs, separated by artist.

The genre of a song comes from its artist, so a model that has seen the artist looks better than it
is. The side of an artist depends on nothing but the name and the seed: more data moves nobody, and
an old champion is never judged on songs that it was trained on.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

TRAINING, VALIDATION, NEITHER = 0, 1, 2


@dataclass(frozen=True)
class Sides:
    """Which songs are on which side; three masks of shape (songs,).

    `neither` holds songs whose artists are on both sides, and songs without an artist.
    """

    training: npt.NDArray[np.bool_]
    validation: npt.NDArray[np.bool_]
    neither: npt.NDArray[np.bool_]


def split_by_artist(
    artists: Sequence[Sequence[str]],
    validation_fraction: float,
    seed: int | str,
    start: float = 0.0,
) -> Sides:
    """Put songs on the side of their artists.

    Parameters
    ----------
    artists : sequence of sequences of str
        The artists of each song.
    validation_fraction : float
        Share of the artists that go to validation, between 0 and 1.
    seed : int or str
        Another seed sends other artists there.
    start : float
        Where the held-out part of [0, 1) begins.

    Returns
    -------
    Sides
    """
    side_of: dict[str, int] = {}

    def side(names: Sequence[str]) -> int:
        for name in names:
            if name not in side_of:
                held_out = start <= position(name, seed) < start + validation_fraction
                side_of[name] = VALIDATION if held_out else TRAINING
        sides = {side_of[name] for name in names}
        return sides.pop() if len(sides) == 1 else NEITHER

    sides = np.fromiter((side(names) for names in artists), np.int8, len(artists))
    return Sides(sides == TRAINING, sides == VALIDATION, sides == NEITHER)


def position(artist: str, seed: int | str) -> float:
    """Where an artist stands in [0, 1), evenly spread and the same for ever."""
    digest = hashlib.blake2b(f"{seed}:{artist}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def parse_artists(cell: str | None) -> tuple[str, ...]:
    """The artists in a cell: a JSON list of names, or one plain name.

    An empty cell or list gives no artist.
    """
    if cell is None or not cell.strip():
        return ()
    if cell.lstrip().startswith("["):
        try:
            names = json.loads(cell)
        except json.JSONDecodeError:
            return (cell.strip(),)
        if isinstance(names, list):
            return tuple(dict.fromkeys(str(name) for name in names if name not in ("", None)))
    return (cell.strip(),)
