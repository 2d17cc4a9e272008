"""The pictures of the features on the page."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from src.charts import distributions
from src.wording import number


class Pictures:
    """Draws the pictures of one report, each when it is first asked for.

    A detail is what the report says of a feature; pictures need its means and its histogram alone.
    """

    def __init__(self) -> None:
        self._drawn: dict[tuple[str, bool], Markup] = {}

    def draw(self, details: Mapping[str, Mapping[str, Any]]) -> None:
        """Draw all of them, which takes a while, before they are asked for."""
        for feature, detail in details.items():
            self.small(feature, detail)
            self.large(feature, detail)

    def small(self, feature: str, detail: Mapping[str, Any]) -> Markup:
        """Both distributions, for a cell of a table; nothing where there is no histogram."""
        means = (
            f"{feature}: mean {number(detail['train_mean'])} in the reference, "
            f"{number(detail['prod_mean'])} in production"
        )
        return self._picture(feature, detail, means, large=False)

    def large(self, feature: str, detail: Mapping[str, Any]) -> Markup:
        """Both distributions, with axes; nothing where there is no histogram."""
        label = f"{feature}: share of songs by value, reference and production"
        return self._picture(feature, detail, label, large=True)

    def _picture(
        self, feature: str, detail: Mapping[str, Any], label: str, *, large: bool
    ) -> Markup:
        key = feature, large
        if key not in self._drawn:
            bins = detail["histogram"]
            self._drawn[key] = distributions(bins, label, large=large) if bins else Markup()
        return self._drawn[key]
