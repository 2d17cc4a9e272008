"""The file with the current mix of genres, by which the service adapts its answers."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy.typing as npt

from src.champion_profile import ChampionProfile
from src.errors import InputError
from src.files import write_whole
from src.priors_gain import Gain, current_priors, priors_gain


def export_priors(
    path: str | Path,
    profile: ChampionProfile,
    probabilities: npt.ArrayLike,
    genres: Sequence[str],
    groups: Sequence[str] | None = None,
) -> Gain:
    """Write the priors for the service, when they are shown to raise the accuracy.

    Parameters
    ----------
    path : path
        The JSON file: `model_name` and `model_version`, `training_priors` and `current_priors` by
        genre, `made` (UTC) and `gain`.
    profile, probabilities, genres, groups
        As for `priors_gain`. The priors are those of all labelled requests.

    Raises
    ------
    InputError
        When the interval of the gain does not lie above 0, or as `priors_gain` does.
    """
    gain = priors_gain(profile, probabilities, genres, groups)
    if not gain.low > 0:
        raise InputError(
            f"no priors are exported to {path}: they change the accuracy on {gain.requests:,} "
            f"labelled requests from {gain.accuracy_before:.4f} to {gain.accuracy_after:.4f}, and "
            f"the interval of the gain, {gain.low:+.4f} to {gain.high:+.4f}, does not lie above 0; "
            "label more requests, or train again on newer songs"
        )
    training = profile.mean_probabilities
    now = current_priors(profile, genres)
    content = {
        "model_name": profile.model_name,
        "model_version": profile.model_version,
        "training_priors": dict(zip(profile.genres, training.tolist(), strict=True)),
        "current_priors": dict(zip(profile.genres, now.tolist(), strict=True)),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "gain": asdict(gain),
    }
    write_whole(Path(path), json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    return gain
