"""Pictures of values by window of time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pygal
from markupsafe import Markup

from src.axes import BARE, ticks
from src.svg import Drawing

WIDTH, LINES_HEIGHT, BARS_HEIGHT = 960, 230, 110
# As wide in every chart, so that charts one above the other share their axis of time.
AXIS_WIDTH = 8
FIGURE_SPACE = "\u2007"
DOTS_UP_TO = 60
TIME_LABELS = 7


def lines(
    starts: Sequence[datetime],
    series: Mapping[str, Sequence[float | None]],
    names: Sequence[str],
    label: str,
) -> Markup:
    """Lines through the middle of each window, with gaps where a value is missing.

    Parameters
    ----------
    starts : sequence of datetime
        Of the windows, in their order.
    series : mapping of str to sequence
        A value for each window, or None; the first series is `serie-0`.
    names : sequence of str
        Of the windows, for the axis.
    label : str
        What the picture shows.
    """
    edges = _edges(starts)
    values = [value for line in series.values() for value in line if value is not None]
    chart = pygal.XY(
        **_options(edges, names, max(values, default=0), LINES_HEIGHT),
        xrange=(edges[0], edges[-1]),
        show_dots=len(starts) <= DOTS_UP_TO,
        allow_interruptions=True,
    )
    middles = [(start + end) / 2 for start, end in zip(edges, edges[1:], strict=False)]
    for name, line in series.items():
        chart.add(name, list(zip(middles, line, strict=True)))
    return Drawing(chart).whole(label)


def bars(
    starts: Sequence[datetime], counts: Sequence[int], names: Sequence[str], label: str
) -> Markup:
    """A bar for each window, as `lines` takes them."""
    edges = _edges(starts)
    width = min(end - start for start, end in zip(edges, edges[1:], strict=False))
    chart = pygal.Histogram(**_options(edges, names, max(counts), BARS_HEIGHT))
    chart.add(
        "songs",
        [(count, start, start + width) for count, start in zip(counts, edges, strict=False)],
    )
    return Drawing(chart).whole(label)


def _edges(starts: Sequence[datetime]) -> list[float]:
    """Seconds at which the windows start, and at which the last one ends."""
    seconds = [start.timestamp() for start in starts]
    # Windows without songs are missing; the shortest step is the length of each.
    length = min(after - before for before, after in zip(seconds, seconds[1:], strict=False))
    return [*seconds, seconds[-1] + length]


def _options(
    edges: Sequence[float], names: Sequence[str], highest: float, height: int
) -> dict[str, Any]:
    highest = highest or 1.0
    every = -(-len(names) // TIME_LABELS)
    return BARE | {
        "width": WIDTH,
        "height": height,
        "margin": 8,
        "margin_right": 30,
        "truncate_label": -1,
        "range": (0, 1.05 * highest),
        "y_labels": ticks(0, highest, 4 if height == LINES_HEIGHT else 2),
        "value_formatter": lambda value: f"{value:,g}".rjust(AXIS_WIDTH, FIGURE_SPACE),
        "x_labels": [
            {"value": edge, "label": name}
            for edge, name in list(zip(edges, names, strict=False))[::every]
        ],
    }
