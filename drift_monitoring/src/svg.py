"""Charts of pygal as plain shapes that take their colours from the page around them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup

# Anything else that pygal draws, such as its styles, scripts and tooltips, stays out.
TAGS = {"svg", "g", "path", "rect", "circle", "text"}
ATTRIBUTES = ("class", "viewBox", "transform", "d", "x", "y", "width", "height", "cx", "cy", "r")
LEFT_OUT = {"background", "titles", "tooltip-overlay"}
DECIMALS = re.compile(r"(\d+\.\d)\d+")


class Drawing:
    """A chart without colours, fonts, scripts, or anything to load: drawn once, shown in two ways.

    Elements have the classes that pygal gives: `serie-0` is the first series.

    Parameters
    ----------
    chart : pygal chart
    """

    def __init__(self, chart: Any) -> None:
        tree = chart.render_tree()
        self._picture = _copy(tree)
        plot = next(node for node in tree.iter("g") if "plot" in _classes(node))
        background = next(node for node in plot if "background" in _classes(node))
        self._size = float(background.attrib["width"]), float(background.attrib["height"])

    def whole(self, label: str) -> Markup:
        """An svg element of the whole chart.

        Parameters
        ----------
        label : str
            What the picture shows, for those who cannot see it; escaped here.
        """
        return _svg(self._picture.attrib, self._picture, label)

    def series(self, label: str, size: tuple[int, int]) -> Markup:
        """An svg element of the series alone, without axes, stretched to a width and a height.

        Lines keep their width if the page has `vector-effect: non-scaling-stroke` for them.
        """
        (graph,) = self._picture
        width, height = (f"{to / of:.4g}" for to, of in zip(size, self._size, strict=True))
        plot = ElementTree.Element("g", {"transform": f"scale({width} {height})"})
        plot.extend(node for node in graph.iter("g") if "series" in _classes(node))
        alone = ElementTree.Element("g", {"class": graph.attrib["class"]})
        alone.append(plot)
        return _svg({"viewBox": f"0 0 {size[0]} {size[1]}"}, [alone], label)


def _svg(
    attributes: dict[str, str], nodes: Iterable[ElementTree.Element], label: str
) -> Markup:
    picture = ElementTree.Element("svg", attributes | {"role": "img", "aria-label": label})
    picture.extend(nodes)
    return Markup(ElementTree.tostring(picture, encoding="unicode"))


def _classes(node: Any) -> Sequence[str]:
    classes: str = node.attrib.get("class", "")
    return classes.split()


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
        if LEFT_OUT.intersection(_classes(child)):
            continue
        copied = _copy(child)
        if copied.tag != "g" or len(copied):
            yield copied
