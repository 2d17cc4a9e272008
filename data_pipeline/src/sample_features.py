"""Audio features with the published distributions of the 550k Kaggle songs, before and after 2010.

A song's twelve features start as correlated Gaussian scores: what its style (three in each genre)
has in common, what its artist adds, and what is the song's own. The distribution function of that
mixture turns each score into a uniform number, and the quantile function of the song's era turns
the number into the feature. So the published distributions hold exactly (in expectation), whatever
the genres do, and a genre is still recognisable.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats

from src.songs import FEATURES

Array = npt.NDArray[np.float64]

GENRE_SHARES = {
    "Rock": 197168, "Pop": 72539, "Electronic": 69755, "Folk": 50843, "Country": 46076,
    "Hip-Hop": 41745, "R&B": 27337, "Jazz": 17010, "Blues": 15976, "Classical": 12173,
}  # fmt: skip
GENRES = tuple(GENRE_SHARES)
STYLES_PER_GENRE = 3
ARTIST_VARIANCE = 0.25  # of the variance of 1 that songs of one style have in each score
GRID = 8193
CEILING = 2.0  # dB, above which no song is; loudness falls away from it like a gamma variable

# (mean, standard deviation) up to 2010 and after. The means and the first deviation are published;
# the second deviation is the one with which the Kolmogorov-Smirnov distance is the published one.
MOMENTS = {
    "danceability": ((0.5167, 0.1736), (0.5378, 0.1806)),
    "energy": ((0.6499, 0.2587), (0.6932, 0.2572)),
    "loudness": ((-8.651, 4.145), (-7.092, 4.325)),
    "speechiness": ((0.0813, 0.0927), (0.0899, 0.0929)),
    "acousticness": ((0.2717, 0.3236), (0.2142, 0.2899)),
    "instrumentalness": ((0.1115, 0.2442), (0.1036, 0.2379)),
    "liveness": ((0.2299, 0.2056), (0.2181, 0.1974)),
    "valence": ((0.4969, 0.2540), (0.4318, 0.2717)),
    "tempo": ((121.91, 29.74), (123.73, 26.37)),
    "duration_ms": ((241602.0, 99565.0), (233155.0, 109123.0)),
}
DECIMALS = {"loudness": 3, "tempo": 3, "duration_ms": 0}  # 5 for the others
MAJOR_SHARE = (0.6992, 0.6350)
KEY_MEAN, KEY_DEVIATION = 5.282, 3.545
# What moves between keys after 2010: the mean falls by 0.013, the KS distance is 0.0178.
KEY_CHANGE = {2: -0.0178, 3: 0.0178, 7: 0.0154, 9: -0.0154}

# How a genre differs from the average song, in standard deviations, in the order of FEATURES.
GENRE_PROFILES = {
    "Rock":       (-0.3, 0.5, 0.0, 0.4, 0.1, -0.1, -0.5, 0.1, 0.1, 0.0, 0.1, 0.1),
    "Pop":        (0.3, 0.1, 0.0, 0.3, 0.0, -0.1, 0.0, -0.5, -0.1, 0.1, 0.0, -0.3),
    "Electronic": (0.5, 0.5, 0.0, 0.3, -0.3, 0.1, -0.7, 1.2, 0.0, -0.3, 0.3, 0.4),
    "Folk":       (-0.2, -0.8, 0.0, -0.7, 0.5, -0.3, 1.0, 0.0, -0.1, 0.0, -0.1, -0.1),
    "Country":    (0.1, 0.0, 0.0, 0.2, 0.7, -0.5, 0.3, -0.7, 0.0, 0.4, 0.1, -0.3),
    "Hip-Hop":    (1.0, 0.1, 0.0, 0.1, -0.4, 1.8, -0.3, -0.6, 0.2, 0.2, -0.2, 0.0),
    "R&B":        (0.5, -0.2, 0.0, -0.1, -0.3, 0.2, 0.2, -0.4, -0.1, 0.4, -0.3, 0.1),
    "Jazz":       (0.0, -0.9, 0.0, -1.0, -0.2, -0.2, 1.0, 0.9, 0.0, 0.1, -0.1, 0.5),
    "Blues":      (0.1, -0.3, 0.0, -0.4, 0.2, -0.1, 0.6, 0.1, 0.3, 0.6, 0.0, 0.0),
    "Classical":  (-1.1, -1.5, 0.0, -1.7, 0.2, -0.4, 1.7, 1.7, -0.2, -1.0, -0.3, 0.6),
}  # fmt: skip
STYLE_SPREAD = 0.55
STYLE_SHARES = np.repeat(list(GENRE_SHARES.values()), STYLES_PER_GENRE) / (
    STYLES_PER_GENRE * sum(GENRE_SHARES.values())
)


def _style_means() -> Array:
    """Mean score of each style: (genres * STYLES_PER_GENRE, features)."""
    profiles = np.repeat([GENRE_PROFILES[genre] for genre in GENRES], STYLES_PER_GENRE, axis=0)
    spread = np.random.default_rng(2010).normal(0, STYLE_SPREAD, profiles.shape)
    return profiles + spread


def _key_shares() -> tuple[Array, Array]:
    """Shares of the twelve keys before and after 2010.

    Of all distributions with the published mean and deviation the one of greatest entropy:
    log-quadratic in the key.
    """
    keys = np.arange(12)

    def shares(weights: Array) -> Array:
        return np.asarray(special.softmax(weights[0] * keys + weights[1] * keys**2))

    def misfit(weights: Array) -> Array:
        p = shares(weights)
        return np.array([p @ keys - KEY_MEAN, p @ keys**2 - KEY_MEAN**2 - KEY_DEVIATION**2])

    before = shares(optimize.root(misfit, np.zeros(2)).x)
    after = before.copy()
    for key, change in KEY_CHANGE.items():
        after[key] += change
    return before, after


def _distribution(feature: str, mean: float, deviation: float) -> Any:
    """The frozen SciPy distribution of `feature`, for its mean and standard deviation."""
    if feature == "loudness":
        return _distribution("below the ceiling", CEILING - mean, deviation)
    if feature == "duration_ms":
        sigma = np.sqrt(np.log1p((deviation / mean) ** 2))
        return stats.lognorm(sigma, scale=mean * np.exp(-(sigma**2) / 2))
    if feature in ("tempo", "below the ceiling"):
        return stats.gamma((mean / deviation) ** 2, scale=deviation**2 / mean)
    precision = mean * (1 - mean) / deviation**2 - 1
    return stats.beta(mean * precision, (1 - mean) * precision)


def _quantiles(feature: str, mean: float, deviation: float, u: Array) -> Array:
    """Values of `feature` at the probabilities `u`."""
    distribution = _distribution(feature, mean, deviation)
    if feature == "loudness":
        return np.asarray(CEILING - distribution.isf(u))
    return np.asarray(distribution.ppf(u))


class FeatureModel:
    """Turns styles, artists and eras into the twelve features."""

    def __init__(self) -> None:
        self.style_means = _style_means()
        self._scores = np.linspace(-7, 7, GRID)
        distance = self._scores[:, None, None] - self.style_means
        self._uniform = np.einsum("gsf,s->fg", special.ndtr(distance), STYLE_SHARES)
        # Half a step away from 0 and 1, where the quantiles of the unbounded features are infinite.
        self._u = (np.arange(GRID) + 0.5) / GRID
        self._values = {
            feature: [_quantiles(feature, *moments, self._u) for moments in eras]
            for feature, eras in MOMENTS.items()
        }
        self._keys = [np.cumsum(shares)[:-1] for shares in _key_shares()]

    def features(self, scores: Array, after: npt.NDArray[np.bool_]) -> dict[str, Array]:
        """Features of songs.

        Parameters
        ----------
        scores : ndarray, shape (songs, 12)
            Gaussian scores: a row of ``style_means`` plus noise of variance 1.
        after : ndarray of bool, shape (songs,)
            Whether the song came out after 2010.

        Returns
        -------
        dict of str to ndarray
            A column for each feature, in the order of FEATURES.
        """
        columns = {}
        for f, feature in enumerate(FEATURES):
            u = np.interp(scores[:, f], self._scores, self._uniform[f])
            columns[feature] = np.where(
                after, self._feature(feature, 1, u), self._feature(feature, 0, u)
            )
        return columns

    def _feature(self, feature: str, era: int, u: Array) -> Array:
        if feature == "mode":
            return (u > 1 - MAJOR_SHARE[era]).astype(np.float64)
        if feature == "key":
            return np.searchsorted(self._keys[era], u, side="right").astype(np.float64)
        values = np.interp(u, self._u, self._values[feature][era])
        return np.round(values, DECIMALS.get(feature, 5))
