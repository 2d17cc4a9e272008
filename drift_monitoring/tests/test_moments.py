import numpy as np
import pytest

from src.moments import Moments


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (array(), (None, None)),
        (array(7), (7.0, None)),
        (array(1, 3), (2.0, np.sqrt(2))),
        (np.full(1000, 0.26), (0.26, 0.0)),
        (array(1.7e308, 1.6e308), (None, None)),
    ],
)
def test_by_hand(values: np.ndarray, expected: tuple[float | None, float | None]) -> None:
    """A constant has no deviation at all, and what cannot be computed is None."""
    found = Moments.of(values)
    assert (found.average, found.deviation) == (expected[0], pytest.approx(expected[1]))


def test_parts_add_up() -> None:
    """Mean, deviation and extremes of parts are those of all values, empty parts included."""
    values = np.random.default_rng(0).normal(1e6, 3.0, 10_000)
    parts = [Moments.of(part) for part in np.split(values, [0, 17, 17, 4000])]
    whole = sum(parts, Moments())
    assert whole.count == 10_000
    assert whole.average == pytest.approx(values.mean(), rel=1e-14)
    assert whole.deviation == pytest.approx(values.std(ddof=1), rel=1e-11)
    assert (whole.lowest, whole.highest) == (values.min(), values.max())


def test_equal_constants_add_up_to_a_constant() -> None:
    """Parts that all hold one value have no deviation together."""
    whole = Moments.of(np.full(700, 0.1)) + Moments.of(np.full(301, 0.1))
    assert (whole.average, whole.deviation) == (0.1, 0.0)


def test_the_order_plays_no_role() -> None:
    """Parts of very different sizes give the same to the last bit, whatever is added first."""
    random = np.random.default_rng(1)
    parts = [Moments.of(random.normal(0.1, 10.0**-place, 3 + 20 * place)) for place in range(9)]
    expected = sum(parts, Moments())
    for _ in range(20):
        found = sum((parts[place] for place in random.permutation(9)), Moments())
        assert found == expected
        assert (found.average, found.deviation) == (expected.average, expected.deviation)


def test_what_is_too_large_stays_so() -> None:
    """A part whose sum is no float makes the whole one that has none, and not a wrong one."""
    large = Moments.of(array(1.7e308, 1.6e308))
    for both in (large + Moments.of(array(1, 2)), Moments.of(array(1, 2)) + large):
        assert (both.count, both.average, both.deviation) == (4, None, None)
    wide = Moments.of(array(-1e200, 1e200))
    assert (wide.average, wide.deviation) == (0.0, None)
    assert Moments.of(array(1e308)) + Moments.of(array(1.5e308)) == Moments.of(
        array(1.5e308)
    ) + Moments.of(array(1e308))


def test_known_moments_are_what_was_known() -> None:
    """A mean and deviations that were written down are read back as they were."""
    found = Moments.of(np.random.default_rng(2).normal(3, 1, 1000))
    assert found.average is not None and found.deviations is not None
    again = Moments.known(1000, found.average, found.deviations, found.lowest, found.highest)
    assert (again.average, again.deviations) == (found.average, found.deviations)
