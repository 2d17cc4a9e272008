import numpy as np
import pytest
from scipy import optimize

from src.clusters import design_effect
from src.mixture_fit import mixture_fit
from src.simplex import simplex_least_squares
from tests.made_champions import answers, profile


def test_another_mix_fits() -> None:
    """A mere change of the mix leaves as much unexplained as chance does, for any mix."""
    statistics = []
    for seed in range(40):
        validation = profile(4000, seed=100 + seed)
        said = answers(3000, 200 + seed, (0.5, 0.2, 0.3))
        effect = design_effect(validation.probabilities, validation.artists, validation.labels)
        fit = mixture_fit(validation, said.probabilities, effect)
        assert fit.degrees_of_freedom == 3  # 5 figures, of which 3 genres explain 2
        statistics.append(fit.statistic / fit.degrees_of_freedom)
    assert 0.7 < np.mean(statistics) < 1.3


def test_changed_songs_do_not_fit() -> None:
    """Songs that moved are no mixture of validation songs, and the bound is above the misfit."""
    fit = mixture_fit(profile(), answers(3000, 6, moved=(0.0, -0.4)).probabilities, 1.0)
    assert fit.p_value < 1e-6
    assert 0.1 < fit.misfit < fit.misfit_upper


def test_few_requests_show_no_fit() -> None:
    """With few requests the upper bound of the misfit is high, however well they fit."""
    said = answers(20_000, 7).probabilities
    few, many = (mixture_fit(profile(), said[:rows], 1.0).misfit_upper for rows in (200, 20_000))
    assert few > 0.15 > 0.07 > many


def test_simplex_least_squares() -> None:
    """The shares are those of a general solver, where some are 0 too."""
    rng = np.random.default_rng(8)
    zeros = 0
    for _ in range(50):
        columns, target = rng.normal(0, 1, (7, 4)), rng.normal(0, 0.5, 7)
        found = simplex_least_squares(columns, target)
        heavy = np.vstack([columns, np.full(4, 1e5)])
        wanted = optimize.nnls(heavy, np.append(target, 1e5))[0]
        assert found == pytest.approx(wanted, abs=1e-5)
        zeros += int((found == 0).sum())
    assert 20 < zeros < 150


def test_design_effect() -> None:
    """Rows that are the same in clusters of 5 vary 5 times as much, separate ones as they do."""
    values = np.random.default_rng(9).normal(0, 1, (400, 3))
    repeated = np.repeat(values, 5, axis=0)
    assert design_effect(repeated, np.arange(2000) // 5) == pytest.approx(5)
    assert design_effect(values, np.arange(400)) == pytest.approx(1)
    assert design_effect(np.ones((10, 2)), np.arange(10)) == 1
