from collections.abc import Callable, Iterator

import numpy as np
import pytest
from scipy import stats

from src.distribution import Distribution, Tally
from src.kolmogorov_smirnov import ks_p_value, ks_statistic
from src.wasserstein import wasserstein

Random = np.random.Generator


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def distance(reference: np.ndarray, current: np.ndarray) -> float | None:
    distribution = Distribution.of(reference)
    return ks_statistic(distribution, Tally.of(current, distribution))


def pairs() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Samples with ties and without, constant, far apart, of very different sizes."""
    random = np.random.default_rng(1)
    makers: list[Callable[[int], np.ndarray]] = [
        lambda n: random.normal(size=n),
        lambda n: random.normal(0.3, 2, n).round(1),
        lambda n: random.integers(0, 12, n).astype(float),
        lambda n: np.full(n, 0.5),
        lambda n: random.exponential(size=n) * 1e6,
        lambda n: np.append(-1e300, random.normal(size=n)),
    ]
    for make_reference in makers:
        for make_current in makers:
            for sizes in ((1, 1), (3, 200), (500, 7), (1000, 1000)):
                yield make_reference(sizes[0]), make_current(sizes[1])


@pytest.mark.parametrize(
    ("reference", "current", "expected"),
    [
        # Up to 4 are all of the reference's values, and one of the other five.
        (array(1, 2, 3, 4), array(3, 5, 6, 7, 8), 4 / 4 - 1 / 5),
        (array(1, 1, 1, 2), array(1, 2, 2, 2), 2 / 4),
        (array(0, 0, 0), array(0, 0), 0.0),
        (array(0, 0, 0), array(1, 1), 1.0),
        (array(3, 1, 2), array(2, 3, 1), 0.0),
        (array(), array(1, 2), None),
        (array(1, 2), array(), None),
    ],
)
def test_distance_by_hand(
    reference: np.ndarray, current: np.ndarray, expected: float | None
) -> None:
    """D is the largest distance of the cumulative distributions, with ties and constants too."""
    found = distance(reference, current)
    assert found == (None if expected is None else pytest.approx(expected, abs=1e-15))


def test_the_distance_is_that_of_scipy() -> None:
    """From the counters alone D is what SciPy finds in the values, to 1e-12."""
    for reference, current in pairs():
        with np.errstate(divide="ignore"):  # of SciPy's p-value of one song against one
            expected = stats.ks_2samp(reference, current, method="asymp").statistic
        assert distance(reference, current) == pytest.approx(expected, abs=1e-12)


def test_counters_of_parts_add_up() -> None:
    """However current values are split, their counters add up to those of all of them."""
    random = np.random.default_rng(2)
    reference = Distribution.of(random.normal(size=300).round(1))
    current = random.normal(size=1000).round(1)
    whole = Tally.of(current, reference)
    for cuts in ([0, 1, 500], [999], [300, 300, 1000]):
        parts = [Tally.of(part, reference) for part in np.split(random.permutation(current), cuts)]
        total = sum(parts[1:], parts[0])
        assert np.array_equal(total.at_or_below, whole.at_or_below)
        assert np.array_equal(total.below, whole.below)
        assert total.count == 1000
        assert total.lower_tail == pytest.approx(whole.lower_tail)
        assert total.upper_tail == pytest.approx(whole.upper_tail)


def test_distributions_of_parts_add_up() -> None:
    """The distribution of two parts is that of all their values."""
    random = np.random.default_rng(3)
    values = random.normal(size=1000).round(1)
    whole = Distribution.of(values)
    for cut in (0, 1, 700):
        both = Distribution.of(values[:cut]) + Distribution.of(values[cut:])
        for name in ("values", "at_or_below", "below"):
            assert np.array_equal(getattr(both, name), getattr(whole, name))
        assert both.count == 1000


def test_fewer_points_find_nearly_the_same_distance() -> None:
    """A thinned distribution finds at most the distance, and at most 1 / points less."""
    random = np.random.default_rng(4)
    reference = Distribution.of(random.normal(size=50_000))
    current = random.normal(0.1, 1.2, 20_000)
    exact = ks_statistic(reference, Tally.of(current, reference))
    thinned = reference.thinned(500)
    assert len(thinned.values) <= 500
    found = ks_statistic(thinned, Tally.of(current, thinned))
    assert exact is not None and found is not None
    assert exact - 2 / 500 <= found <= exact
    few = Distribution.of(array(1, 1, 2))
    assert few.thinned(500) is few


def test_a_value_that_half_of_the_songs_have_is_kept() -> None:
    """Thinning keeps the values at which a distribution jumps."""
    values = np.append(np.zeros(5000), np.arange(1.0, 5001.0))
    thinned = Distribution.of(values).thinned(100)
    assert thinned.values[0] == 0
    current = np.full(100, 0.0)
    assert ks_statistic(thinned, Tally.of(current, thinned)) == pytest.approx(0.5, abs=0.02)


def test_p_value_is_that_of_scipy() -> None:
    """The p-value of few values is SciPy's asymptotic one."""
    random = np.random.default_rng(0)
    for m, n, shift in ((150, 5000, 0.05), (20_000, 10_000, 0.02), (500, 500, 1.0)):
        reference, current = random.normal(size=m), random.normal(shift, 1, n)
        expected = stats.ks_2samp(reference, current, method="asymp")
        found = ks_p_value(expected.statistic, m, n)
        assert found == pytest.approx(expected.pvalue, rel=1e-9)


