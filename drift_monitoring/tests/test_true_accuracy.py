import pytest

from src.errors import InputError
from src.true_accuracy import GenreScore, true_accuracy, wilson_interval


def test_scores() -> None:
    """Accuracy and the scores of each genre are those of the labelled requests."""
    predicted = ["Rock", "Rock", "Rock", "Jazz", "Jazz", "Pop"]
    genres = ["Rock", "Rock", "Jazz", "Jazz", "Folk", "Rock"]
    said = true_accuracy(predicted, genres)
    assert (said.accuracy, said.requests) == (0.5, 6)
    assert list(said.genres) == ["Folk", "Jazz", "Pop", "Rock"]
    assert said.genres["Rock"] == GenreScore(2 / 3, 2 / 3, 2 / 3, 3)
    assert said.genres["Jazz"] == GenreScore(0.5, 0.5, 0.5, 2)
    assert said.genres["Folk"] == GenreScore(None, 0.0, 0.0, 1)
    assert said.genres["Pop"] == GenreScore(0.0, None, 0.0, 0)
    assert said.low < 0.5 < said.high


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (0, 20, 0.0, 0.1611), (29, 29, 0.8830, 1.0)],
)
def test_wilson(hits: int, trials: int, low: float, high: float) -> None:
    """The intervals of three shares are those that Newcombe (1998) prints for Wilson's method."""
    assert wilson_interval(hits, trials) == pytest.approx((low, high), abs=1e-4)


def test_no_labels() -> None:
    """Without a labelled request there is no accuracy, and a hint at what may be wrong."""
    with pytest.raises(InputError, match="is request_id the one of the log?"):
        true_accuracy([], [])
    with pytest.raises(InputError, match="2 genres for 1 predictions"):
        true_accuracy(["Rock"], ["Rock", "Pop"])
