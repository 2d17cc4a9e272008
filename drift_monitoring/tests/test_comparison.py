import numpy as np
import pytest
from scipy import stats

from src.comparison import compare
from src.correction import benjamini_hochberg
from src.errors import InputError
from src.features import FEATURES
from src.hashes import song_hashes
from src.population import Counted, Population
from src.songs import Songs, songs_of
from src.thresholds import Thresholds


def songs(values: np.ndarray, **others: np.ndarray) -> Songs:
    """Songs with the same values for every feature but the named ones."""
    return songs_of(np.array([others.get(feature, values) for feature in FEATURES]))


def test_benjamini_hochberg_by_hand() -> None:
    """Each p is multiplied by m / rank, and is no larger than those of higher ranks."""
    # Sorted: 0.005 * 4/1 = 0.02, 0.01 * 4/2 = 0.02, 0.03 * 4/3 = 0.04, 0.04 * 4/4 = 0.04.
    found = benjamini_hochberg({"a": 0.04, "b": 0.01, "c": 0.03, "none": None, "d": 0.005})
    assert found == pytest.approx({"a": 0.04, "b": 0.02, "c": 0.04, "d": 0.02})
    assert benjamini_hochberg({"none": None}) == {}


def test_benjamini_hochberg_is_that_of_scipy() -> None:
    """Of any p-values, equal ones, 0 and 1 among them, the corrected ones are SciPy's."""
    random = np.random.default_rng(0)
    for count in (1, 2, 15, 300):
        values = np.round(random.random(count) ** 3, 2)
        found = benjamini_hochberg(dict(enumerate(values)))
        assert list(found.values()) == pytest.approx(stats.false_discovery_control(values))


def test_the_test_that_decides() -> None:
    """Of key and mode chi-square and V decide, of the others KS and D."""
    random = np.random.default_rng(0)
    keys, more = random.integers(0, 12, 2000).astype(float), random.normal(size=2000)
    population = Population.of(songs(more, key=keys))
    current = Counted.of(songs(more, key=(keys + 3) % 12), population)
    found = compare(population, current, Thresholds())
    key, tempo = found["key"], found["tempo"]
    assert key.chi_square is not None and tempo.chi_square is None
    assert (key.effect, key.test_p_value) == (key.chi_square.cramers_v, key.chi_square.p_value)
    assert (key.wasserstein, tempo.wasserstein) == (None, 0.0)
    assert (tempo.effect, tempo.test_p_value) == (tempo.ks_statistic, tempo.p_value)


def test_a_cycle_of_keys() -> None:
    """Keys that all became other ones are seen by chi-square where KS sees little."""
    keys = np.repeat(np.arange(12.0), 100)
    even = keys[keys % 2 == 0]
    population = Population.of(songs(np.append(keys, even), key=np.append(keys, even)))
    current = songs(keys, key=np.append(even + 1, keys[: len(keys) - len(even)]))
    found = compare(population, Counted.of(current, population), Thresholds())["key"]
    assert found.effect is not None and found.ks_statistic is not None
    assert found.effect > 2 * found.ks_statistic


def test_repeated_requests_are_worth_less() -> None:
    """The raw p-value takes requests for independent songs, the deciding one does not."""
    random = np.random.default_rng(1)
    population = Population.of(songs(random.normal(size=2000)))
    asked = songs(np.repeat(random.normal(0.05, 1, 500), 20))
    current = Counted.of(asked, population, song_hashes(asked.columns))
    found = compare(population, current, Thresholds())["tempo"]
    assert found.p_value is not None and found.test_p_value is not None
    assert found.p_value < 0.01 < 0.2 < found.test_p_value
    few = compare(population, current, Thresholds(min_samples=501))["tempo"]
    assert not few.tested


def test_a_feature_with_few_values_is_not_tested() -> None:
    """Only features with min_samples usable values on both sides are tested."""
    many = np.arange(200.0)
    gaps = np.where(many < 3, many, np.nan)
    population = Population.of(songs(many))
    current = songs(many, tempo=gaps, energy=np.full(200, np.nan))
    results = compare(population, Counted.of(current, population), Thresholds())
    assert [feature for feature in FEATURES if not results[feature].tested] == ["energy", "tempo"]
    assert results["tempo"].ks_statistic is not None
    assert results["tempo"].p_value is not None
    assert results["energy"].ks_statistic is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("alpha", 0), ("alpha", 1), ("alpha", float("nan")), ("min_effect", -0.1), ("min_effect", 2),
     ("min_samples", 0)],
)
def test_thresholds_out_of_range(name: str, value: float) -> None:
    """A threshold that makes no sense is refused with its name and value."""
    with pytest.raises(InputError, match=f"{name}: {value}"):
        Thresholds(**{name: value})
