import re
from dataclasses import replace

import numpy as np
import pytest

from src.accuracy_estimate import MOST_MISFIT, estimate_accuracy
from tests.made_champions import TRAINING_MIX, answers, profile

SHIFTED = (0.6, 0.3, 0.1)


@pytest.mark.parametrize("mix", [TRAINING_MIX, SHIFTED, (0.05, 0.05, 0.9)])
def test_another_mix_is_estimable(mix: tuple[float, ...]) -> None:
    """When nothing but the mix changed, an estimate within 3 points is said to be estimable."""
    said = answers(40_000, 10, mix)
    estimate = estimate_accuracy(profile(40_000), said.probabilities)
    assert estimate.estimable, estimate.reason
    assert estimate.accuracy == pytest.approx(said.accuracy, abs=0.03)
    assert estimate.current_priors is not None
    assert list(estimate.current_priors.values()) == pytest.approx(mix, abs=0.03)
    assert estimate.rows == 40_000


def test_the_mean_confidence_is_misled() -> None:
    """Under a changed mix the mean confidence is wrong, and both estimates of the mix are right."""
    said = answers(10_000, 11, SHIFTED)
    estimate = estimate_accuracy(profile(), said.probabilities)
    assert estimate.cbpe is not None and abs(estimate.cbpe - said.accuracy) > 0.02
    assert estimate.accuracy == pytest.approx(said.accuracy, abs=0.015)
    assert estimate.bbse == pytest.approx(said.accuracy, abs=0.03)


@pytest.mark.parametrize("mix", [TRAINING_MIX, SHIFTED])
def test_the_interval_holds_what_it_promises(mix: tuple[float, ...]) -> None:
    """Of 40 draws of validation songs and requests, the intervals miss the truth in 4 at most."""
    missed = 0
    for seed in range(40):
        said = answers(1500, 300 + seed, mix)
        estimate = estimate_accuracy(profile(2000, seed=400 + seed), said.probabilities)
        assert estimate.low is not None and estimate.high is not None
        missed += not estimate.low <= said.accuracy <= estimate.high
    assert missed <= 4


@pytest.mark.parametrize("mix", [TRAINING_MIX, SHIFTED])
@pytest.mark.parametrize("moved", [(0.0, -0.5), (0.4, 0.4)])
def test_changed_songs_are_not_estimable(
    mix: tuple[float, ...], moved: tuple[float, float]
) -> None:
    """When the songs changed, with the mix or without, nothing is claimed, and the reason said."""
    said = answers(10_000, 12, mix, moved)
    estimate = estimate_accuracy(profile(), said.probabilities)
    assert not estimate.estimable
    assert estimate.reason.startswith("no mix of genres explains the probabilities")
    assert estimate.fit is not None and estimate.fit.misfit_upper > MOST_MISFIT


def test_an_uncertain_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    """A good fit does not save an estimate whose interval is wider than what is allowed."""
    monkeypatch.setattr("src.accuracy_estimate.MOST_UNCERTAIN", 0.005)
    estimate = estimate_accuracy(profile(16_000), answers(20_000, 13).probabilities)
    assert not estimate.estimable
    assert re.match(r"too uncertain: \d.\d points either way", estimate.reason)


def test_few_requests_are_not_estimable() -> None:
    """With 300 requests nobody can show that only the mix changed; with 99 there is no estimate."""
    said = answers(300, 14)
    estimate = estimate_accuracy(profile(), said.probabilities)
    assert not estimate.estimable and estimate.accuracy is not None
    assert estimate.reason.startswith("too few requests or validation rows")
    fewer = estimate_accuracy(profile(), said.probabilities[:99])
    assert (fewer.estimable, fewer.accuracy) == (False, None)
    assert fewer.reason == "99 requests are too few; 100 are needed"


def test_a_genre_without_validation_rows() -> None:
    """Requests of a genre that no validation row has cannot be judged."""
    made = profile()
    kept = made.labels != 1
    artists = np.unique(made.artists[kept], return_inverse=True)[1]
    partial = replace(
        made, probabilities=made.probabilities[kept], labels=made.labels[kept], artists=artists
    )
    estimate = estimate_accuracy(partial, answers(5000, 15).probabilities)
    assert not estimate.estimable
    assert "seem to be Jazz, of which there is no validation row" in estimate.reason


def test_the_order_plays_no_part() -> None:
    """The same requests in another order give the same estimate to the last digit."""
    said = answers(6000, 16, SHIFTED).probabilities
    shuffled = np.random.default_rng(17).permutation(said)
    assert estimate_accuracy(profile(), said) == estimate_accuracy(profile(), shuffled)
    assert estimate_accuracy(profile(), said) != estimate_accuracy(profile(), said, seed=1)


def test_uncalibrated_probabilities() -> None:
    """What too sure a champion overstates, its validation rows take back."""
    said, made = answers(10_000, 18, SHIFTED), profile()

    def sharper(probabilities: np.ndarray) -> np.ndarray:
        powers = probabilities**1.5
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    rows = sharper(made.probabilities)
    sure = replace(made, probabilities=rows, mean_probabilities=rows.mean(axis=0))
    estimate = estimate_accuracy(sure, sharper(said.probabilities))
    assert estimate.cbpe is not None and estimate.cbpe > said.accuracy + 0.03
    assert estimate.accuracy == pytest.approx(said.accuracy, abs=0.02)


def test_one_song_over_and_over() -> None:
    """A song that is asked for a thousand times says nothing of a mix; two hardly more."""
    said, made = answers(2, 19).probabilities, profile()
    one = estimate_accuracy(made, np.repeat(said[:1], 1000, axis=0))
    assert (one.estimable, one.accuracy) == (False, None)
    assert one.reason == "all 1,000 requests have the same probabilities"
    assert not estimate_accuracy(made, np.repeat(said, 500, axis=0)).estimable
