import numpy as np
import pytest

from src.domain_classifier import MIN_AUC, separate, separation_of
from src.row_sample import RowSample


def songs(rows: int, seed: int, correlation: float = 0.0) -> np.ndarray:
    """Normal features, the first two of them correlated."""
    columns = np.random.default_rng(seed).normal(size=(12, rows))
    columns[1] = correlation * columns[0] + np.sqrt(1 - correlation**2) * columns[1]
    return columns


def test_a_shift_of_correlation_alone() -> None:
    """Two features that now rise together are found, though each is distributed as before."""
    found = separate(songs(1500, 1), songs(1500, 2, correlation=0.6))
    assert found.auc > MIN_AUC
    assert found.p_value == 1 / 1000


def test_a_shift_of_one_feature() -> None:
    """A feature moved by half a standard deviation has the AUC that theory gives, about .64."""
    moved = songs(1500, 2)
    moved[5] += 0.5
    # Phi(0.5 / sqrt 2) = .638 with the best of all classifiers.
    assert separate(songs(1500, 1), moved).auc == pytest.approx(0.638, abs=0.03)


def test_p_values_are_uniform_when_nothing_changed() -> None:
    """Of samples of one distribution about a tenth have p < .1, and no AUC is far from .5."""
    found = [separate(songs(150, seed), songs(100, 1000 + seed)) for seed in range(100)]
    assert 2 <= sum(f.p_value < 0.1 for f in found) <= 19
    assert sum(f.p_value < 0.5 for f in found) == pytest.approx(50, abs=15)


def test_features_without_variation() -> None:
    """Constants tell nothing and break nothing."""
    found = separate(np.zeros((12, 50)), np.zeros((12, 60)))
    assert found.p_value > 0.05


def test_the_same_answer_every_time() -> None:
    """Folds and permutations are the same from run to run."""
    assert separate(songs(200, 1), songs(200, 2)) == separate(songs(200, 1), songs(200, 2))


def test_songs_with_gaps_are_left_out() -> None:
    """Only songs with all values take part; with too few of them there is no test."""
    columns = songs(300, 1)
    columns[4, :150] = np.nan
    hashes = np.arange(300, dtype=np.uint64)
    gaps, whole = RowSample.of(hashes, columns), RowSample.of(hashes, songs(300, 2))
    found = separation_of(whole, gaps, 100)()
    assert found is not None
    assert (found.reference_rows, found.current_rows) == (300, 150)
    assert separation_of(whole, gaps, 151)() is None


def test_more_than_the_sample_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit above the size of the samples does not leave the test out."""
    monkeypatch.setattr("src.domain_classifier.ROWS", 200)
    sample = RowSample.of(np.arange(300, dtype=np.uint64), songs(300, 1), 200)
    found = separation_of(sample, sample, 5000)()
    assert found is not None and found.current_rows == 200
