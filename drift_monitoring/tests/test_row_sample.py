import numpy as np

from src.distinct_songs import DistinctSongs
from src.hashes import song_hashes
from src.row_sample import RowSample, Sampling


def columns(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((12, rows))


def test_the_sample_does_not_depend_on_order_and_parts() -> None:
    """However the rows are ordered and split, the same ones are kept."""
    songs = columns(3000)
    hashes = song_hashes(songs)
    whole = RowSample.of(hashes, songs, 500)
    order = np.random.default_rng(1).permutation(3000)
    for cut in (0, 1, 1234):
        first, second = order[:cut], order[cut:]
        parts = [RowSample.of(hashes[part], songs[:, part], 500) for part in (first, second)]
        both = RowSample.merged(parts)
        assert np.array_equal(both.hashes, whole.hashes)
        assert np.array_equal(both.columns, whole.columns)


def test_a_random_sample() -> None:
    """What is kept has the mean of all rows."""
    songs = columns(100_000)
    sample = RowSample.of(song_hashes(songs), songs, 10_000)
    assert len(sample) == 10_000
    assert np.abs(sample.columns.mean(axis=1) - 0.5).max() < 4 * np.sqrt(1 / 12 / 10_000)


def test_few_rows_are_all_kept() -> None:
    """Of fewer rows than the size none is left out, not even a repeated one."""
    songs = np.repeat(columns(3), 2, axis=1)
    assert len(RowSample.of(song_hashes(songs), songs, 500)) == 6


def test_each_distinct_song_once() -> None:
    """Repeated songs count once, within a part and over parts."""
    songs = columns(100)
    repeated = np.repeat(songs, 3, axis=1)
    hashes = song_hashes(repeated)
    both = DistinctSongs.of(hashes[:100], repeated[:, :100]) + DistinctSongs.of(
        hashes[50:], repeated[:, 50:]
    )
    assert sorted(both.columns[0]) == sorted(songs[0])
    assert DistinctSongs.of(hashes, repeated, 10).columns.shape == (12, 10)


def test_a_sample_in_the_making() -> None:
    """Taken part by part, without the rows that cannot be wanted, the sample is the same."""
    songs = columns(3000)
    hashes = song_hashes(songs)
    sampling = Sampling(size=500)
    taken = 0
    for start in range(0, 3000, 300):
        part, own = songs[:, start : start + 300], hashes[start : start + 300]
        kept = sampling.wanted(own)
        taken += len(kept)
        sampling.add(RowSample(own[kept], part[:, kept], np.empty((len(kept), 0), np.float32)))
    assert taken < 2500
    assert np.array_equal(sampling.sample().hashes, RowSample.of(hashes, songs, 500).hashes)
    assert np.array_equal(sampling.sample().columns, RowSample.of(hashes, songs, 500).columns)
