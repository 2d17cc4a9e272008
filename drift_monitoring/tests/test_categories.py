import numpy as np
import pytest
from scipy import stats

from src.categories import chi_square


def counts(*numbers: int) -> np.ndarray:
    return np.array(numbers)


def test_by_hand() -> None:
    """60 : 40 against 40 : 60 is chi-square 8 with one degree of freedom, and V = .2."""
    found = chi_square(counts(60, 40), counts(40, 60))
    assert (found.statistic, found.degrees) == (pytest.approx(8.0), 1)
    assert found.p_value == pytest.approx(stats.chi2.sf(8.0, 1))
    assert found.cramers_v == pytest.approx(np.sqrt(8 / 200))


def test_v_does_not_depend_on_how_many_songs_there_are() -> None:
    """The same shares have the same V, whatever the sizes of the two sides."""
    small = chi_square(counts(6, 4, 10), counts(400, 600, 1000))
    large = chi_square(counts(6000, 4000, 10_000), counts(400, 600, 1000))
    assert small.cramers_v == pytest.approx(large.cramers_v)
    assert small.p_value > large.p_value


def test_a_category_of_one_side_only() -> None:
    """A new category counts as one; one that neither side has does not."""
    found = chi_square(counts(50, 50, 0, 0), counts(0, 50, 50, 0))
    assert (found.degrees, found.cramers_v) == (2, pytest.approx(np.sqrt(0.5)))
    nothing_in_common = chi_square(counts(10, 0), counts(0, 10))
    assert nothing_in_common.cramers_v == 1.0


def test_one_category() -> None:
    """A constant on both sides has not changed."""
    found = chi_square(counts(100, 0), counts(30, 0))
    assert (found.p_value, found.cramers_v, found.degrees) == (1.0, 0.0, 0)


def test_a_side_without_songs() -> None:
    """Without songs on a side there is no test."""
    with pytest.raises(ValueError, match="nothing to compare"):
        chi_square(counts(1, 2), counts(0, 0))


def test_repeated_songs_weigh_less() -> None:
    """Ten requests for each song give the p-value of the songs, not of the requests."""
    songs = chi_square(counts(60, 40), counts(50, 50))
    requests = chi_square(counts(60, 40), counts(500, 500), 1.0, 10.0)
    assert requests.p_value == pytest.approx(songs.p_value)


def test_the_p_value_is_uniform_when_nothing_changed() -> None:
    """Of samples of one distribution, alpha have a p-value below alpha."""
    random = np.random.default_rng(0)
    shares = np.full(12, 1 / 12)
    tests = [
        chi_square(random.multinomial(500, shares), random.multinomial(900, shares))
        for _ in range(1000)
    ]
    below = sum(test.p_value < 0.05 for test in tests)
    assert 30 < below < 72  # 50, give or take three standard errors
