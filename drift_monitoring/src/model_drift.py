"""What the log says of the champion: its answers, its accuracy, and what new priors would gain."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from src.accuracy_estimate import AccuracyEstimate, estimate_accuracy
from src.champion_profile import ChampionProfile
from src.current import Current
from src.errors import InputError
from src.labels import LabelledAnswers
from src.prediction_drift import PredictionDrift, confidence_drift, genre_drift
from src.priors_gain import Gain, priors_gain
from src.sections import Tests
from src.true_accuracy import TrueAccuracy, true_accuracy


@dataclass(frozen=True)
class ModelDrift:
    """The answers of one model version, held against its validation rows.

    Attributes
    ----------
    profile : ChampionProfile
    rows : int
        Answers of that version in the log.
    genres, confidence : PredictionDrift or None
        None where there are fewer answers than are enough to decide.
    accuracy : AccuracyEstimate
    truth : TrueAccuracy or None
        Of the model's own answers, before genre priors, to requests whose genre is known.
    unmatched : int
        Labels that no such answer was found for.
    gain : Gain or None
        None without labels, or with too few.
    """

    profile: ChampionProfile
    rows: int
    genres: PredictionDrift | None
    confidence: PredictionDrift | None
    accuracy: AccuracyEstimate
    truth: TrueAccuracy | None = None
    unmatched: int = 0
    gain: Gain | None = None

    @property
    def p_values(self) -> dict[tuple[str, ...], float | None]:
        """Of the tests that belong into the correction of the report."""
        return {
            ("predictions", name): found.p_value if found else None
            for name, found in (("genres", self.genres), ("confidence", self.confidence))
        }

    def section(self, tests: Tests) -> dict[str, Any]:
        """As a part of the report."""
        labels = list(self.profile.genres)
        predictions = self.genres and self.confidence
        return {
            "model_name": self.profile.model_name,
            "model_version": self.profile.model_version,
            "rows": self.rows,
            "predictions": predictions
            and {
                "genres": _prediction("genres", self.genres, tests, labels),
                "confidence": _prediction("confidence", self.confidence, tests),
            },
            "accuracy": _accuracy(self.profile, self.accuracy),
            "labels": self.truth and {**asdict(self.truth), "unmatched": self.unmatched},
            "adaptation": self.gain
            and {
                **asdict(self.gain),
                "gain": self.gain.accuracy_after - self.gain.accuracy_before,
            },
        }


def model_drift(
    profile: ChampionProfile,
    current: Current,
    min_samples: int,
    labelled: LabelledAnswers | None = None,
) -> ModelDrift:
    """Compare the answers of the profile's model version; those of others play no part.

    Parameters
    ----------
    profile : ChampionProfile
    current : Current
        Of a log that was read for the profile's genres and version.
    min_samples : int
        Independent answers under which nothing is decided.
    labelled : LabelledAnswers, optional
    """
    found = current.predictions.get(profile.model_version)
    rows = found.genres.total() if found else 0
    effect = current.counted.design_effect
    genres = confidence = None
    if found and rows / effect >= min_samples and found.confidence.sum() > 0:
        # Repeated requests are worth as many answers as they are independent songs.
        counts = np.array([found.genres[genre] for genre in profile.genres]) / effect
        if counts.sum() > 0:
            genres = genre_drift(profile, counts)
            confidence = confidence_drift(profile, found.confidence / effect)
    sampled = current.sample.probabilities
    known = sampled[~np.isnan(sampled).any(axis=1)]
    estimate = estimate_accuracy(profile, known)
    if labelled is None or not labelled.genres:
        unmatched = labelled.unmatched if labelled else 0
        return ModelDrift(profile, rows, genres, confidence, estimate, unmatched=unmatched)
    own = [profile.genres[place] for place in labelled.probabilities.argmax(axis=1)]
    return ModelDrift(
        profile,
        rows,
        genres,
        confidence,
        estimate,
        true_accuracy(own, labelled.genres),
        labelled.unmatched,
        _gain(profile, labelled),
    )


def _gain(profile: ChampionProfile, labelled: LabelledAnswers) -> Gain | None:
    try:
        return priors_gain(profile, labelled.probabilities, labelled.genres, labelled.groups)
    except InputError:
        # Too few labels to measure it: who asks for priors is told so, the report goes without.
        return None


def _prediction(
    name: str, found: PredictionDrift | None, tests: Tests, labels: list[str] | None = None
) -> dict[str, Any]:
    if found is None:
        raise ValueError(f"no {name} were compared")
    sides: list[Any] = [list(found.reference_shares), list(found.current_shares)]
    if labels:
        sides = [dict(zip(labels, shares, strict=True)) for shares in sides]
    least = tests.thresholds.min_effect
    return {
        "train_share": sides[0],
        "prod_share": sides[1],
        "p_value": found.p_value,
        "effect": found.effect,
        **tests.decision(("predictions", name), found.effect, least),
    }


def _accuracy(profile: ChampionProfile, found: AccuracyEstimate) -> dict[str, Any]:
    return {
        "estimable": found.estimable,
        "reason": found.reason,
        "assumption": "label shift",
        "estimate": found.accuracy,
        "low": found.low,
        "high": found.high,
        "training_accuracy": profile.accuracy,
        "cbpe": found.cbpe,
        "bbse": found.bbse,
        "misfit": found.fit and found.fit.misfit,
        "misfit_upper": found.fit and found.fit.misfit_upper,
        "rows": found.rows,
        "current_priors": found.current_priors,
    }
