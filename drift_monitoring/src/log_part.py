"""What a part of the request log says, in a form that adds up over the parts."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from src.answers import Answer, Predictions
from src.distinct_songs import DistinctSongs
from src.log_files import Block
from src.log_lines import LineCounts
from src.population import Counted
from src.row_sample import RowSample
from src.slices import Segment


@dataclass
class LogPart:
    """What some blocks of a log say, in the order of the blocks.

    Attributes
    ----------
    blocks : list of (Block, LineCounts)
    outside : int
        Songs and rejected requests before or after the span that is looked at, or of no known time.
    rejected : int
        Rejected requests in the span.
    first, last : datetime or None
        Of all songs and rejected requests in the span.
    whole : Counted or Population or None
        The songs of the span.
    segments : dict of Segment to Counted
    predictions : dict of str to Predictions
        By model version.
    sample : RowSample
        With the probabilities that the plan's version gave, if any are wanted.
    answers : list of Answer
    distinct : DistinctSongs or None
    """

    blocks: list[tuple[Block, LineCounts]]
    outside: int = 0
    rejected: int = 0
    first: datetime | None = None
    last: datetime | None = None
    whole: Any = None
    segments: dict[Segment, Counted] = field(default_factory=dict)
    predictions: dict[str, Predictions] = field(default_factory=dict)
    sample: RowSample | None = None
    answers: list[Answer] = field(default_factory=list)
    distinct: DistinctSongs | None = None

    def __add__(self, other: "LogPart") -> "LogPart":
        return LogPart(
            self.blocks + other.blocks,
            self.outside + other.outside,
            self.rejected + other.rejected,
            min((t for t in (self.first, other.first) if t), default=None),
            max((t for t in (self.last, other.last) if t), default=None),
            _sum(self.whole, other.whole),
            sum_by_key(self.segments, other.segments),
            sum_by_key(self.predictions, other.predictions),
            _sum(self.sample, other.sample),
            self.answers + other.answers,
            _sum(self.distinct, other.distinct),
        )


def _sum(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return one if other is None else other
    return one + other


def sum_by_key(one: dict[Any, Any], other: dict[Any, Any]) -> dict[Any, Any]:
    """Both together, by key."""
    return {key: _sum(one.get(key), other.get(key)) for key in one | other}
