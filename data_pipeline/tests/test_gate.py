from collections.abc import Callable

import pytest

from src.gate import Champion, decide
from src.params import Params

MakeParams = Callable[..., Params]


@pytest.mark.parametrize(
    ("accuracy", "champion", "promoted", "words"),
    [
        (0.50, None, True, "first champion"),
        (0.19, None, False, "0.1900 is below evaluate.min_accuracy 0.2"),
        (0.50, Champion("3", 0.49), True, "0.5000 is at least the 0.4900 of champion version 3"),
        (0.50, Champion("3", 0.50), True, "at least"),
        (0.50, Champion("3", 0.51), False, "0.5000 is less than the 0.5100 of champion version 3"),
        (0.19, Champion("3", 0.10), False, "below evaluate.min_accuracy"),
        (0.50, Champion("3", 0.51, caveat="other split"), False, "(other split)"),
        (0.50, Champion("3", None, incomparable="other genres"), False, "it stays"),
    ],
)
def test_decisions(
    params: MakeParams, accuracy: float, champion: Champion | None, promoted: bool, words: str
) -> None:
    """Promoted is who reaches the minimum and is at least as accurate; the reason says why."""
    decision = decide(accuracy, champion, params().evaluate)
    assert decision.promoted is promoted
    assert words in decision.reason


def test_an_incomparable_champion_is_replaced_only_on_request(params: MakeParams) -> None:
    """evaluate.replace_incomparable lets a candidate replace a champion that it cannot meet."""
    rules = params(evaluate={"replace_incomparable": True}).evaluate
    champion = Champion("3", None, incomparable="it has other genres")
    assert decide(0.5, champion, rules).promoted
    assert "it has other genres" in decide(0.5, champion, rules).reason
    assert not decide(0.1, champion, rules).promoted
