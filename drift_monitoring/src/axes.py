"""What all charts have in common: nothing of their own to load, and round numbers on the axes."""

import math
import sys
from typing import Any

from pygal.style import Style

# What pygal finds its maps by lacks find_spec: Python 3.11 warns of it at every later import.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]

# Only the widths of the letters count, to leave room for the labels.
FONTS = Style(label_font_size=11, major_label_font_size=11)
BARE: dict[str, Any] = {"js": (), "css": (), "style": FONTS, "show_legend": False}


def ticks(low: float, high: float, count: int) -> list[float]:
    """About so many round numbers from low to high, at steps of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / count
    if not 0 < rough < math.inf:
        return [low]
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{index * step:.12g}") for index in range(first, last + 1)]
