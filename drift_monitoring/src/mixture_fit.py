"""Whether a changed mix of genres explains what the model says now, or the songs have changed too.

Under label shift, every mean over current requests is a mixture of the means over the validation
rows of each genre. That holds for the probabilities themselves and for their logarithms, 2 G - 1
figures of which a mix of G genres can explain G - 1. What is left over is the misfit. Testing such
spare moments is the test of overidentifying restrictions of Hansen (1982), "Large sample properties
of generalized method of moments estimators", Econometrica 50, 1029-1054.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from src.champion_profile import ChampionProfile
from src.clusters import cluster_sums
from src.simplex import simplex_least_squares

Floats = npt.NDArray[np.float64]

# Smaller probabilities say the same: not this genre. Their logarithms would decide alone.
FLOOR = 1e-3
BOUND = 0.95  # one-sided
MOST_ROUNDS = 8
# Directions in which requests vary less than this share of the widest one are rounding.
NEGLIGIBLE = 1e-6


@dataclass(frozen=True)
class MixtureFit:
    """How well the best mixture of validation rows explains current requests.

    Attributes
    ----------
    statistic, degrees_of_freedom, p_value
        Of Hansen's test that the mixture explains all. With many requests it rejects what does no
        harm, so it does not decide.
    misfit : float
        What the mixture does not explain, in standard deviations of the requests (a Mahalanobis
        distance), less what chance alone would leave.
    misfit_upper : float
        95 % upper bound of the misfit. This decides: a fit must be shown to be good, and with few
        rows it cannot be.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float
    misfit: float
    misfit_upper: float


def mixture_fit(
    profile: ChampionProfile, probabilities: Floats, design_effect: float
) -> MixtureFit:
    """Fit a mixture of the validation rows' genres to current requests, and judge the rest.

    Parameters
    ----------
    profile : ChampionProfile
        The noise of its rows is measured between artists.
    probabilities : ndarray, shape (requests, genres)
        Positive, each row sums to 1; at least two rows.
    design_effect : float
        By how much requests that come in clusters multiply the variance of a mean.

    Returns
    -------
    MixtureFit
        The bound is that of the noncentrality of a chi-square distribution, as for the RMSEA of
        Browne & Cudeck (1992), "Alternative ways of assessing model fit", Sociological Methods &
        Research 21, 230-258. A fit that is better than chance counts as one by chance.
    """
    current = _moments(probabilities)
    directions = _whitening(current)
    validation = _moments(profile.probabilities) @ directions
    means, spread = _by_genre(profile, validation)
    target = current.mean(axis=0) @ directions
    size = directions.shape[1]
    requests_noise = np.eye(size) * design_effect / len(probabilities)
    occurring = np.bincount(profile.labels, minlength=len(profile.genres)) > 0
    mix = np.full(len(profile.genres), 1 / len(profile.genres))
    for _ in range(MOST_ROUNDS):
        artists = cluster_sums(spread * mix[profile.labels][:, None], profile.artists)
        noise = artists.T @ artists + requests_noise
        root = np.linalg.cholesky(np.linalg.inv(noise))
        former, mix = mix, np.zeros_like(mix)
        mix[occurring] = simplex_least_squares((means[occurring] @ root).T, target @ root)
        if np.abs(mix - former).max() < 1e-4:
            break
    left_over = (target - mix @ means) @ root
    statistic = float(left_over @ left_over)
    freedom = max(1, size - int((mix > 0).sum()) + 1)
    rows = size / float(np.trace(noise))  # independent requests that would be as noisy
    at_least = max(statistic, float(freedom))
    return MixtureFit(
        statistic=statistic,
        degrees_of_freedom=freedom,
        p_value=float(special.chdtrc(freedom, statistic)),
        misfit=float(np.sqrt((at_least - freedom) / rows)),
        misfit_upper=float(np.sqrt(special.chndtrinc(at_least, freedom, 1 - BOUND) / rows)),
    )


def _moments(probabilities: Floats) -> Floats:
    """Probabilities (all but one, as they sum to 1) and logarithms, shape (rows, 2 genres - 1)."""
    return np.hstack([probabilities[:, 1:], np.log(np.maximum(probabilities, FLOOR))])


def _whitening(rows: Floats) -> Floats:
    """Directions, as columns, in which rows are uncorrelated with variance 1."""
    variances, axes = np.linalg.eigh(np.cov(rows.T))
    kept = variances > NEGLIGIBLE * variances.max()
    return np.asarray(axes[:, kept] / np.sqrt(variances[kept]))


def _by_genre(profile: ChampionProfile, rows: Floats) -> tuple[Floats, Floats]:
    """Means of each genre's rows, and each row's part in the error of its genre's mean.

    The parts are enlarged because a mean fits the artists that it is of: of A artists, A - 1 are
    free, as in the variance of a sample.
    """
    labels, genres = profile.labels, len(profile.genres)
    counts = np.maximum(np.bincount(labels, minlength=genres), 1)
    sums = [np.bincount(labels, column, genres) for column in rows.T]
    means = np.stack(sums, axis=1) / counts[:, None]
    pairs = np.unique(labels * (int(profile.artists.max()) + 1) + profile.artists)
    artists = np.bincount(pairs // (int(profile.artists.max()) + 1), minlength=genres)
    enlarged = np.sqrt(artists / np.maximum(artists - 1, 1)) / counts
    return means, (rows - means[labels]) * enlarged[labels][:, None]
