import numpy as np
import pytest

from src.distribution import Distribution, Tally
from src.histogram import BINS, MOST_BARS, Histogram, histogram

EMPTY = np.array([])


def made(feature: str, reference: np.ndarray, current: np.ndarray) -> Histogram:
    distribution = Distribution.of(reference)
    found = histogram(feature, distribution, Tally.of(current, distribution))
    assert found is not None
    return found


def test_one_bar_for_each_key() -> None:
    """Key and mode have a bar for each value of the reference, in shares of each side."""
    bins = made("key", np.array([0.0, 0, 2, 11]), np.array([2.0, 2]))
    assert bins.bars
    assert bins.edges == [0, 2, 11]
    assert bins.reference == [0.5, 0.25, 0.25]
    assert bins.current == [0, 1, 0]


def test_keys_that_the_reference_does_not_have() -> None:
    """All other values are one bar more."""
    bins = made("key", np.array([0.0, 5]), np.array([0.0, 4.5, 1e9, 7]))
    assert (len(bins.edges), bins.reference, bins.current) == (2, [0.5, 0.5, 0], [0.25, 0, 0.75])


def test_no_song_is_left_out() -> None:
    """Extreme values count in the outermost bins, which are marked, and widen nothing."""
    random = np.random.default_rng(5)
    reference = np.append(random.uniform(0, 1, 10_000), 1e6)
    bins = made("tempo", reference, random.uniform(-1, 1, 50))
    assert not bins.bars and len(bins.reference) == BINS
    assert sum(bins.reference) == pytest.approx(1)
    assert sum(bins.current) == pytest.approx(1)
    assert bins.edges[-1] <= 1
    assert (bins.below, bins.above) == (True, True)


def test_the_bins_are_those_of_the_values() -> None:
    """Shares by bin are what counting the values between the edges gives."""
    random = np.random.default_rng(6)
    reference, current = random.normal(size=5000), random.normal(0.5, 1, 3000)
    bins = made("loudness", reference, current)
    edges = np.array([-np.inf, *bins.edges[1:-1], np.inf])
    for values, shares in ((reference, bins.reference), (current, bins.current)):
        # NumPy's bins hold their lower edges, and ours the upper ones.
        counted = np.histogram(-values, -edges[::-1])[0][::-1] / len(values)
        assert shares == pytest.approx(counted)


@pytest.mark.parametrize(
    ("reference", "current"),
    [
        (np.full(9, 0.5), np.full(9, 0.7)),
        (np.full(9, -1.7e308), np.full(9, 1.7e308)),
        (2 * np.linspace(-8e307, 8e307, MOST_BARS + 1), np.full(9, 1.7e308)),
        (np.arange(MOST_BARS + 1.0), EMPTY),
        (np.array([1.0, 2.0]), EMPTY),
    ],
)
def test_unusual_values(reference: np.ndarray, current: np.ndarray) -> None:
    """Constants, huge values and an empty side have bins, and all of the songs in them."""
    bins = made("energy", reference, current)
    assert sum(bins.reference) == pytest.approx(1)
    assert sum(bins.current) == pytest.approx(1 if len(current) else 0)
    assert len(bins.current) == len(bins.reference)
    assert np.isfinite(bins.edges).all()


def test_no_reference() -> None:
    """Without values in the reference there is no picture."""
    distribution = Distribution.of(EMPTY)
    assert histogram("tempo", distribution, Tally.of(np.array([1.0]), distribution)) is None
