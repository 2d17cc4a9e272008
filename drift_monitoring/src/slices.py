"""Which part of a request log is looked at, and the parts of it that are judged apart."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from src.errors import InputError

DIMENSIONS = ("genre", "week", "model_version")
WINDOW = "window"
UNITS = {"d": "days", "h": "hours", "m": "minutes"}
DURATION = re.compile(r"([1-9]\d{0,5})([dhm])")
MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
WEEK = timedelta(days=7)
UNKNOWN = "unknown"


@dataclass(frozen=True, order=True)
class Segment:
    """A part of the songs that is judged by itself.

    Attributes
    ----------
    by : str
        One of DIMENSIONS, or WINDOW.
    key : str
        A genre, a version, or the start of the week or window as an ISO 8601 time in UTC.
    """

    by: str
    key: str


@dataclass(frozen=True)
class Slices:
    """From when to when, and by what.

    Attributes
    ----------
    by : tuple of str
        Of DIMENSIONS.
    since, until : datetime or None
        The first moment, and the one after the last.
    window : timedelta or None
        Windows start at `since`, or so that those of a week start on Mondays.

    Raises
    ------
    InputError
        When the end is not after the start.
    """

    by: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    window: timedelta | None = None

    def __post_init__(self) -> None:
        if self.since and self.until and self.since >= self.until:
            raise InputError(
                f"until: {self.until.isoformat()} is not after since: {self.since.isoformat()}"
            )

    @property
    def divided(self) -> bool:
        """Whether something is judged apart."""
        return bool(self.by or self.window)

    @property
    def all_times(self) -> bool:
        return self.since is None and self.until is None

    def described(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "by": list(self.by),
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "window_seconds": self.window and self.window.total_seconds(),
        }

    def holds(self, time: datetime | None) -> bool:
        """Whether a moment is in the span; an unknown one is in no span but that of all times."""
        if self.all_times:
            return True
        if time is None:
            return False
        return (self.since is None or time >= self.since) and (
            self.until is None or time < self.until
        )

    def segments(
        self, genre: str | None, version: str | None, time: datetime | None
    ) -> Iterator[Segment]:
        """The segments that a song belongs to."""
        for dimension in self.by:
            if dimension == "genre":
                yield Segment("genre", genre or UNKNOWN)
            elif dimension == "model_version":
                yield Segment("model_version", version or UNKNOWN)
            elif time:
                yield Segment("week", _start(time, WEEK, MONDAY))
        if self.window and time:
            yield Segment(WINDOW, _start(time, self.window, self.since or MONDAY))


def _start(time: datetime, length: timedelta, origin: datetime) -> str:
    return (origin + (time - origin) // length * length).astimezone(UTC).isoformat()


def moment(text: str, name: str) -> datetime:
    """A date or a time in ISO 8601, UTC where it names no zone.

    Raises
    ------
    InputError
        When it is none.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{name}: {text!r} is no date or time; wanted such as 2026-11-24 or 2026-11-24T08:00Z"
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def duration(text: str, name: str) -> timedelta:
    """A length of time such as 7d, 12h or 30m.

    Raises
    ------
    InputError
        When it is none.
    """
    match = DURATION.fullmatch(text)
    if not match:
        raise InputError(f"{name}: {text!r} is no length of time; wanted such as 7d, 12h or 30m")
    return timedelta(**{UNITS[match[2]]: int(match[1])})
