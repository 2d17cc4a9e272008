"""Points in time of the lines of a request log."""

from datetime import UTC, datetime
from typing import Any

ZONE = "+00:00"


def moments_of(timestamps: list[Any]) -> list[datetime | None]:
    """Points in time of ISO 8601 texts, UTC where they name no zone; None for what is none."""
    try:
        times = list(map(datetime.fromisoformat, timestamps))
    except (TypeError, ValueError):
        return [_moment(timestamp) for timestamp in timestamps]
    if any(time.tzinfo is None for time in times):
        return [_moment(timestamp) for timestamp in timestamps]
    return list(times)


def span_of(timestamps: list[Any]) -> list[datetime]:
    """The first and the last of the points in time of texts; nothing where there are none."""
    ends = _span_of_one_form(timestamps) if timestamps else []
    if ends:
        return ends
    known = [time for time in moments_of(timestamps) if time]
    return [min(known), max(known)] if known else []


def _span_of_one_form(timestamps: list[Any]) -> list[datetime]:
    """Texts of one length in UTC are in the order of their times, and need not all be parsed."""
    try:
        # Faster than min and max, as they come almost in order.
        ordered = sorted(timestamps)
        first, last = ordered[0], ordered[-1]
        length = len(first)
        if set(map(len, timestamps)) != {length}:
            return []
        together = "".join(timestamps)
        zones = [together[length - place :: length] for place in range(len(ZONE), 0, -1)]
        if zones != [character * len(timestamps) for character in ZONE]:
            return []
        return [datetime.fromisoformat(first), datetime.fromisoformat(last)]
    except (AttributeError, TypeError, ValueError):
        return []


def _moment(timestamp: Any) -> datetime | None:
    try:
        time = datetime.fromisoformat(timestamp)
    except (TypeError, ValueError):
        # A song is no worse for a clock that nobody can read; it has no say in the span.
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
