"""Charts of pygal as plain shapes that take their colours from the page around them."""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup

# Anything else that pygal draws, such as its styles, scripts and tooltips, stays out.
TAGS = {"svg", "g", "path", "rect", "circle", "text"}
ATTRIBUTES = ("class", "viewBox", "transform", "d", "x", "y", "width", "height", "cx", "cy", "r")
LEFT_OUT = {"background", "titles", "tooltip-overlay"}
DECIMALS = re.compile(r"(\d+\.\d)\d+")


def plain_svg(chart: Any, label: str) -> Markup:
    """Draw a chart without colours, fonts, scripts, or anything to load.

    Parameters
    ----------
    chart : pygal chart
    label : str
        What the picture shows, for those who cannot see it; escaped here.

    Returns
    -------
    Markup
        An svg element with the classes that pygal gives: `serie-0` is the first series.
    """
    picture = _copy(chart.render_tree())
    picture.attrib |= {"role": "img", "aria-label": label}
    return Markup(ElementTree.tostring(picture, encoding="unicode"))


def _copy(node: Any) -> ElementTree.Element:
    copied = ElementTree.Element(
        node.tag,
        {
            name: DECIMALS.sub(r"\1", node.attrib[name])
            for name in ATTRIBUTES
            if node.attrib.get(name)
        },
    )
    copied.text = node.text
    copied.extend(_kept(node))
    return copied


def _kept(node: Any) -> Iterator[ElementTree.Element]:
    for child in node:
        # The tag of a comment is no text.
        if not isinstance(child.tag, str) or child.tag not in TAGS:
            continue
        if LEFT_OUT.intersection(child.attrib.get("class", "").split()):
            continue
        copied = _copy(child)
        if copied.tag != "g" or len(copied):
            yield copied
