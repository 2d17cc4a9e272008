import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.prior_adaptation import adapted, prior_adaptation

Floats = npt.NDArray[np.float64]
EVEN = np.array([0.5, 0.5])


def test_a_worked_example() -> None:
    """Equation 2.4 by hand: a genre three times as common and one half as common change places."""
    found = adapted(np.array([[0.4, 0.6]]), np.array([0.25, 0.75]), np.array([0.75, 0.25]))
    # 0.4 * 3 = 1.2 and 0.6 / 3 = 0.2
    np.testing.assert_allclose(found, [[1.2 / 1.4, 0.2 / 1.4]])


def simplex(genres: int) -> st.SearchStrategy[Floats]:
    shares = st.lists(st.floats(0.001, 1), min_size=genres, max_size=genres)
    return shares.map(lambda values: np.array(values) / sum(values))


@given(simplex(4), simplex(4), simplex(4))
def test_properties(song: Floats, training: Floats, current: Floats) -> None:
    """What is adapted sums to 1, the same mix changes nothing, and the way back leads back."""
    there = adapted(song[None], training, current)
    assert there.sum() == pytest.approx(1)
    np.testing.assert_allclose(adapted(song[None], training, training)[0], song)
    np.testing.assert_allclose(adapted(there, current, training)[0], song)


def test_a_song_that_the_mix_has_no_genre_for_stays_as_it_is() -> None:
    """Where all probable genres have no share there is nothing to divide by: nothing changes."""
    song = np.array([[0.0, 0.3, 0.7], [0.5, 0.5, 0.0]])
    found = adapted(song, np.full(3, 1 / 3), np.array([1.0, 0.0, 0.0]))
    np.testing.assert_allclose(found, [[0, 0.3, 0.7], [1, 0, 0]])


def shifted(
    rng: np.random.Generator, share: float
) -> tuple[Floats, npt.NDArray[np.int64], list[tuple[str]]]:
    """Songs of 400 artists and what a model says of them that has learnt from even genres.

    The second genre makes up `share` of them. A song is one figure, N(-0.5, 1) or N(0.5, 1).
    """
    labels = (rng.random(2000) < share).astype(np.int64)
    figure = rng.normal(labels - 0.5)
    second = 1 / (1 + np.exp(-figure))  # Bayes' rule for two normal distributions
    artists = [(f"{number % 400}",) for number in range(2000)]
    return np.stack([1 - second, second], axis=1), labels, artists


def test_a_change_of_mix_is_made_good() -> None:
    """Where only the mix has changed, new priors reach the accuracy of the best rule there is."""
    probabilities, labels, artists = shifted(np.random.default_rng(1), 0.9)
    found = prior_adaptation(probabilities, labels, artists, EVEN)
    assert found
    assert found.accuracy_before == (probabilities.argmax(axis=1) == labels).mean()
    best = probabilities[:, 1] * 0.9 > probabilities[:, 0] * 0.1
    assert found.accuracy_after == pytest.approx((best == labels).mean(), abs=0.01)
    assert found.gain.value == pytest.approx(found.accuracy_after - found.accuracy_before)
    assert 0.1 < found.gain.low < found.gain.value < found.gain.high
    assert found.gain.songs == 2000


def test_without_a_change_nothing_is_gained() -> None:
    """The mix that the model has learnt from gains nothing beyond chance."""
    found = prior_adaptation(*shifted(np.random.default_rng(2), 0.5), EVEN)
    assert found and found.gain.low <= 0 <= found.gain.high
    assert abs(found.gain.value) < 0.01


def test_priors_are_not_scored_on_the_songs_that_they_are_of() -> None:
    """Each song is adapted by the mix of the other half: with two artists, of the other artist."""
    probabilities = np.full((20, 2), 0.5)
    labels = np.repeat([0, 1], 10)
    artists = [("one",)] * 10 + [("two",)] * 10
    found = prior_adaptation(probabilities, labels, artists, EVEN)
    # Each artist has one genre only, and gets the other one's: all are wrong.
    assert found and (found.accuracy_before, found.accuracy_after) == (0.5, 0)


def test_genres_that_the_model_does_not_know() -> None:
    """A song of an unknown genre is a miss before and after, and counts in no mix."""
    probabilities, labels, artists = shifted(np.random.default_rng(3), 0.9)
    known = prior_adaptation(probabilities, labels, artists, EVEN)
    polka = [(f"polka {number}",) for number in range(2000)]
    both = prior_adaptation(
        np.tile(probabilities, (2, 1)),
        np.concatenate([labels, np.full(2000, -1)]),
        artists + polka,
        EVEN,
    )
    assert known and both
    assert both.accuracy_before == known.accuracy_before / 2
    assert both.accuracy_after == pytest.approx(known.accuracy_after / 2, abs=0.005)


@pytest.mark.parametrize("artists", [0, 1])
def test_too_few_artists(artists: int) -> None:
    """Without an artist on either side there is nothing to say."""
    songs = 5 * artists
    named = [("one",)] * songs
    assert prior_adaptation(np.full((songs, 2), 0.5), np.zeros(songs, int), named, EVEN) is None


def test_a_half_without_known_genres() -> None:
    """Where one half has no song of a known genre, no mix can be counted there."""
    labels = np.array([0, -1])
    assert prior_adaptation(np.full((2, 2), 0.5), labels, [("one",), ("two",)], EVEN) is None
