from datetime import UTC, datetime
from typing import Any

import pytest

from src.log_times import moments_of, span_of

FIRST, LAST = "2026-11-01T00:00:00.500+00:00", "2026-11-03T00:00:00.000+00:00"


@pytest.mark.parametrize(
    "timestamps",
    [
        [LAST, FIRST, "2026-11-02T00:00:00.000+00:00"],
        [LAST, FIRST, "2026-11-02T00:00:00Z"],  # of another length
        ["2026-11-03T02:00:00.000+02:00", "2026-10-31T22:00:00.500-02:00"],  # of other zones
        [LAST, FIRST, None, 5],
        [LAST, FIRST, "zzzz-11-02T00:00:00.000+00:00"],  # of the right form, the last, and no time
        [FIRST, LAST, "2026-11-02T00:00:00.00\u00e9+00:00"],
    ],
)
def test_span(timestamps: list[Any]) -> None:
    """The span is that of all times that are such, in whatever form and order they are written."""
    assert span_of(timestamps) == [datetime.fromisoformat(FIRST), datetime.fromisoformat(LAST)]


def test_no_span() -> None:
    """Without a time there is no span."""
    assert span_of([]) == span_of([None, "never"]) == []


def test_times_without_a_zone_are_utc() -> None:
    """A time that names no zone is taken as UTC, beside others that do."""
    assert moments_of(["2026-11-01T00:00:00", "2026-11-01T01:00:00+01:00"]) == [
        datetime(2026, 11, 1, tzinfo=UTC)
    ] * 2
