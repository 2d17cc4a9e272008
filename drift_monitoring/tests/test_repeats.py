import numpy as np
import pytest

from src.hashes import row_hashes, song_hashes
from src.repeats import Repeats, added, design_effect


def columns(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((12, rows))


@pytest.mark.parametrize("rows", [1, 200, 5000, 300_000])
def test_songs_that_do_not_repeat(rows: int) -> None:
    """Requests for as many songs are worth as many, exactly."""
    assert Repeats.of(song_hashes(columns(rows))).design_effect == 1.0


def test_each_song_ten_times() -> None:
    """Ten requests for each song are worth one."""
    songs = np.repeat(columns(5000), 10, axis=1)
    assert Repeats.of(song_hashes(songs)).design_effect == pytest.approx(10, rel=0.02)


def test_one_popular_song() -> None:
    """1,000 requests of 3,000 for one song: the sum of squares over the number is 334."""
    songs = np.concatenate([columns(2000), np.repeat(columns(1, seed=1), 1000, axis=1)], axis=1)
    expected = (2000 + 1000**2) / 3000
    assert Repeats.of(song_hashes(songs)).design_effect == pytest.approx(expected, rel=0.02)


def test_parts_add_up() -> None:
    """Repeats over several files count as those within one."""
    hashes = song_hashes(np.tile(columns(1000), 3))
    whole = Repeats.of(hashes)
    both = added(Repeats.of(hashes[:100]), Repeats.of(hashes[100:]))
    assert both is not None and np.array_equal(both.buckets, whole.buckets)
    assert added(None, whole) is None


def test_no_requests() -> None:
    """Nothing repeats among no requests, and the rows of a table are songs each."""
    assert Repeats.of(song_hashes(columns(0))).design_effect == 1.0
    assert design_effect(None) == 1.0


def test_a_hash_is_of_the_values() -> None:
    """Equal songs have equal hashes wherever they are; -0.0 is 0.0; one changed value tells."""
    songs = columns(1000)
    assert np.array_equal(song_hashes(songs)[500:], song_hashes(songs[:, 500:]))
    zero, negative = np.zeros((12, 1)), np.full((12, 1), -0.0)
    assert song_hashes(zero) == song_hashes(negative)
    changed = songs.copy()
    changed[7, 0] = np.nextafter(changed[7, 0], 1)
    assert np.flatnonzero(song_hashes(changed) != song_hashes(songs)).tolist() == [0]
    assert len(set(song_hashes(columns(100_000)).tolist())) == 100_000


def test_hashes_are_spread_evenly() -> None:
    """A threshold on the hashes takes its share of the rows, also of ids that count up."""
    songs = song_hashes(np.repeat(columns(1), 100_000, axis=1))
    hashes = row_hashes(songs, [str(number) for number in range(100_000)])
    for share in (0.01, 0.3):
        taken = (hashes < np.uint64(int(share * 2**64))).mean()
        assert taken == pytest.approx(share, abs=4 * np.sqrt(share / 100_000))


def test_a_request_has_one_hash() -> None:
    """It does not depend on the requests beside it, whose ids may be of another length."""
    songs = song_hashes(columns(4))
    ids = ["0123456789abcdef" * 2, "f" * 32, "0" * 32]
    alone = row_hashes(songs[:3], ids)
    assert len(set(alone.tolist())) == 3
    for odd in ("", "\u00e9" * 32, "7" * 40):
        assert np.array_equal(row_hashes(songs, [*ids, odd])[:3], alone)
    assert row_hashes(songs[:1], [ids[0] + "more"]) == alone[0]
