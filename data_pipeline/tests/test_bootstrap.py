import numpy as np
import numpy.typing as npt
import pytest

from src.bootstrap import main_artists, mean_over_artists, resampled_sums

Values = npt.NDArray[np.float64]


def everything(values: Values) -> npt.NDArray[np.bool_]:
    return np.ones((len(values), 1), bool)


def clustered(rng: np.random.Generator, artists: int = 80, songs: int = 8) -> Values:
    """Right and wrong for songs of artists that are hits or not, with a mean of 0.5."""
    chances = rng.beta(0.7, 0.7, artists).repeat(songs)
    return (rng.random(artists * songs) < chances).astype(np.float64)


def coverage(by_artist: bool) -> float:
    """How often the 90 % interval holds the true mean, in 300 draws of 80 artists."""
    rng = np.random.default_rng(7)
    held = []
    for _ in range(300):
        values = clustered(rng)
        artists = np.arange(80).repeat(8) if by_artist else np.arange(len(values))
        (estimate,) = mean_over_artists(values, everything(values), artists)
        assert estimate
        held.append(estimate.low <= 0.5 <= estimate.high)
    return float(np.mean(held))


def test_the_interval_covers_the_truth() -> None:
    """On songs that resemble others of their artist, 90 % of the intervals hold the mean."""
    assert 0.86 <= coverage(by_artist=True) <= 0.94


def test_songs_are_not_independent() -> None:
    """Drawing songs instead of artists promises far too much: that is why artists are drawn."""
    assert coverage(by_artist=False) < 0.75


def test_a_difference_of_nothing() -> None:
    """The difference of a model to itself is exactly 0, and so are both ends."""
    difference = np.zeros(100)
    (estimate,) = mean_over_artists(difference, everything(difference), np.arange(100) // 5)
    assert estimate and (estimate.value, estimate.low, estimate.high) == (0, 0, 0)


def test_selections() -> None:
    """Each selection has its own mean and songs; one without songs has none; values may differ."""
    values = np.array([1.0, 0.0, 1.0, 1.0])
    rows = np.array([[1, 1, 0], [1, 0, 0], [1, 0, 0], [1, 1, 0]], bool)
    whole, part, none = mean_over_artists(values, rows, np.array([0, 0, 1, 2]))
    assert whole and (whole.value, whole.songs) == (0.75, 4)
    assert part and (part.value, part.low, part.high, part.songs) == (1, 1, 1, 2)
    assert none is None
    columns = np.stack([values, 2 * values, values], axis=1)
    _, twice, _ = mean_over_artists(columns, rows, np.array([0, 0, 1, 2]))
    assert twice and twice.value == 2
    assert mean_over_artists(values[:0], rows[:0], np.array([], int)) == [None, None, None]


def test_as_many_artists_are_drawn_as_there_are() -> None:
    """Each resample draws as many artists as there are, each as often as any other."""
    sums = resampled_sums(np.eye(50))
    assert sums.shape == (2000, 50)
    assert (sums.sum(axis=1) == 50).all()
    assert sums.mean(axis=0) == pytest.approx(np.ones(50), abs=0.1)
    # Multinomial, so the variance of each count is 1 - 1/50.
    assert sums.var(axis=0).mean() == pytest.approx(0.98, abs=0.02)


def test_main_artists() -> None:
    """The first artist counts; a song without any is alone."""
    artists = [("A", "B"), ("B",), ("A",), (), ()]
    assert main_artists(artists).tolist() == [0, 1, 0, 2, 3]
