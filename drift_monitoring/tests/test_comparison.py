import numpy as np
import pytest
from scipy import stats

from src.comparison import (
    Thresholds,
    benjamini_hochberg,
    compare,
    ks_two_sample,
    mean_and_deviation,
)
from src.errors import InputError
from src.features import FEATURES
from src.samples import FeatureSample, Sample


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def sample(values: np.ndarray, **others: np.ndarray) -> Sample:
    """A sample with the same values for every feature but the named ones."""
    features = {name: FeatureSample(others.get(name, values)) for name in FEATURES}
    return Sample(rows=len(values), features=features)


@pytest.mark.parametrize(
    ("reference", "current", "distance"),
    [
        # Up to 4 are all of the reference's values, and one of the other five.
        (array(1, 2, 3, 4), array(3, 5, 6, 7, 8), 4 / 4 - 1 / 5),
        (array(1, 1, 1, 2), array(1, 2, 2, 2), 2 / 4),
        (array(0, 0, 0), array(0, 0), 0.0),
        (array(0, 0, 0), array(1, 1), 1.0),
        (array(3, 1, 2), array(2, 3, 1), 0.0),
    ],
)
def test_distance_by_hand(reference: np.ndarray, current: np.ndarray, distance: float) -> None:
    """D is the largest distance of the cumulative distributions, with ties and constants too."""
    assert ks_two_sample(reference, current)[0] == pytest.approx(distance, abs=1e-15)


def test_p_value_of_many_songs() -> None:
    """The p-value is close to Kolmogorov's limit distribution."""
    random = np.random.default_rng(0)
    reference, current = random.normal(0, 1, 20_000), random.normal(0.02, 1, 10_000)
    statistic, p_value = ks_two_sample(reference, current)
    assert statistic is not None
    limit = stats.kstwobign.sf(statistic * np.sqrt(20_000 * 10_000 / 30_000))
    assert 0 < limit < 1
    assert p_value == pytest.approx(limit, rel=0.05)


@pytest.mark.parametrize(
    ("reference", "current", "expected"),
    [
        (array(), array(1, 2), (None, None)),
        (array(1, 2), array(), (None, None)),
        (array(1), array(2), (1.0, None)),
    ],
)
def test_too_few_values(
    reference: np.ndarray, current: np.ndarray, expected: tuple[float | None, float | None]
) -> None:
    """What cannot be computed is None, never NaN, and nothing warns."""
    assert ks_two_sample(reference, current) == expected


def test_benjamini_hochberg_by_hand() -> None:
    """Each p is multiplied by m / rank, and is no larger than those of higher ranks."""
    # Sorted: 0.005 * 4/1 = 0.02, 0.01 * 4/2 = 0.02, 0.03 * 4/3 = 0.04, 0.04 * 4/4 = 0.04.
    assert benjamini_hochberg([0.04, 0.01, 0.03, 0.005]) == pytest.approx([0.04, 0.02, 0.04, 0.02])
    assert benjamini_hochberg([]) == []


def test_the_correction_takes_all_features_together() -> None:
    """A p-value just under alpha is not significant when the other features show nothing."""
    random = np.random.default_rng(3)
    same = random.normal(size=1000)
    current = sample(same, tempo=same + 0.13)
    result = compare(sample(same), current, Thresholds(min_effect=0))["tempo"]
    assert result.p_value is not None and result.p_value_corrected is not None
    assert 0.05 / 12 < result.p_value < 0.05
    assert result.p_value_corrected == pytest.approx(12 * result.p_value)
    assert (result.significant, result.drifted) == (False, False)


def test_the_p_value_must_be_below_alpha() -> None:
    """A corrected p-value of exactly alpha is not significant, one just below is."""
    same = np.random.default_rng(6).normal(size=1000)
    reference, current = sample(same), sample(same, tempo=same + 0.2)
    corrected = compare(reference, current, Thresholds())["tempo"].p_value_corrected
    assert corrected is not None
    for alpha, significant in ((corrected, False), (np.nextafter(corrected, 1), True)):
        thresholds = Thresholds(alpha=float(alpha))
        assert compare(reference, current, thresholds)["tempo"].significant == significant


def test_both_conditions_are_needed() -> None:
    """With many songs a small difference is significant; it is drift only without a min_effect."""
    random = np.random.default_rng(4)
    same = random.normal(size=100_000)
    reference, current = sample(same), sample(same, tempo=same + 0.05)
    result = compare(reference, current, Thresholds())["tempo"]
    assert (result.significant, result.effect_large_enough, result.drifted) == (True, False, False)
    assert compare(reference, current, Thresholds(min_effect=0))["tempo"].drifted


def test_the_limit_belongs_to_the_effect() -> None:
    """D of exactly min_effect is large enough."""
    reference, current = sample(np.arange(128.0)), sample(np.arange(32.0, 160.0))
    exactly = compare(reference, current, Thresholds(min_effect=0.25))["key"]
    assert (exactly.ks_statistic, exactly.effect_large_enough) == (0.25, True)
    assert not compare(reference, current, Thresholds(min_effect=0.26))["key"].effect_large_enough


def test_a_feature_with_few_values_is_not_tested() -> None:
    """Only features with min_samples usable values on both sides are tested and corrected for."""
    many = np.arange(200.0)
    current = sample(many, tempo=array(1, 2, 3), key=array())
    results = compare(sample(many), current, Thresholds())
    assert [feature for feature in FEATURES if not results[feature].tested] == ["key", "tempo"]
    assert results["tempo"].ks_statistic is not None
    assert results["tempo"].p_value is not None
    assert results["tempo"].p_value_corrected is None
    assert not results["tempo"].drifted
    assert results["key"].ks_statistic is None


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
def test_mean_and_deviation(
    values: np.ndarray, expected: tuple[float | None, float | None]
) -> None:
    """A constant has no deviation at all, and what cannot be computed is None."""
    mean, deviation = mean_and_deviation(FeatureSample(values))
    assert (mean, deviation) == (expected[0], pytest.approx(expected[1]))


@pytest.mark.parametrize(
    ("name", "value"),
    [("alpha", 0), ("alpha", 1), ("alpha", float("nan")), ("min_effect", -0.1), ("min_effect", 2),
     ("min_samples", 0)],
)
def test_thresholds_out_of_range(name: str, value: float) -> None:
    """A threshold that makes no sense is refused with its name and value."""
    with pytest.raises(InputError, match=f"{name}: {value}"):
        Thresholds(**{name: value})
