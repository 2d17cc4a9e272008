import numpy as np
import pytest

from src.label_shift import bbse_priors, em_priors, weighted_em_priors
from tests.made_champions import TRAINING_MIX, answers, profile


@pytest.mark.parametrize("mix", [TRAINING_MIX, (0.6, 0.3, 0.1), (0.0, 0.05, 0.95)])
def test_em_finds_the_mix(mix: tuple[float, ...]) -> None:
    """From the probabilities alone, EM finds the mix of genres that the songs were made with."""
    said = answers(20_000, 2, mix)
    shares = np.bincount(said.labels, minlength=3) / len(said.labels)
    found = em_priors(said.probabilities, np.array(TRAINING_MIX))
    assert found == pytest.approx(shares, abs=0.015)
    assert found.sum() == pytest.approx(1)


def test_acceleration_changes_nothing() -> None:
    """The accelerated search ends where hundreds of plain EM steps do."""
    said, prior = answers(2000, 3, (0.1, 0.1, 0.8)), np.array(TRAINING_MIX)
    plain = prior
    for _ in range(3000):
        adapted = said.probabilities * (plain / prior)
        plain = (adapted / adapted.sum(axis=1, keepdims=True)).mean(axis=0)
    assert em_priors(said.probabilities, prior) == pytest.approx(plain, abs=2e-5)


def test_a_weight_is_a_repetition() -> None:
    """A row of weight 2 counts as two rows."""
    rows = answers(300, 4).probabilities
    prior = np.array([TRAINING_MIX])
    weights = np.where(np.arange(300) < 100, 2.0, 1.0)[None] / 400
    (weighted,) = weighted_em_priors(rows, weights, prior, prior, 1e-7)
    repeated = em_priors(np.vstack([rows, rows[:100]]), prior[0])
    assert weighted == pytest.approx(repeated, abs=1e-4)


def test_bbse_finds_the_mix() -> None:
    """The rival finds the mix from how often each genre is predicted."""
    said, validation = answers(20_000, 5, (0.6, 0.3, 0.1)), profile()
    found = bbse_priors(said.probabilities, validation.probabilities, validation.labels)
    assert found == pytest.approx(np.bincount(said.labels) / len(said.labels), abs=0.03)
