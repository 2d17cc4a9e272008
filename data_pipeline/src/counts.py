"""How many rows were read and dropped, and why: counts that add up over the parts of a table."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

REPEATED = "repeated_id"
REASONS = (
    "wrong_number_of_fields",
    "no_year",
    "no_genre",
    "missing_feature",
    "non_finite_feature",
    "out_of_range_feature",
    REPEATED,
)


class Place(NamedTuple):
    """Where a row begins: the file, and the line in it from 1."""

    part: str
    line: int


@dataclass(frozen=True)
class Counts:
    """What was found in some rows of a table.

    Attributes
    ----------
    rows : int
        Rows read.
    dropped : Counter
        Dropped rows by reason, one of REASONS.
    faults : Counter
        Faults by (reason, feature); a row with several faults counts in each.
    first_dropped : dict
        The place of the first row that was dropped, by reason.
    """

    rows: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    first_dropped: dict[str, Place] = field(default_factory=dict)

    @classmethod
    def of_dropped(cls, reason: str, part: str, lines: npt.NDArray[np.int64]) -> "Counts":
        """The counts of rows that were dropped for one reason; `lines` has shape (rows,)."""
        if not len(lines):
            return cls()
        return cls(
            dropped=Counter({reason: len(lines)}),
            first_dropped={reason: Place(part, int(lines[0]))},
        )

    def __add__(self, later: "Counts") -> "Counts":
        """The counts of these rows and of those that come after them."""
        return Counts(
            self.rows + later.rows,
            self.dropped + later.dropped,
            self.faults + later.faults,
            later.first_dropped | self.first_dropped,
        )
