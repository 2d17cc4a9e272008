from datetime import UTC, datetime, timedelta

import pytest

from src.errors import InputError
from src.references import after, window_of
from src.slices import Segment, Slices, duration, moment


def time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_windows_of_a_week_start_on_mondays() -> None:
    """Weeks, and windows without a start of their own, begin on a Monday in UTC."""
    sunday = datetime.fromisoformat("2026-11-30T01:00:00+02:00")
    found = Slices(by=("week",), window=timedelta(days=7)).segments(None, None, sunday)
    assert set(found) == {
        Segment("week", "2026-11-23T00:00:00+00:00"),
        Segment("window", "2026-11-23T00:00:00+00:00"),
    }


def test_windows_start_at_since() -> None:
    """With a start, windows are counted from there."""
    slices = Slices(since=time("2026-11-25"), window=timedelta(hours=36))
    found = list(slices.segments("Rock", "1", time("2026-11-27T13:00")))
    assert found == [Segment("window", "2026-11-26T12:00:00+00:00")]


def test_the_span_holds_its_start_and_not_its_end() -> None:
    """A moment at the start is in the span, one at the end is not, an unknown one never."""
    slices = Slices(since=time("2026-11-01"), until=time("2026-11-02"))
    assert slices.holds(time("2026-11-01"))
    assert not slices.holds(time("2026-11-02"))
    assert not slices.holds(None)
    assert Slices().holds(None)


def test_a_span_that_ends_before_it_starts() -> None:
    """A span without any moment is refused."""
    with pytest.raises(InputError, match="until: 2026-11-01.* is not after since: 2026-11-01"):
        Slices(since=time("2026-11-01"), until=time("2026-11-01"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-24", "2026-11-24T00:00:00+00:00"),
        ("2026-11-24T08:00Z", "2026-11-24T08:00:00+00:00"),
        ("2026-11-24T08:00+02:00", "2026-11-24T08:00:00+02:00"),
    ],
)
def test_times(text: str, expected: str) -> None:
    """Dates and times are read as ISO 8601 has them, UTC where they name no zone."""
    assert moment(text, "since").isoformat() == expected


@pytest.mark.parametrize("text", ["yesterday", "", "24.11.2026"])
def test_no_time(text: str) -> None:
    """What is no time is refused with its name, its value, and an example."""
    with pytest.raises(InputError, match=f"since: '{text}' is no date.*such as 2026-11-24"):
        moment(text, "since")


def test_lengths_of_time() -> None:
    """Days, hours and minutes; anything else is refused."""
    assert duration("7d", "window") == timedelta(days=7)
    assert duration("12h", "window") == timedelta(hours=12)
    assert duration("30m", "window") == timedelta(minutes=30)
    for text in ("7", "d", "0d", "7w", "-1d", "1.5h"):
        with pytest.raises(InputError, match="window: .* is no length of time; wanted such as 7d"):
            duration(text, "window")


def test_a_window_of_the_log_as_reference() -> None:
    """START/END of two times is a window; anything else with a slash is a path."""
    window = window_of("2026-11-01/2026-11-08")
    assert window == Slices(since=time("2026-11-01"), until=time("2026-11-08"))
    assert window_of("data/train.csv") is None
    assert window_of("2026-11-01/train.csv") is None
    assert window_of("train.csv") is None


def test_what_is_compared_with_a_window() -> None:
    """By default what follows the reference; nothing that lies in it."""
    window = window_of("2026-11-01/2026-11-08")
    assert after(window, Slices()).since == time("2026-11-08")
    later = Slices(since=time("2026-11-10"))
    assert after(window, later) == later
    before = Slices(since=time("2026-10-01"), until=time("2026-11-01"))
    assert after(window, before) == before
    with pytest.raises(InputError, match="compared with themselves"):
        after(window, Slices(since=time("2026-11-07")))
    assert after(None, Slices()) == Slices()
