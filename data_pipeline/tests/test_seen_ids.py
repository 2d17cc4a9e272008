"""The first row of each id, told by hashes."""

from hypothesis import given
from hypothesis import strategies as st

import numpy as np
import polars as pl

from src.seen_ids import SeenIds, hashes_of

IDS = st.one_of(st.none(), st.sampled_from(["", "0", "00", "a", "\u00e9"]), st.text(max_size=3))


@given(st.lists(st.lists(IDS, max_size=9), max_size=9))
def test_the_first_of_each_id(blocks: list[list[str | None]]) -> None:
    """Over all blocks the first row of each id is told, and each row that has none."""
    seen, known = SeenIds(), set()
    for block in blocks:
        expected = []
        for song_id in block:
            expected.append(song_id is None or song_id not in known)
            known.add(song_id)
        assert seen.first(hashes_of(pl.Series(block, dtype=pl.String))).tolist() == expected


def test_a_million_different_ids() -> None:
    """No two of a million ids that differ by a digit are taken for one, and all are known again."""
    seen = SeenIds()
    ids = [
        hashes_of(pl.Series([str(n) for n in range(start, start + 50_000)]))
        for start in range(0, 1_000_000, 50_000)
    ]
    assert all(seen.first(block).all() for block in ids)
    assert not any(seen.first(block).any() for block in ids)


def test_bits_of_the_hash() -> None:
    """Each half of the hash of ids alike is as good as chance: the figures for 64 bits hold."""
    hashes = hashes_of(pl.Series([f"song{n:07}" for n in range(1_000_000)]))
    expected = 2**32 * -np.expm1(-1_000_000 / 2**32)
    for half in (hashes >> np.uint64(32), hashes & np.uint64(2**32 - 1)):
        assert abs(len(np.unique(half)) - expected) < 6 * 11  # the deviation is sqrt(n^2 / 2^33)
