from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from src.errors import InputError
from src.prediction_drift import confidence_drift, genre_drift
from tests.made_champions import answers, prediction_counts, profile


def test_the_same_music() -> None:
    """Of 40 draws of the same music, each test at the 5 % level rejects 6 at most."""
    rejected = np.zeros(2)
    for seed in range(40):
        made = profile(2000, seed=500 + seed)
        genres, confidences = prediction_counts(answers(2000, 600 + seed).probabilities)
        drifts = (genre_drift(made, genres), confidence_drift(made, confidences))
        rejected += [drift.p_value < 0.05 for drift in drifts]
        assert all(0 <= drift.effect < 0.1 for drift in drifts)
    assert (rejected <= 6).all()


def test_other_music() -> None:
    """Another mix shows in the predicted genres, and songs that moved in the confidences."""
    made = profile()
    genres, _ = prediction_counts(answers(2000, 30, (0.5, 0.2, 0.3)).probabilities)
    drift = genre_drift(made, genres)
    assert drift.p_value < 1e-6 and drift.effect > 0.1
    assert drift.current_shares == pytest.approx(genres / 2000)
    assert drift.reference_shares == pytest.approx(made.predicted_share)
    _, confidences = prediction_counts(answers(2000, 31, moved=(0.0, -0.8)).probabilities)
    assert confidence_drift(made, confidences).p_value < 0.001


def test_independent_rows_are_tested_as_usual() -> None:
    """Where each song has its own artist, the figures are those of the textbook tests."""
    made = replace(profile(2000), artists=np.arange(2000))
    said = answers(1000, 32, (0.3, 0.3, 0.4)).probabilities
    genres, confidences = prediction_counts(said)
    drift = genre_drift(made, genres)
    table = np.stack([made.predicted_share * 2000, genres])
    wanted = stats.chi2_contingency(table, correction=False)
    assert drift.design_effect == 1
    assert (drift.statistic, drift.p_value) == pytest.approx((wanted.statistic, wanted.pvalue))
    # V is that of sides of equal weight, whatever the number of requests.
    equal = np.stack([made.predicted_share * 1_000_000, genres * 1000]).round().astype(int)
    assert drift.effect == pytest.approx(stats.contingency.association(equal))
    values = made.probabilities.max(axis=1), said.max(axis=1)
    exact = stats.ks_2samp(*values, method="asymp")
    binned = confidence_drift(made, confidences)
    assert exact.statistic * 0.6 < binned.statistic <= exact.statistic
    assert binned.p_value >= exact.pvalue


def test_songs_of_one_artist_count_less() -> None:
    """When artists have many like songs, the same counts are weaker evidence."""
    made = profile(2000)
    genres, _ = prediction_counts(answers(1000, 33, (0.25, 0.3, 0.45)).probabilities)
    clustered = genre_drift(made, genres)
    separate = genre_drift(replace(made, artists=np.arange(2000)), genres)
    assert clustered.design_effect > 2
    assert clustered.p_value > separate.p_value
    assert clustered.effect == separate.effect


def test_rare_genres_are_tested_as_one() -> None:
    """Genres of which hardly any answer is expected do not decide each for itself."""
    made = profile(2000)
    shares = np.array([0.999, 0.0005, 0.0005])
    rare = replace(made, predicted_share=shares)
    drift = genre_drift(rare, [999, 1, 0])
    assert drift.p_value > 0.1
    assert genre_drift(replace(made, predicted_share=np.array([1.0, 0, 0])), [9, 0, 0]).p_value == 1


def test_wrong_counts() -> None:
    """Counts of another model, and none at all, are refused."""
    with pytest.raises(InputError, match=r"predicted genres: counts of shape \(2,\), not \(3,\)"):
        genre_drift(profile(200), [1, 2])
    with pytest.raises(InputError, match="bins of confidence: there is no answered request"):
        confidence_drift(profile(200), np.zeros(20))
