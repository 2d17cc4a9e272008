"""The limits of the report: what is significant, what matters, and what is enough."""

from dataclasses import dataclass

from src.errors import InputError

ALPHA = 0.05
# From benchmarks/experiment.py: a shift of 0.1 standard deviations, the smallest that is worth a
# look, has D = .04. At 0.03 nearly all of them alarm from 5,000 songs on, and nothing does where
# nothing changed; at 0.05 it is a coin toss, and 0.1 misses half of the shifts of 0.2.
MIN_EFFECT = 0.03
MIN_SAMPLES = 100


@dataclass(frozen=True)
class Thresholds:
    """When a feature counts as drifted.

    Attributes
    ----------
    alpha : float
        Largest false discovery rate: the corrected p-value must be smaller.
    min_effect : float
        Smallest effect that matters: D, or Cramer's V of categories. With very many songs any
        difference is significant; 0 leaves the p-value alone to decide.
    min_samples : int
        Independent songs on either side under which nothing is decided.

    Raises
    ------
    InputError
        When one of them is outside its range.
    """

    alpha: float = ALPHA
    min_effect: float = MIN_EFFECT
    min_samples: int = MIN_SAMPLES

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise InputError(f"alpha: {self.alpha} is not between 0 and 1")
        if not 0 <= self.min_effect <= 1:
            raise InputError(f"min_effect: {self.min_effect} is not from 0 to 1")
        if self.min_samples < 1:
            raise InputError(f"min_samples: {self.min_samples} is not 1 or more")
