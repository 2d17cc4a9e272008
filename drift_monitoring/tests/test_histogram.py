import numpy as np
import pytest

from src.drawing import draw
from src.histogram import BINS, histogram

EMPTY = np.array([])


def test_one_bar_for_each_key() -> None:
    """Key and mode have a bar for each value, in shares of each side."""
    bins = histogram("key", np.array([0.0, 0, 2, 11]), np.array([2.0, 2]))
    assert bins is not None and bins.bars
    assert bins.reference.tolist() == [0.5, 0, 0.25, 0, 0, 0, 0, 0, 0, 0, 0, 0.25]
    assert bins.current.tolist() == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("current", [np.array([0.5]), np.array([0.0, 1e9])])
def test_keys_that_are_none(current: np.ndarray) -> None:
    """Values that no key has are drawn as those of other features are."""
    bins = histogram("key", np.array([0.0, 5, 11]), current)
    assert bins is not None and not bins.bars
    assert len(bins.reference) == BINS


def test_no_song_is_left_out() -> None:
    """Extreme values count in the outermost bins, which are marked, and widen nothing."""
    random = np.random.default_rng(5)
    reference = np.append(random.uniform(0, 1, 10_000), 1e6)
    bins = histogram("tempo", reference, random.uniform(0, 1, 50))
    assert bins is not None
    assert bins.reference.sum() == pytest.approx(1)
    assert bins.current.sum() == pytest.approx(1)
    assert bins.edges[-1] <= 1
    assert (bins.below, bins.above) == (True, True)
    picture = draw(bins, "tempo")
    assert ">≤ " in picture and ">≥ " in picture


def test_both_sides_decide_the_bins() -> None:
    """A small side far from a large one is in the picture as well."""
    bins = histogram("duration_ms", np.full(10_000, 2e5), np.full(100, 200.0))
    assert bins is not None
    assert (bins.edges[0], bins.edges[-1]) == (200.0, 2e5)
    assert (bins.reference[-1], bins.current[0]) == (1.0, 1.0)


def test_the_title_is_escaped() -> None:
    """What a picture is called cannot become markup."""
    bins = histogram("energy", np.arange(9.0), np.arange(9.0))
    assert bins is not None
    assert 'aria-label="&#34;&lt;b&gt;"' in draw(bins, '"<b>')


def test_a_constant() -> None:
    """A feature with one value only can be drawn."""
    bins = histogram("energy", np.full(9, 0.5), np.full(9, 0.5))
    assert bins is not None
    assert "nan" not in draw(bins, "energy")


def test_huge_values() -> None:
    """Values at the ends of what a float can hold do not overflow."""
    bins = histogram("tempo", np.full(9, -1.7e308), np.full(9, 1.7e308))
    assert bins is not None
    assert (bins.reference[0], bins.current[-1]) == (1.0, 1.0)


def test_a_side_without_values() -> None:
    """One empty side leaves the other to be drawn; with two there is no picture."""
    bins = histogram("tempo", np.array([1.0, 2.0]), EMPTY)
    assert bins is not None
    assert bins.current.sum() == 0
    assert "nan" not in draw(bins, "tempo")
    assert histogram("tempo", EMPTY, EMPTY) is None
