"""Shares of rows that something is wrong with, and whether they rose."""

from dataclasses import dataclass

import numpy as np

from src.categories import chi_square
from src.current import Current
from src.distribution import Counts
from src.reference import Reference

# A rise that matters: one row in a hundred.
MIN_RISE = 0.01
# Where the reference cannot know the rate, as training data know of no rejected requests.
MOST_WITHOUT_REFERENCE = 0.05


@dataclass(frozen=True)
class Rate:
    """How many rows of each side something is wrong with.

    Attributes
    ----------
    name : str
        As people read it.
    reference : tuple of int, or None
        Rows that it is wrong with, and all rows; None where the reference does not know.
    current : tuple of int
    """

    name: str
    reference: tuple[int, int] | None
    current: tuple[int, int]

    @property
    def reference_share(self) -> float | None:
        return _share(*self.reference) if self.reference else None

    @property
    def current_share(self) -> float | None:
        return _share(*self.current)

    @property
    def p_value(self) -> float | None:
        """Of a chi-square test; None where there is nothing to compare with."""
        if not self.reference or not self.reference[1] or not self.current[1]:
            return None
        return chi_square(_good_and_bad(*self.reference), _good_and_bad(*self.current)).p_value

    @property
    def rose(self) -> bool:
        """The share is so much higher that it matters, by chance or not."""
        if self.current_share is None:
            return False
        if self.reference_share is None:
            return self.current_share > MOST_WITHOUT_REFERENCE
        return self.current_share - self.reference_share >= MIN_RISE


def rates(reference: Reference, current: Current) -> list[Rate]:
    """All rates that the current side knows."""
    before, now = _counts(reference), _counts(current)
    return [Rate(name, before.get(name), counted) for name, counted in now.items()]


def _counts(side: Reference | Current) -> dict[str, tuple[int, int]]:
    found = {}
    if side.quality:
        quality = side.quality
        found["missing values"] = (quality.rows_missing, quality.rows)
        found["values out of range"] = (quality.rows_out_of_range, quality.rows)
    if side.requests:
        requests = side.requests
        found["missing values"] = (requests.missing, requests.answered)
        found["values out of range"] = (requests.out_of_range, requests.answered)
        asked = requests.answered + requests.rejected
        found["rejected requests"] = (requests.rejected, asked)
        found["unusable lines"] = (requests.unusable, requests.lines)
    return found


def _good_and_bad(bad: int, rows: int) -> Counts:
    return np.array([rows - bad, bad])


def _share(bad: int, rows: int) -> float | None:
    return bad / rows if rows else None
