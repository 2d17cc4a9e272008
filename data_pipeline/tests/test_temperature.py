import numpy as np
import pytest

from src.scores import scores
from src.temperature import fit_temperature, tempered


def world(songs: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Labels drawn from the probabilities beside them."""
    rng = np.random.default_rng(1)
    truth = rng.dirichlet(np.full(5, 0.7), songs)
    return (truth.cumsum(axis=1) > rng.random((songs, 1))).argmax(axis=1), truth


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_the_temperature_is_found(temperature: float) -> None:
    """Of probabilities that are too sure or not sure enough, the temperature mends them."""
    labels, truth = world()
    distorted = tempered(truth, 1 / temperature)
    found = fit_temperature(labels, distorted)
    assert found == pytest.approx(temperature, rel=0.05)
    mended = tempered(distorted, found)
    np.testing.assert_allclose(mended, truth, atol=0.03)
    before, after = scores(labels, distorted), scores(labels, mended)
    assert after["accuracy"] == before["accuracy"]
    assert after["log_loss"] <= before["log_loss"] + 1e-9


def test_certainty_stays_finite() -> None:
    """A probability of exactly 0 has no logarithm, and gives no NaN."""
    sure = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
    np.testing.assert_allclose(tempered(sure, 2.0), sure, atol=1e-6)
