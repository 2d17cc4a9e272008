"""Songs of the request log that wait to be counted together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from src.features import FEATURES
from src.hashes import Hashes
from src.moments import Values
from src.slices import Segment


@dataclass(frozen=True)
class Held:
    """What of some lines waits to be counted with others; the lines themselves would take room.

    Attributes
    ----------
    columns : ndarray of float64, shape (12, songs)
        Without gaps.
    hashes : ndarray of uint64, shape (songs,)
        Of the songs.
    segments : list of list of Segment
        Those that each song belongs to; empty where there are none.
    """

    columns: Values
    hashes: Hashes
    segments: list[list[Segment]]


class HeldSongs:
    """All that is held, as one table; a feature is put together when it is asked for.

    Parameters
    ----------
    held : sequence of Held
        At least one.
    """

    def __init__(self, held: Sequence[Held]) -> None:
        self.held = held
        self.hashes: Hashes = np.concatenate([one.hashes for one in held])
        self.segments = [segments for one in held for segments in one.segments]

    def __len__(self) -> int:
        return len(self.hashes)

    def usable(self, feature: str) -> Values:
        """The values of a feature."""
        place = FEATURES.index(feature)
        return np.concatenate([one.columns[place] for one in self.held])

    @property
    def columns(self) -> Values:
        """All features, shape (12, songs): a copy of all that is held."""
        return np.concatenate([one.columns for one in self.held], axis=1)
