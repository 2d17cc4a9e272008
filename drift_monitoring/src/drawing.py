"""A histogram as an SVG picture that takes its colours from the page around it."""

from collections.abc import Iterator

from markupsafe import Markup

from src.histogram import Histogram
from src.samples import Values
from src.wording import axis_number

WIDTH, HEIGHT, LABELS = 360, 84, 16


def draw(histogram: Histogram, title: str) -> Markup:
    """The reference as a filled area or bars, the current songs as a line or bars beside them.

    Parameters
    ----------
    histogram : Histogram
    title : str
        What the picture shows, for those who cannot see it; escaped here.
    """
    highest = max(histogram.reference.max(), histogram.current.max())
    if histogram.bars:
        shapes = "".join(_bars(histogram, highest))
    else:
        area = _steps(histogram.reference / highest)
        line = _steps(histogram.current / highest)
        shapes = (
            f'<path class="reference" d="M0,{HEIGHT} L{area} L{WIDTH},{HEIGHT} Z"/>'
            f'<path class="current" d="M0,{HEIGHT} L{line} L{WIDTH},{HEIGHT}"/>'
        )
    return Markup(
        '<svg viewBox="0 -2 {width} {height}" role="img" aria-label="{title}">{shapes}'
        '<line x1="0" y1="{floor}" x2="{width}" y2="{floor}"/>{labels}</svg>'
    ).format(
        width=WIDTH,
        height=HEIGHT + LABELS + 2,
        floor=HEIGHT,
        title=title,
        shapes=Markup(shapes),
        labels=Markup("".join(_labels(histogram))),
    )


def _steps(heights: Values) -> str:
    """The outline of a histogram, its heights between 0 and 1."""
    step = WIDTH / len(heights)
    return " ".join(
        f"{index * step:.1f},{y:.1f} {(index + 1) * step:.1f},{y:.1f}"
        for index, y in enumerate(HEIGHT * (1 - heights))
    )


def _bars(histogram: Histogram, highest: float) -> Iterator[str]:
    slot = WIDTH / len(histogram.reference)
    width = min(slot * 0.36, 40)
    for index in range(len(histogram.reference)):
        middle = (index + 0.5) * slot
        for side, x in (("reference", middle - width), ("current", middle)):
            share = getattr(histogram, side)[index] / highest * HEIGHT
            yield (
                f'<rect class="{side} bar" x="{x:.1f}" y="{HEIGHT - share:.1f}" '
                f'width="{width:.1f}" height="{share:.1f}"/>'
            )


def _labels(histogram: Histogram) -> Iterator[str]:
    y = HEIGHT + LABELS - 3
    if histogram.bars:
        slot = WIDTH / len(histogram.reference)
        for index, edge in enumerate(histogram.edges[:-1]):
            x = (index + 0.5) * slot
            yield f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{edge + 0.5:.0f}</text>'
        return
    low = ("≤ " if histogram.below else "") + axis_number(float(histogram.edges[0]))
    high = ("≥ " if histogram.above else "") + axis_number(float(histogram.edges[-1]))
    yield f'<text x="0" y="{y}">{low}</text>'
    yield f'<text x="{WIDTH}" y="{y}" text-anchor="end">{high}</text>'
