"""What is done to the current sample of a draw, or to how often its songs are asked for."""

from typing import Callable, List, Tuple

import numpy as np

from draws import CATEGORIES, FEATURES, Array, Draw, Pool, Random, unchanged

MEASURED = tuple(feature for feature in FEATURES if feature not in CATEGORIES)
STRETCH = 1.3
POINTS = 0.1  # by which the share of a category moves

Make = Callable[[Pool, int, Random, int], Draw]


def shifted(deviations: float) -> Make:
    """One feature plus a number of its standard deviations; which one goes round."""

    def make(pool: Pool, rows: int, random: Random, number: int) -> Draw:
        return _shift(unchanged(pool, rows, random, number), pool, number, deviations)

    return make


def _shift(draw: Draw, pool: Pool, number: int, deviations: float) -> Draw:
    feature, index = _turn(number)
    draw.current[feature] = draw.current[feature] + deviations * pool.deviations[index]
    return Draw(draw.reference, draw.current, feature)


def stretched(pool: Pool, rows: int, random: Random, number: int) -> Draw:
    """One feature's distance from its mean times 1.3: another shape, the same mean."""
    draw = unchanged(pool, rows, random, number)
    feature, index = _turn(number)
    mean = pool.means[index]
    draw.current[feature] = mean + STRETCH * (draw.current[feature] - mean)
    return Draw(draw.reference, draw.current, feature)


def _turn(number: int) -> Tuple[str, int]:
    feature = MEASURED[number % len(MEASURED)]
    return feature, FEATURES.index(feature)


def more_of_a_key(pool: Pool, rows: int, random: Random, number: int) -> Draw:
    """The share of one key rises by 10 points, at the cost of all others; which one goes round."""
    draw = unchanged(pool, rows, random, number)
    return _more_of("key", number % 12, pool, draw, random)


def more_in_minor(pool: Pool, rows: int, random: Random, number: int) -> Draw:
    """The share of songs in minor (mode 0) rises by 10 points."""
    return _more_of("mode", 0, pool, unchanged(pool, rows, random, number), random)


def _more_of(feature: str, category: int, pool: Pool, draw: Draw, random: Random) -> Draw:
    others = float(np.mean(pool.songs[:, FEATURES.index(feature)] != category))
    values = draw.current[feature]
    moved = (values != category) & (random.random(len(values)) < POINTS / others)
    draw.current[feature] = np.where(moved, float(category), values)
    return Draw(draw.reference, draw.current, feature)


def newer_genres(way: float) -> Make:
    """The genre mix goes part of the way to that after 2010; songs of a genre stay as they are."""

    def make(pool: Pool, rows: int, random: Random, number: int) -> Draw:
        order = random.permutation(len(pool.songs))
        rest = order[rows:]
        mix = np.bincount(pool.genres, minlength=len(pool.newer_mix)) / len(pool.genres)
        wanted = random.multinomial(rows, (1 - way) * mix + way * pool.newer_mix)
        chosen: List[Array] = []
        for genre, count in enumerate(wanted):
            songs = rest[pool.genres[rest] == genre]
            if len(songs) < count:
                raise ValueError(f"genre {genre}: {count} songs wanted, {len(songs)} in the pool")
            chosen.append(songs[:count])
        # Who splits a sample into chunks must not find it sorted by genre.
        current = random.permutation(np.concatenate(chosen))
        return Draw(pool.columns(order[:rows]), pool.columns(current))

    return make


def repeated(times: Callable[[Random], Array], deviations: float = 0.0) -> Make:
    """Requests for songs of the same pool, in random order; times[s] of them for song s.

    With deviations, one feature is shifted too.
    """

    def make(pool: Pool, rows: int, random: Random, number: int) -> Draw:
        order = random.permutation(len(pool.songs))
        requests = times(random)
        asked = np.repeat(order[rows : rows + len(requests)], requests)
        draw = Draw(pool.columns(order[:rows]), pool.columns(random.permutation(asked)))
        return _shift(draw, pool, number, deviations) if deviations else draw

    return make


def zipf(random: Random) -> Array:
    """5,000 requests for 1,000 songs; that of rank r is asked for with probability ~ 1 / r."""
    popularity = 1 / np.arange(1, 1001)
    return random.multinomial(5000, popularity / popularity.sum())


def one_hit(random: Random) -> Array:
    """2,000 songs once, and one song 1,000 times."""
    return np.array([1000] + 2000 * [1])


def ten_each(random: Random) -> Array:
    """1,000 songs, ten times each."""
    return np.full(1000, 10)
