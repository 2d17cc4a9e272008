from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from src.bootstrap import Estimate, mean_over_artists
from src.comparison import Comparison, Pair
from src.gate import Verdict, decide
from src.meeting import Incomparable
from src.params import Evaluate, Params


@pytest.fixture
def rules(params: Callable[..., Params]) -> Evaluate:
    gate = {"min_accuracy": 0.2, "margin": 0.01, "max_genre_drop": 0.05}
    return params(evaluate=gate).evaluate


def pair(name: str, value: float, low: float, high: float, songs: int = 1000) -> Pair:
    return Pair(name, 0.5 + value, 0.5, Estimate(value, low, high, songs))


EQUAL = pair("accuracy", 0, 0, 0)


def against(accuracy: Pair = EQUAL, eras: tuple[Pair, ...] = (), *genres: Pair) -> Comparison:
    return Comparison("3", accuracy, eras, genres)


def outcome(verdict: Verdict, name: str) -> str:
    return next(check.outcome for check in verdict.checks if check.name == name)


@pytest.mark.parametrize(
    ("value", "low", "high", "promoted"),
    [
        (0, 0, 0, True),
        (0.02, 0.015, 0.025, True),
        (-0.002, -0.0099, 0.006, True),
        (-0.002, -0.01, 0.006, True),
        (-0.002, -0.0101, 0.006, False),
        (-0.02, -0.03, -0.01, False),
        (0.02, -0.02, 0.06, False),
    ],
)
def test_not_worse(rules: Evaluate, value: float, low: float, high: float, promoted: bool) -> None:
    """Promoted is a candidate whose interval ends above -margin; a lucky but wide one is not."""
    verdict = decide(0.5, against(pair("accuracy", value, low, high)), rules)
    assert verdict.promoted is promoted
    assert outcome(verdict, "accuracy") == ("ok" if promoted else "REFUSED")
    how = "is not worse than" if promoted else "may be worse than"
    assert f"{how} the 0.5000 of champion version 3 on the same 1,000 songs" in verdict.reason
    assert verdict.compared_with == "3"


def test_the_first_champion(rules: Evaluate) -> None:
    """Without a champion the minimum alone decides."""
    first = decide(0.5, None, rules)
    assert first.promoted and first.reason == "the first champion, accuracy 0.5000"
    low = decide(0.19, None, rules)
    assert not low.promoted and low.reason == "accuracy 0.1900 is below evaluate.min_accuracy 0.2"
    assert outcome(low, "minimum accuracy") == "REFUSED" and low.compared_with is None


def test_the_minimum_holds_beside_a_worse_champion(rules: Evaluate) -> None:
    """A candidate below the minimum is refused, however bad the champion is."""
    better = against(pair("accuracy", 0.1, 0.09, 0.11))
    assert not decide(0.19, better, rules).promoted


@pytest.mark.parametrize(
    ("difference", "songs", "expected"),
    [
        ((-0.1, -0.15, -0.051), 100, "REFUSED"),
        ((-0.1, -0.15, -0.051), 99, "warning"),
        ((-0.1, -0.15, -0.049), 1000, "warning"),
        ((-0.06, -0.15, 0.03), 1000, "warning"),
        ((-0.03, -0.04, -0.01), 1000, "warning"),
        ((-0.03, -0.07, 0.01), 1000, "ok"),
        ((0.1, 0.05, 0.15), 1000, "ok"),
    ],
)
def test_a_genre(
    rules: Evaluate, difference: tuple[float, float, float], songs: int, expected: str
) -> None:
    """A genre blocks when the whole interval is beyond the limit and 100 songs are behind it."""
    verdict = decide(0.5, against(EQUAL, (), pair("Jazz", *difference, songs)), rules)
    assert outcome(verdict, "Jazz") == expected
    assert verdict.promoted is (expected != "REFUSED")
    assert ("recall of Jazz" in " ".join(verdict.warnings)) is (expected == "warning")
    assert ("more than 0.05 of the recall of Jazz is lost" in verdict.reason) is (
        expected == "REFUSED"
    )


@pytest.mark.parametrize(("f1_difference", "promoted"), [(-0.01, False), (0.0, True), (0.1, True)])
def test_a_genre_that_was_named_too_often(
    rules: Evaluate, f1_difference: float, promoted: bool
) -> None:
    """Recall that a genre lost without losing F1 is a warning: the champion named it too often."""
    rock = replace(pair("Rock", -0.1, -0.15, -0.06), f1_difference=f1_difference)
    verdict = decide(0.5, against(EQUAL, (), rock), rules)
    assert verdict.promoted is promoted
    assert ("the champion names it too often" in " ".join(verdict.warnings)) is promoted


def test_an_era_warns(rules: Evaluate) -> None:
    """A certain loss on the old era is a warning, not a refusal."""
    eras = (pair("before 2001", -0.1, -0.2, -0.05), pair("2001 to 2010", -0.1, -0.2, 0.05))
    verdict = decide(0.5, against(EQUAL, eras), rules)
    assert verdict.promoted
    assert (outcome(verdict, "before 2001"), outcome(verdict, "2001 to 2010")) == ("warning", "ok")
    (warning,) = verdict.warnings
    assert warning.startswith("accuracy on songs before 2001 is lower, -0.1000")


def test_notes_are_warnings(rules: Evaluate) -> None:
    """What is to be known of a comparison goes with the verdict."""
    opponent = Comparison("3", EQUAL, notes=("another split",))
    assert decide(0.5, opponent, rules).warnings == ("another split",)


def test_an_unreadable_champion(rules: Evaluate) -> None:
    """One that is no graph stays, unless evaluate.replace_incomparable says otherwise."""
    opponent = Incomparable("3", "it is no graph", unreadable=True)
    stays = decide(0.5, opponent, rules)
    assert not stays.promoted and "it is no graph; it stays" in stays.reason
    request = rules.model_copy(update={"replace_incomparable": True})
    replaced = decide(0.5, opponent, request)
    assert replaced.promoted and "it is no graph; replaced" in replaced.reason
    assert not decide(0.1, opponent, request).promoted


def test_too_few_common_songs_are_no_reason_to_replace(rules: Evaluate) -> None:
    """evaluate.replace_incomparable does not help against a champion that could be compared."""
    request = rules.model_copy(update={"replace_incomparable": True})
    verdict = decide(0.5, Incomparable("3", "too few songs"), request)
    assert not verdict.promoted and verdict.reason.endswith("cannot be compared: too few songs")


@pytest.mark.parametrize(("gain", "promoted"), [(-0.05, False), (0.0, True), (0.01, True)])
def test_simulated_models(rules: Evaluate, gain: float, promoted: bool) -> None:
    """On 8,000 songs a model that is 5 points worse is refused, an equal or better one accepted."""
    rng = np.random.default_rng(3)
    chances = rng.beta(2, 2, 800).repeat(10)
    champion = rng.random(8000) < chances
    changed = rng.random(8000) < 0.1
    candidate = np.where(changed, rng.random(8000) < chances + 10 * gain, champion)
    rows = np.ones((8000, 1), bool)
    difference = candidate.astype(int) - champion
    (estimate,) = mean_over_artists(difference, rows, np.arange(8000) // 10)
    assert estimate
    accuracy = Pair("accuracy", candidate.mean(), champion.mean(), estimate)
    assert decide(0.5, against(accuracy), rules).promoted is promoted
