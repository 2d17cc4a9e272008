import numpy as np
import pytest
from changes import (
    more_in_minor,
    more_of_a_key,
    newer_genres,
    repeated,
    shifted,
    stretched,
    ten_each,
)
from draws import FEATURES, Draw, Pool, unchanged
from figures import wilson
from ours import distinct_songs, effective_number, every_request, judge
from scenarios import SCENARIOS

from src.features import FEATURES as OURS


@pytest.fixture(scope="module")
def pool() -> Pool:
    """6,000 songs of three genres, no value of tempo twice."""
    random = np.random.default_rng(8)
    songs = random.normal(size=(6000, 12))
    songs[:, FEATURES.index("key")] = random.integers(0, 12, 6000)
    songs[:, FEATURES.index("mode")] = random.random(6000) < 0.7
    genres = random.integers(0, 3, 6000)
    mix = np.array([0.1, 0.2, 0.7])
    return Pool(songs, genres, mix, songs.mean(axis=0), songs.std(axis=0))


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def tempos(draw: Draw) -> tuple[set[float], set[float]]:
    return set(draw.reference["tempo"]), set(draw.current["tempo"])


def test_same_features() -> None:
    """The draws, which cannot import ours, have the features of the report in its order."""
    assert FEATURES == OURS


def test_draws_are_deterministic(pool: Pool) -> None:
    """A draw is the same when made again, and no other number or scenario gives it."""
    first, second = [one for one in SCENARIOS if one.rows == 2000][:2]
    made = [first.draw(pool, 3), first.draw(pool, 3), first.draw(pool, 4), second.draw(pool, 3)]
    checksums = [draw.checksum() for draw in made]
    assert checksums[0] == checksums[1]
    assert len(set(checksums)) == 3


def test_checksum_sees_one_value(pool: Pool) -> None:
    """One other value of one feature gives another checksum."""
    draw = unchanged(pool, 100, rng(), 0)
    before = draw.checksum()
    draw.current["tempo"][7] += 1e-9
    assert draw.checksum() != before


def test_samples_are_disjoint(pool: Pool) -> None:
    """No song is on both sides, and none twice on one."""
    for make in (unchanged, newer_genres(0.25)):
        reference, current = tempos(make(pool, 1500, rng(), 0))
        assert len(reference) == len(current) == 1500
        assert not reference & current


@pytest.mark.parametrize("number", [0, 8, 13])
def test_shift_is_what_it_says(pool: Pool, number: int) -> None:
    """One feature moves by so many of its standard deviations, the others stay."""
    before = unchanged(pool, 500, rng(), number)
    after = shifted(0.2)(pool, 500, rng(), number)
    for index, name in enumerate(FEATURES):
        step = 0.2 * pool.songs[:, index].std() if name == after.changed else 0
        np.testing.assert_allclose(after.current[name], before.current[name] + step)
        np.testing.assert_array_equal(after.reference[name], before.reference[name])


def test_shifts_go_round() -> None:
    """Every measured feature has its turn, key and mode never."""
    single = Pool(np.ones((4, 12)), np.zeros(4, int), np.ones(1), np.ones(12), np.ones(12))
    changed = [shifted(0.1)(single, 2, rng(), number).changed for number in range(10)]
    assert {*changed, "key", "mode"} == {*FEATURES}


def test_stretch_keeps_the_mean(pool: Pool) -> None:
    """A stretched feature has the spread times 1.3 about the mean of the pool."""
    before = unchanged(pool, 500, rng(), 0).current["danceability"]
    after = stretched(pool, 500, rng(), 0).current["danceability"]
    middle = pool.songs[:, 0].mean()
    np.testing.assert_allclose(after - middle, 1.3 * (before - middle))


def test_categories_move_ten_points(pool: Pool) -> None:
    """The share of minor, or of one key, rises by 10 points of 100."""
    minor = more_in_minor(pool, 3000, rng(), 0)
    key = more_of_a_key(pool, 3000, rng(), 5)
    assert (minor.changed, key.changed) == ("mode", "key")
    for values, column, category in ((minor.current["mode"], 4, 0), (key.current["key"], 2, 5)):
        risen = np.mean(values == category) - np.mean(pool.songs[:, column] == category)
        assert risen == pytest.approx(0.1, abs=0.03)


def test_genre_mix_goes_the_way(pool: Pool) -> None:
    """A quarter of the way to the newer mix is a quarter, and what the pool lacks is refused."""
    draw = newer_genres(0.25)(pool, 1500, rng(), 0)
    genre_of = dict(zip(pool.songs[:, FEATURES.index("tempo")], pool.genres, strict=True))
    shares = np.bincount([genre_of[tempo] for tempo in draw.current["tempo"]]) / 1500
    expected = 0.75 * np.bincount(pool.genres) / len(pool.genres) + 0.25 * pool.newer_mix
    np.testing.assert_allclose(shares, expected, atol=0.04)
    with pytest.raises(ValueError, match="genre 2"):
        newer_genres(1.0)(pool, 3000, rng(), 0)


def test_repeated_requests(pool: Pool) -> None:
    """Ten requests for each of 1,000 songs, none in the reference; a shift moves all of one."""
    draw = repeated(ten_each)(pool, 2000, rng(), 0)
    reference, current = tempos(draw)
    moved = repeated(ten_each, 0.5)(pool, 2000, rng(), 0)
    assert (draw.changed, moved.changed) == (None, "danceability")
    step = moved.current["danceability"] - draw.current["danceability"]
    np.testing.assert_allclose(step, 0.5 * pool.songs[:, 0].std())
    assert len(draw.current["tempo"]) == 10_000
    assert len(current) == 1000
    assert not reference & current


def test_ways_agree_without_repeats(pool: Pool) -> None:
    """Effective number and distinct songs change nothing where no song is asked for twice."""
    draw = shifted(0.1)(pool, 500, rng(), 0)
    plain = every_request(draw.reference, draw.current)
    for way in (effective_number, distinct_songs):
        for name, decision in way(draw.reference, draw.current).items():
            assert decision.p_corrected == pytest.approx(plain[name].p_corrected, rel=1e-9)
            assert decision.effect == pytest.approx(plain[name].effect, abs=1e-12)


def test_effective_number_of_equal_repeats(pool: Pool) -> None:
    """Ten requests for each song give about the p-value of the distinct songs."""
    draw = repeated(ten_each)(pool, 2000, rng(), 0)
    effective = effective_number(draw.reference, draw.current)
    for name, decision in distinct_songs(draw.reference, draw.current).items():
        assert effective[name].p_corrected == pytest.approx(decision.p_corrected, rel=0.1)


def test_readings_nest(pool: Pool) -> None:
    """A feature that alarms was detected, and a larger least effect never adds one."""
    draw = shifted(0.2)(pool, 2000, rng(), 0)
    flagged = [set(names) for names in judge(draw.reference, draw.current).values()]
    assert "danceability" in flagged[0]
    assert all(less <= more for more, less in zip(flagged, flagged[1:], strict=False))


def test_wilson() -> None:
    """The interval of Newcombe (1998, Stat. Med. 17, 857-872): 81 of 263, and none of 20."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)
