"""The pictures of the features on the page."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from src.charts import distributions
from src.svg import Drawing
from src.wording import number

SMALL = (160, 44)


class Pictures:
    """Draws the distributions of the features of one report, each when it is first asked for.

    A detail is what the report says of a feature; a drawing needs its histogram alone.
    """

    def __init__(self) -> None:
        self._drawn: dict[str, Drawing] = {}

    def draw(self, details: Mapping[str, Mapping[str, Any]]) -> None:
        """Draw all of them, which takes a while, before they are asked for."""
        for feature, detail in details.items():
            if detail["histogram"]:
                self._drawing(feature, detail)

    def small(self, feature: str, detail: Mapping[str, Any]) -> Markup:
        """Both distributions, for a cell of a table, where there is a histogram."""
        label = (
            f"{feature}: mean {number(detail['train_mean'])} in the reference, "
            f"{number(detail['prod_mean'])} in production"
        )
        return self._drawing(feature, detail).series(label, SMALL)

    def large(self, feature: str, detail: Mapping[str, Any]) -> Markup:
        """Both distributions, with axes, where there is a histogram."""
        label = f"{feature}: share of songs by value, reference and production"
        return self._drawing(feature, detail).whole(label)

    def _drawing(self, feature: str, detail: Mapping[str, Any]) -> Drawing:
        if feature not in self._drawn:
            self._drawn[feature] = distributions(detail["histogram"])
        return self._drawn[feature]
