"""Whether a candidate becomes champion: a test that it is not worse.

A new model of equal worth looks worse than the champion half of the time. So what is asked is
non-inferiority (Blackwelder 1982, "Proving the null hypothesis in clinical trials"): whether the
data rule out a loss of more than a margin that one would put up with. The lower end of the 90 %
interval of the difference, the one-sided bound of 95 %, must not be below the negative margin.
"""

from dataclasses import dataclass
from typing import Literal

from src.bootstrap import CONFIDENCE, Estimate
from src.comparison import Comparison, Pair
from src.meeting import ENOUGH_SONGS, Incomparable
from src.params import Evaluate

Kind = Literal["minimum", "accuracy", "era", "genre"]
Outcome = Literal["ok", "warning", "REFUSED"]


@dataclass(frozen=True)
class Check:
    """One line of the verdict.

    `limit` is what `candidate` (for the minimum) or the difference is held against; None where
    nothing is.
    """

    kind: Kind
    name: str
    candidate: float
    champion: float | None
    difference: Estimate | None
    limit: float | None
    outcome: Outcome


@dataclass(frozen=True)
class Verdict:
    """Promoted or not, the reason in one sentence, and what it rests on."""

    promoted: bool
    reason: str
    checks: tuple[Check, ...] = ()
    warnings: tuple[str, ...] = ()
    compared_with: str | None = None


def decide(
    accuracy: float, opponent: Comparison | Incomparable | None, rules: Evaluate
) -> Verdict:
    """Decide whether a candidate becomes champion.

    Parameters
    ----------
    accuracy : float
        The candidate's on all validation songs, between 0 and 1.
    opponent : Comparison, Incomparable or None
        Today's champion beside it; None where there is none yet.
    rules : Evaluate
        The evaluate block of params.yaml.

    Returns
    -------
    Verdict
        Refused is a candidate below `min_accuracy`; one whose accuracy may be lower than the
        champion's by more than `margin`; one that has certainly lost more than `max_genre_drop` of
        the recall of a genre of at least 100 songs, and some of its F1; and one that cannot be
        compared, unless the champion is no readable graph and `replace_incomparable` is true. A
        genre that has lost more recall than that in these songs, or certainly some, is a warning
        otherwise, and so is an era that has certainly lost accuracy.
    """
    enough = accuracy >= rules.min_accuracy
    minimum = Check(
        "minimum", "minimum accuracy", accuracy, None, None, rules.min_accuracy, _outcome(enough)
    )
    too_low = f"accuracy {accuracy:.4f} is below evaluate.min_accuracy {rules.min_accuracy}"
    if opponent is None:
        first = f"the first champion, accuracy {accuracy:.4f}"
        return Verdict(enough, first if enough else too_low, (minimum,))
    if isinstance(opponent, Incomparable):
        why = f"champion version {opponent.version} cannot be compared: {opponent.why}"
        if opponent.unreadable:
            setting = str(rules.replace_incomparable).lower()
            end = "replaced" if rules.replace_incomparable else "it stays"
            why += f"; {end}, as evaluate.replace_incomparable is {setting}"
        replaced = enough and opponent.unreadable and rules.replace_incomparable
        return Verdict(
            replaced, why if enough else too_low, (minimum,), compared_with=opponent.version
        )
    checks = (
        minimum,
        _accuracy_check(opponent.accuracy, rules),
        *(_era_check(era) for era in opponent.eras),
        *(_genre_check(genre, rules) for genre in opponent.genres),
    )
    faults = [] if enough else [too_low]
    if checks[1].outcome == "REFUSED":
        faults.append(_accuracy_sentence(opponent, "may be worse than", rules))
    if lost := [c.name for c in checks if c.kind == "genre" and c.outcome == "REFUSED"]:
        faults.append(
            f"against champion version {opponent.version} more than {rules.max_genre_drop} of the "
            f"recall of {', '.join(lost)} is lost (evaluate.max_genre_drop)"
        )
    reason = "; ".join(faults) or _accuracy_sentence(opponent, "is not worse than", rules)
    kept = {pair.name for pair in opponent.genres if _was_named_too_often(pair)}
    warnings = [_warning(check, kept) for check in checks if check.outcome == "warning"]
    return Verdict(
        not faults, reason, checks, (*opponent.notes, *warnings), opponent.version
    )


def _accuracy_check(pair: Pair, rules: Evaluate) -> Check:
    fine = pair.difference.low >= -rules.margin
    return _check("accuracy", pair, -rules.margin, _outcome(fine))


def _era_check(pair: Pair) -> Check:
    return _check("era", pair, None, "warning" if pair.difference.high < 0 else "ok")


def _genre_check(pair: Pair, rules: Evaluate) -> Check:
    limit = -rules.max_genre_drop
    lost = pair.difference.high < limit and not _was_named_too_often(pair)
    if lost and pair.difference.songs >= ENOUGH_SONGS:
        return _check("genre", pair, limit, "REFUSED")
    worse = pair.difference.value < limit or pair.difference.high < 0
    return _check("genre", pair, limit, "warning" if worse else "ok")


def _was_named_too_often(pair: Pair) -> bool:
    """Whether a genre's F1 has not fallen: then it lost recall to genres that had too little."""
    return pair.f1_difference is not None and pair.f1_difference >= 0


def _check(kind: Kind, pair: Pair, limit: float | None, outcome: Outcome) -> Check:
    return Check(
        kind, pair.name, pair.candidate, pair.champion, pair.difference, limit, outcome
    )


def _outcome(fine: bool) -> Outcome:
    return "ok" if fine else "REFUSED"


def _accuracy_sentence(comparison: Comparison, how: str, rules: Evaluate) -> str:
    pair = comparison.accuracy
    return (
        f"accuracy {pair.candidate:.4f} {how} the {pair.champion:.4f} of champion version "
        f"{comparison.version} on the same {pair.difference.songs:,} songs: difference "
        f"{_interval(pair.difference)}, evaluate.margin {rules.margin}"
    )


def _warning(check: Check, kept: set[str]) -> str:
    assert check.difference is not None
    what = "recall of" if check.kind == "genre" else "accuracy on songs"
    songs = check.difference.songs
    said = f"{what} {check.name} is lower, {_interval(check.difference)} on {songs:,} songs"
    if check.kind == "genre" and check.name in kept:
        said += "; its F1 is not, as the champion names it too often"
    return said


def _interval(difference: Estimate) -> str:
    ends = f"{CONFIDENCE:.0%} interval {difference.low:+.4f} to {difference.high:+.4f}"
    return f"{difference.value:+.4f} ({ends})"
