"""The champion's accuracy on current requests, without knowing their genres.

It holds under label shift only: the mix of genres changed, the songs of each genre did not. So the
estimate comes with an interval and a check of fit, and where one of them fails there is none. What
this cannot see: a change that leaves the probabilities as they were, or that makes them look like
another mix of genres. The interval is conditional on label shift, and does not contain that.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from src.adapted_accuracy import accuracy_interval, adapted_accuracy
from src.champion_profile import ChampionProfile, checked_probabilities
from src.clusters import design_effect
from src.label_shift import bbse_priors, em_priors
from src.mixture_fit import MixtureFit, mixture_fit

Floats = npt.NDArray[np.float64]

MIN_REQUESTS = 100
# Both limits aim at an estimate that is not more than 3 points off, and come from changing songs on
# purpose, more and more (benchmarks/accuracy_estimates.py). What hides best is a share of songs
# with garbled features: it moves the accuracy by up to 0.75 times the misfit's upper bound, other
# changes by half of that. With 0.06, one tenth of garbled songs passed 3.1 points off; with 0.05 it
# passed once more, 2.9 points off. Less than that takes more than 30,000 validation rows.
MOST_MISFIT = 0.05
MOST_UNCERTAIN = 0.03  # half of the interval
ALPHA = 0.05  # only for the wording of a bad fit


@dataclass(frozen=True)
class AccuracyEstimate:
    """What the probabilities say of the accuracy; None where the requests say nothing.

    Attributes
    ----------
    estimable : bool
        Whether the estimate can be relied on, if nothing but the mix of genres changed.
    reason : str
        Why it can or cannot, as a sentence without a full stop.
    rows : int
        Requests.
    accuracy, low, high : float or None
        The estimate by EM and its 95 % interval. They are there for comparison when the estimate
        is not to be relied on, too.
    current_priors : dict of float, or None
        Genre to its share of the current requests, by EM.
    fit : MixtureFit or None
    cbpe : float or None
        The rival that averages confidences, as NannyML's CBPE does: right when nothing changed.
    bbse : float or None
        The rival that takes the mix from the confusion matrix (Lipton et al. 2018).
    """

    estimable: bool
    reason: str
    rows: int
    accuracy: float | None = None
    low: float | None = None
    high: float | None = None
    current_priors: dict[str, float] | None = None
    fit: MixtureFit | None = None
    cbpe: float | None = None
    bbse: float | None = None


def estimate_accuracy(
    profile: ChampionProfile, probabilities: npt.ArrayLike, *, seed: int = 0
) -> AccuracyEstimate:
    """Estimate the accuracy on requests from the logged probabilities.

    The mix of genres is estimated by EM (see `em_priors`), the accuracy under it by
    `adapted_accuracy`, and the assumption is checked by `mixture_fit`.

    Parameters
    ----------
    profile : ChampionProfile
    probabilities : ndarray, shape (requests, genres)
        As logged, in the order of `profile.genres`.
    seed : int
        Of the resampling. The order of the requests plays no part.

    Returns
    -------
    AccuracyEstimate

    Raises
    ------
    InputError
        When the probabilities are not of the profile's genres, or no probabilities.
    """
    current = checked_probabilities(profile, probabilities)
    rows = len(current)
    if rows < MIN_REQUESTS:
        too_few = f"{rows} requests are too few; {MIN_REQUESTS} are needed"
        return AccuracyEstimate(False, too_few, rows)
    if (current == current[0]).all():
        return AccuracyEstimate(False, f"all {rows:,} requests have the same probabilities", rows)
    current = current[np.lexsort(current.T)]
    mix = em_priors(current, profile.mean_probabilities)
    accuracy = adapted_accuracy(profile, current, mix)
    # Nothing in the log tells which requests are alike; they are taken to be as much so as the
    # validation songs of one genre are by their artists.
    effect = design_effect(profile.probabilities, profile.artists, profile.labels)
    low, high = accuracy_interval(profile, current, mix, effect, seed)
    fit = mixture_fit(profile, current, effect)
    problem = _problem(profile, mix, fit, (high - low) / 2)
    return AccuracyEstimate(
        estimable=not problem,
        reason=problem or "a changed mix of genres explains the probabilities",
        rows=rows,
        accuracy=min(max(accuracy, 0.0), 1.0),
        low=max(0.0, accuracy + low),
        high=min(1.0, accuracy + high),
        current_priors=dict(zip(profile.genres, mix.tolist(), strict=True)),
        fit=fit,
        cbpe=float(current.max(axis=1).mean()),
        bbse=float(_bbse_accuracy(profile, current)),
    )


def _problem(profile: ChampionProfile, mix: Floats, fit: MixtureFit, uncertain: float) -> str:
    """Why the estimate cannot be relied on; empty when it can."""
    unseen = (np.bincount(profile.labels, minlength=len(mix)) == 0) & (mix > 0.01)
    if unseen.any():
        genre = profile.genres[int(np.argmax(np.where(unseen, mix, 0)))]
        share = f"{mix[unseen].max():.0%} of the requests"
        return f"{share} seem to be {genre}, of which there is no validation row"
    if fit.misfit_upper > MOST_MISFIT:
        if fit.p_value < ALPHA:
            return (
                "no mix of genres explains the probabilities: the songs have changed, too (misfit "
                f"{fit.misfit:.3f} standard deviations, up to {fit.misfit_upper:.3f}; "
                f"{MOST_MISFIT:g} are allowed)"
            )
        return (
            "too few requests or validation rows to show that only the mix of genres changed "
            f"(misfit up to {fit.misfit_upper:.3f} standard deviations; {MOST_MISFIT:g} are "
            "allowed)"
        )
    if uncertain > MOST_UNCERTAIN:
        return (
            f"too uncertain: {100 * uncertain:.1f} points either way, "
            f"{100 * MOST_UNCERTAIN:.0f} are allowed"
        )
    return ""


def _bbse_accuracy(profile: ChampionProfile, current: Floats) -> float:
    genres = len(profile.genres)
    hits = profile.probabilities.argmax(axis=1) == profile.labels
    counts = np.maximum(np.bincount(profile.labels, minlength=genres), 1)
    recall = np.bincount(profile.labels, hits, genres) / counts
    return float(bbse_priors(current, profile.probabilities, profile.labels) @ recall)
