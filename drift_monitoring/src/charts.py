"""Pictures of both distributions of a feature."""

from collections.abc import Mapping, Sequence
from typing import Any

import pygal

from src.axes import BARE, ticks
from src.svg import Drawing
from src.wording import axis_number

WIDTH, HEIGHT = 380, 170
LETTER = 6.5


def distributions(bins: Mapping[str, Any]) -> Drawing:
    """Both sides of a histogram: the reference as an area or bars, production as a line or bars.

    Parameters
    ----------
    bins : mapping
        A `Histogram` as a dict.
    """
    if bins["bars"] or len(bins["edges"]) < 2:
        names = [axis_number(edge) for edge in bins["edges"]]
        names += ["other"] * (len(bins["reference"]) - len(names))
        return shares(names, bins["reference"], bins["current"])
    positions = _positions(bins["edges"])
    sides = [_steps(positions, bins[side]) for side in ("reference", "current")]
    chart = pygal.XY(**_axes(max(height for side in sides for _, height in side)), show_dots=False)
    chart.x_labels = _x_labels(bins)
    chart.add("reference", sides[0], fill=True)
    chart.add("production", sides[1])
    return Drawing(chart)


def bin_width(bins: Mapping[str, Any]) -> float:
    """The mean width of the bins, for which the heights of `distributions` are given."""
    edges = bins["edges"]
    return float(edges[-1] / (len(edges) - 1) - edges[0] / (len(edges) - 1))


def shares(
    names: Sequence[str], reference: Sequence[float], current: Sequence[float]
) -> Drawing:
    """Two bars for each name."""
    chart = pygal.Bar(**_axes(max(*reference, *current)))
    chart.x_labels = list(names)
    chart.truncate_label = 12
    # Names that would run into each other are written slantwise.
    widest = LETTER * max(map(len, names))
    chart.x_label_rotation = 40 if widest > 1.5 * 0.85 * WIDTH / len(names) else 0
    chart.add("reference", list(reference))
    chart.add("production", list(current))
    return Drawing(chart)


def _axes(highest: float) -> dict[str, Any]:
    highest = highest or 1.0
    return BARE | {
        "width": WIDTH,
        "height": HEIGHT,
        "margin": 6,
        "margin_right": 18,
        "range": (0, highest),
        "y_labels": ticks(0, highest, 5),
        "value_formatter": lambda share: f"{100 * share:g} %",
    }


def _positions(edges: Sequence[float]) -> list[float]:
    """From 0 to 1; in halves, lest the distance between two huge values overflow."""
    span = edges[-1] / 2 - edges[0] / 2
    return [(edge / 2 - edges[0] / 2) / span for edge in edges]


def _steps(positions: Sequence[float], shares: Sequence[float]) -> list[tuple[float, float]]:
    """The outline of densities: a height is the share that a bin of mean width would have."""
    mean = 1 / len(shares)
    outline = [(0.0, 0.0)]
    for left, right, share in zip(positions, positions[1:], shares, strict=False):
        # A bin may be as narrow as the gap between two values; it is to be no spike above all.
        height = share * mean / max(right - left, mean / 2)
        outline += [(left, height), (right, height)]
    return [*outline, (1.0, 0.0)]


def _x_labels(bins: Mapping[str, Any]) -> list[dict[str, Any]]:
    low, high = bins["edges"][0], bins["edges"][-1]
    inner = ticks(low, high, 6)
    return [
        {"value": (mark / 2 - low / 2) / (high / 2 - low / 2), "label": axis_number(mark)}
        for mark in inner
    ]