@pytest.mark.parametrize("count", [20_002, 100_000, 600_000])
@pytest.mark.parametrize(
    ("p_value", "off"), [(0.999, 1e-6), (0.5, 1e-5), (0.05, 1e-4), (0.001, 3e-4), (1e-10, 5e-3)]
)
def test_p_value_of_many(count: int, p_value: float, off: float) -> None:
    """Of many values it is that of the corrected limit, which is as good as the exact one."""
    distance = stats.kstwo.isf(p_value, count // 2)
    exact = stats.kstwo.sf(distance, count // 2)
    assert ks_p_value(distance, count, count) == pytest.approx(exact, rel=off)


@pytest.mark.parametrize(("count", "distance"), [(20_002, 0.084), (600_000, 0.0154)])
def test_tiny_p_values_of_many(count: int, distance: float) -> None:
    """One below 1e-30 is a tenth off at most, and none is below 0."""
    exact = stats.kstwo.sf(distance, count // 2)
    assert 0 < exact < 1e-30
    assert ks_p_value(distance, count, count) == pytest.approx(exact, rel=0.1)
    assert ks_p_value(0.9, count, count) == 0


def test_p_value_of_too_few() -> None:
    """Songs worth less than one have no p-value."""
    assert ks_p_value(1.0, 1, 1) is None
    assert ks_p_value(0.5, 2, 2) is not None


def test_wasserstein_is_that_of_scipy() -> None:
    """Where the reference is dense, the distance is SciPy's, in standard deviations."""
    random = np.random.default_rng(5)
    reference = random.normal(10, 2, 20_000)
    for current in (
        random.normal(11, 2, 5000),
        random.normal(10, 3, 5000),
        random.uniform(-5, 40, 3000),
        random.normal(1000, 1, 50),
        array(10.0),
    ):
        distribution = Distribution.of(reference)
        found = wasserstein(distribution, Tally.of(current, distribution))
        expected = stats.wasserstein_distance(reference, current) / reference.std(ddof=1)
        assert found == pytest.approx(expected, rel=2e-3)


def test_wasserstein_of_a_shift() -> None:
    """Moved by so many standard deviations, the distance is so many, few values or many."""
    for size in (5, 300):
        reference = np.random.default_rng(size).normal(size=size)
        distribution = Distribution.of(reference)
        moved = reference + 7 * reference.std(ddof=1)
        found = wasserstein(distribution, Tally.of(moved, distribution))
        assert found == pytest.approx(7.0, rel=1e-9)


@pytest.mark.parametrize(
    ("reference", "current"),
    [
        (array(), array(1)),
        (array(1, 2), array()),
        (array(3, 3, 3), array(4)),
        (array(-1.7e308, 1.7e308), array(0)),
    ],
)
def test_no_wasserstein(reference: np.ndarray, current: np.ndarray) -> None:
    """Without values, or a deviation to measure by, there is no distance, and nothing warns."""
    distribution = Distribution.of(reference)
    assert wasserstein(distribution, Tally.of(current, distribution)) is None
