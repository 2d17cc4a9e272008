"""Whether a candidate becomes champion."""

from dataclasses import dataclass

from src.params import Evaluate


@dataclass(frozen=True)
class Champion:
    """Today's champion, judged on the same validation rows as the candidate.

    Attributes
    ----------
    version : str
    accuracy : float or None
        None where it cannot be compared.
    incomparable : str
        Why not; empty where it can.
    caveat : str
        What to know of the comparison; empty where there is nothing.
    """

    version: str
    accuracy: float | None
    incomparable: str = ""
    caveat: str = ""


@dataclass(frozen=True)
class Decision:
    """Promoted or not, and the reason in one sentence."""

    promoted: bool
    reason: str


def decide(accuracy: float, champion: Champion | None, rules: Evaluate) -> Decision:
    """Decide by validation accuracy.

    Parameters
    ----------
    accuracy : float
        The candidate's, between 0 and 1.
    champion : Champion or None
        None where there is none yet.
    rules : Evaluate
        The evaluate block of params.yaml.

    Returns
    -------
    Decision
        Promoted is a candidate that reaches `min_accuracy` and is at least as accurate as the
        champion, or replaces one that cannot be compared when `replace_incomparable` allows it.
    """
    if accuracy < rules.min_accuracy:
        return Decision(
            False,
            f"accuracy {accuracy:.4f} is below evaluate.min_accuracy {rules.min_accuracy}",
        )
    if champion is None:
        return Decision(True, f"the first champion, accuracy {accuracy:.4f}")
    if champion.accuracy is None:
        why = f"champion version {champion.version} cannot be compared: {champion.incomparable}"
        if rules.replace_incomparable:
            return Decision(True, f"{why}; replaced, as evaluate.replace_incomparable is true")
        return Decision(False, f"{why}; it stays, as evaluate.replace_incomparable is false")
    promoted = accuracy >= champion.accuracy
    comparison = "at least the" if promoted else "less than the"
    reason = f"accuracy {accuracy:.4f} is {comparison} {champion.accuracy:.4f} of champion version "
    caveat = f" ({champion.caveat})" if champion.caveat else ""
    return Decision(promoted, f"{reason}{champion.version}{caveat}")
