import re
from typing import Any

import pytest

from src.axes import ticks
from src.charts import bin_width, distributions, shares

BINS: dict[str, Any] = {
    "bars": False, "edges": [0.0, 1.0, 2.0, 4.0], "reference": [0.5, 0.25, 0.25],
    "current": [0.0, 0.0, 0.0], "below": False, "above": False,
}  # fmt: skip


def path(picture: str, series: int) -> list[tuple[float, float]]:
    """The points of a line."""
    found = re.search(rf'serie-{series} [^>]*><path class="line[^"]*" d="([^"]+)"', picture)
    assert found
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", found[1])]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def test_heights_are_densities() -> None:
    """A bin of twice the width with the same share is drawn at half the height."""
    points = path(distributions(BINS).whole("x"), 0)
    floor = max(y for _, y in points)
    heights = sorted({round(floor - y, 0) for _, y in points if floor - y > 1})
    assert heights[-1] / heights[0] == pytest.approx(4, rel=0.1)
    assert bin_width(BINS) == pytest.approx(4 / 3)


def test_a_side_without_values_is_a_flat_line() -> None:
    """Where one side has nothing, the other is drawn all the same."""
    assert len({y for _, y in path(distributions(BINS).whole("x"), 1)}) == 1
    nothing = BINS | {"reference": [0.0, 0.0, 0.0]}
    assert "nan" not in distributions(nothing).whole("x")


def test_the_series_alone_fill_a_smaller_picture() -> None:
    """The same lines without axes, from the left edge to the right and from the top to the foot."""
    drawing = distributions(BINS)
    small = drawing.series("small", (160, 44))
    assert "<text" not in small and 'class="guide' not in small
    assert 'viewBox="0 0 160 44" role="img" aria-label="small"' in small
    scale = re.search(r'transform="scale\(([\d.]+) ([\d.]+)\)"', small)
    assert scale and path(small, 0) == path(drawing.whole("large"), 0)
    across = [x * float(scale[1]) for x, _ in path(small, 0)]
    down = [y * float(scale[2]) for _, y in path(small, 0)]
    assert (min(across), max(across)) == pytest.approx((0, 160), abs=5)
    assert (min(down), max(down)) == pytest.approx((0, 44), abs=3)


def test_huge_values_do_not_overflow() -> None:
    """The whole range of floating-point numbers can be drawn."""
    huge = BINS | {"edges": [-1.7e308, 0.0, 1.0, 1.7e308]}
    picture = distributions(huge).whole("x")
    assert not re.search(r"\bnan\b|\binf\b", picture)


@pytest.mark.parametrize(
    "bins",
    [
        {"bars": True, "edges": [0.0, 7.0], "reference": [0.5, 0.5, 0.0], "current": [0, 0, 1.0]},
        {"bars": False, "edges": [5.0], "reference": [1.0], "current": [1.0]},
    ],
)
def test_single_values_are_bars(bins: dict[str, Any]) -> None:
    """Each value has two bars; what the reference does not have is named other."""
    picture = distributions(bins).whole("x")
    assert picture.count("<rect") == 2 * len(bins["reference"])
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", picture)
    names = [f"{edge:g}" for edge in bins["edges"]]
    others = ["other"] * (len(bins["reference"]) - len(names))
    assert [text for text in texts if not text.endswith("%")] == names + others


def test_a_picture_brings_nothing_along() -> None:
    """What pygal adds stays out: styles, scripts, fonts, tooltips, ids; names are escaped."""
    picture = shares(["R&B", "<b>"], [0.5, 0.5], [0.1, 0.9]).whole('a "<b>"')
    tags = set(re.findall(r"<(\w+)", picture))
    assert tags <= {"svg", "g", "path", "rect", "text"}
    names = set(re.findall(r' ([\w:-]+)="', picture))
    assert not {"style", "id", "fill", "stroke", "xmlns"} & names
    assert "http" not in picture
    assert 'role="img" aria-label="a &quot;&lt;b&gt;&quot;"' in picture
    assert "R&amp;B" in picture and "&lt;b&gt;" in picture


@pytest.mark.parametrize(
    ("low", "high", "count", "marks"),
    [
        (0, 1, 4, [0, 0.5, 1]),
        (-60, 5, 4, [-60, -40, -20, 0]),
        (0.013, 0.137, 3, [0.05, 0.1]),
        (0, 83_888, 2, [0, 50_000]),
        (3, 3, 4, [3]),
    ],
)
def test_marks_are_round(low: float, high: float, count: int, marks: list[float]) -> None:
    """Axes have round numbers, none of them outside."""
    assert ticks(low, high, count) == marks
