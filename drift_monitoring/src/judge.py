"""What is asked of the log about the champion, and what is made of the answers."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from src.answers import Answer
from src.champion_profile import ChampionProfile, read_champion_profile
from src.current import Current
from src.errors import InputError, PriorsRefused
from src.labels import LabelledAnswers, Labels, labelled_answers, read_labels

if TYPE_CHECKING:
    from src.model_drift import ModelDrift


@dataclass(frozen=True)
class Judge:
    """A champion's profile and true genres, as far as they were given.

    Attributes
    ----------
    profile : ChampionProfile or None
    labels : Labels or None
    priors : Path or None
        Where new priors are to be written.
    """

    profile: ChampionProfile | None = None
    labels: Labels | None = None
    priors: Path | None = None

    @classmethod
    def of(
        cls,
        champion: str | Path | None,
        labels: str | Path | None,
        priors: str | Path | None,
    ) -> "Judge":
        """Read what was given.

        Raises
        ------
        InputError
            When it cannot be read, or something is missing that it goes with.
        """
        if priors and not labels:
            raise InputError(
                "export-priors: needs --labels; whether new priors help cannot be told without"
            )
        if labels and not champion:
            raise InputError("labels: needs --champion, the folder of the model that answered")
        return cls(
            read_champion_profile(champion) if champion else None,
            read_labels(labels) if labels else None,
            Path(priors) if priors else None,
        )

    @property
    def wanted(self) -> dict[str, Any]:
        """What a plan for reading the log has to say."""
        if self.profile is None:
            return {}
        return {
            "genres": self.profile.genres,
            "model_version": self.profile.model_version,
            "labelled": frozenset(self.labels.genres if self.labels else ()),
        }

    def judged(
        self, current: Current, answers: list[Answer], min_samples: int
    ) -> "ModelDrift | None":
        """What the log says of the champion; None without its profile."""
        # Here, so that the processes that only read do not load the libraries of statistics.
        from src.model_drift import model_drift

        if self.profile is None:
            return None
        return model_drift(self.profile, current, min_samples, self._labelled(answers))

    def _labelled(self, answers: list[Answer]) -> LabelledAnswers | None:
        if self.profile is None or self.labels is None:
            return None
        version, genres = self.profile.model_version, len(self.profile.genres)
        return labelled_answers(self.labels, answers, version, genres)

    def export_priors(self, answers: list[Answer]) -> None:
        """Write new priors, if that is asked for and they are shown to help.

        Raises
        ------
        PriorsRefused
            When they are not.
        """
        found = self._labelled(answers)
        if self.priors is None or self.profile is None or found is None:
            return
        from src.adaptation import export_priors

        try:
            export_priors(
                self.priors, self.profile, found.probabilities, found.genres, found.groups
            )
        except InputError as error:
            raise PriorsRefused(str(error)) from error
