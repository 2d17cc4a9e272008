"""Whether the champion's answers have changed: its genres and confidences, now and at validation.

Songs of one artist get alike answers, so counts of validation rows vary more than those of
independent rows. Both tests therefore divide by the design effect of the validation rows: the first
correction of Rao & Scott (1984), "On chi-squared tests for multiway contingency tables with cell
proportions estimated from survey data", The Annals of Statistics 12, 46-60.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from src.categories import chi_square
from src.champion_profile import HISTOGRAM_BINS, ChampionProfile
from src.clusters import design_effect
from src.errors import InputError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

LEAST_EXPECTED = 5.0  # under which a chi-square test is not to be trusted


@dataclass(frozen=True)
class PredictionDrift:
    """A comparison of current answers with those on the validation rows.

    Attributes
    ----------
    statistic : float
        Chi-square, corrected for artists; or D of Kolmogorov and Smirnov.
    p_value : float
    effect : float
        From 0 to 1, whatever the number of requests: Cramer's V; or D again.
    design_effect : float
        What the test was corrected by.
    reference_shares, current_shares : tuple of float
        Of each genre, in the order of the profile; or of each of the 20 bins of confidence.
    """

    statistic: float
    p_value: float
    effect: float
    design_effect: float
    reference_shares: tuple[float, ...]
    current_shares: tuple[float, ...]


def genre_drift(profile: ChampionProfile, counts: npt.ArrayLike) -> PredictionDrift:
    """Compare how often each genre is predicted: a chi-square test of homogeneity.

    Genres of which fewer than 5 answers are expected on a side are tested as one. Cramer (1946),
    "Mathematical Methods of Statistics", section 21.9, for V, which is of all genres apart.

    Parameters
    ----------
    profile : ChampionProfile
    counts : array of int, shape (genres,)
        Current requests by predicted genre, in the order of `profile.genres`.

    Raises
    ------
    InputError
        When they are not as many as the genres, or there is no request.
    """
    current = _counted(counts, len(profile.genres), "predicted genres")
    reference = np.rint(profile.predicted_share * profile.rows)
    predicted = np.eye(len(profile.genres))[profile.probabilities.argmax(axis=1)]
    effect = design_effect(predicted, profile.artists)
    table = np.stack([reference, current])
    rare = _expected(table).min(axis=0) < LEAST_EXPECTED
    pooled = np.hstack([table[:, ~rare], table[:, rare].sum(axis=1, keepdims=True)])
    pooled = pooled[:, pooled.sum(axis=0) > 0]
    statistic = _chi_square(pooled) / effect
    freedom = pooled.shape[1] - 1
    return PredictionDrift(
        statistic=statistic,
        p_value=float(special.chdtrc(freedom, statistic)) if freedom else 1.0,
        effect=chi_square(reference, current).cramers_v,
        design_effect=effect,
        reference_shares=tuple((reference / reference.sum()).tolist()),
        current_shares=tuple((current / current.sum()).tolist()),
    )


def confidence_drift(profile: ChampionProfile, histogram: npt.ArrayLike) -> PredictionDrift:
    """Compare the confidences, in 20 bins: the two-sample Kolmogorov-Smirnov test of binned values.

    Between the edges of the bins the distributions may lie further apart, so D is at most that of
    the values themselves and p is too large rather than too small: Pettitt & Stephens (1977), "The
    Kolmogorov-Smirnov goodness-of-fit statistic with discrete and grouped data", Technometrics 19,
    205-210.

    Parameters
    ----------
    profile : ChampionProfile
    histogram : array of int, shape (20,)
        Current requests by the probability of their predicted genre, in equal bins over [0, 1].

    Raises
    ------
    InputError
        When there are not 20 bins, or there is no request.
    """
    current = _counted(histogram, HISTOGRAM_BINS, "bins of confidence")
    reference = profile.confidence_histogram.astype(np.float64)
    bins = np.eye(HISTOGRAM_BINS)[_bins(profile.probabilities)]
    effect = design_effect(np.cumsum(bins, axis=1), profile.artists)
    shares = reference / reference.sum(), current / current.sum()
    distance = float(np.abs(np.cumsum(shares[0]) - np.cumsum(shares[1])).max())
    rows = reference.sum() * current.sum() / (reference.sum() + current.sum()) / effect
    return PredictionDrift(
        statistic=distance,
        p_value=float(special.kolmogorov(np.sqrt(rows) * distance)),
        effect=distance,
        design_effect=effect,
        reference_shares=tuple(shares[0].tolist()),
        current_shares=tuple(shares[1].tolist()),
    )


def _bins(probabilities: npt.NDArray[np.floating]) -> Integers:
    places = (probabilities.max(axis=1) * HISTOGRAM_BINS).astype(np.int64)
    return np.asarray(np.minimum(places, HISTOGRAM_BINS - 1))


def _counted(counts: npt.ArrayLike, wanted: int, what: str) -> Floats:
    found = np.asarray(counts, np.float64)
    if found.shape != (wanted,):
        raise InputError(f"{what}: counts of shape {found.shape}, not ({wanted},)")
    if not found.sum() > 0:
        raise InputError(f"{what}: there is no answered request to count")
    return found


def _expected(table: Floats) -> Floats:
    return np.asarray(np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum())


def _chi_square(table: Floats) -> float:
    table = table[:, table.sum(axis=0) > 0]
    expected = _expected(table)
    return float(((table - expected) ** 2 / expected).sum())
