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
