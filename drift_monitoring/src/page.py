"""The drift report as one HTML page that needs nothing beside itself."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from src import wording
from src.drawing import draw
from src.histogram import histogram
from src.samples import Sample

TEMPLATE = "page.html.jinja"


def render_page(report: dict[str, Any], reference: Sample, current: Sample) -> str:
    """The page of a report; whatever comes from the inputs is escaped.

    Parameters
    ----------
    report : dict
        As `build_report` makes it.
    reference, current : Sample
        The songs that it is about, for the pictures.
    """
    pictures = {}
    for feature, train in reference.features.items():
        bins = histogram(feature, train.values, current.features[feature].values)
        title = f"{feature}: distribution in training and in production"
        pictures[feature] = draw(bins, title) if bins else ""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": wording.number,
        "p_value": wording.p_value,
        "moment": wording.moment,
    }
    return environment.get_template(TEMPLATE).render(
        report=report,
        headline=wording.headline(report),
        reason=wording.reason(report),
        log=wording.log_sentence(report["request_log"]) if "request_log" in report else None,
        features=wording.by_effect(report),
        pictures=pictures,
    )
