"""How many independent songs the requests are worth, when some songs are asked about repeatedly."""

from dataclasses import dataclass

import numpy as np

from src.distribution import Counts
from src.hashes import Hashes

BUCKETS = 1 << 16
SHIFT = np.uint64(64 - 16)
# Three standard errors of the estimate below; less cannot be told from no repeats at all.
NOTHING = 1 + 3 * np.sqrt(2 / BUCKETS)


@dataclass(frozen=True)
class Repeats:
    """Requests by a part of their song's hash; those of two parts add up.

    Attributes
    ----------
    buckets : ndarray of int64, shape (65536,)
    """

    buckets: Counts

    @classmethod
    def of(cls, songs: Hashes) -> "Repeats":
        return cls(np.bincount((songs >> SHIFT).astype(np.int64), minlength=BUCKETS))

    def __add__(self, other: "Repeats") -> "Repeats":
        return Repeats(self.buckets + other.buckets)

    @property
    def design_effect(self) -> float:
        """How many requests are worth one independent song; 1 where no song repeats.

        With c_s requests for song s, n in all, it is the sum of c_s squared over n: Kish (1965),
        "Survey Sampling", section 8.2, for clusters of identical values. The sum of squares is
        estimated from the buckets, less what songs add that share a bucket by chance, to 0.6 %;
        compare Charikar, Chen & Farach-Colton (2002), "Finding frequent items in data streams".
        """
        n = int(self.buckets.sum())
        if not n:
            return 1.0
        squares = float((self.buckets.astype(np.float64) ** 2).sum())
        repeated = (squares - n * (n / BUCKETS)) / (1 - 1 / BUCKETS)
        effect = repeated / n
        return effect if effect > NOTHING else 1.0


def added(one: Repeats | None, other: Repeats | None) -> Repeats | None:
    """Both together; nothing is known of the sum where nothing is of a part."""
    return None if one is None or other is None else one + other


def design_effect(repeats: Repeats | None) -> float:
    """That of requests; the rows of a table, of which no repeats are noted, are songs each."""
    return 1.0 if repeats is None else repeats.design_effect
