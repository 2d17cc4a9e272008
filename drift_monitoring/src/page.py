"""The drift report as one HTML page that needs nothing beside itself."""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from src import explanations, wording
from src.charts import bin_width, distributions, shares
from src.pictures import Pictures
from src.segment_tables import heat, heat_limits, segment_tables

TEMPLATES = Path(__file__).parent / "templates"
NOT_ALWAYS = {"accuracy.jinja", "model.jinja", "segments.jinja"}
CONFIDENCE_BINS = 20
OPTION = re.compile(r"--[a-z][a-z-]*")


def render_page(report: dict[str, Any], pictures: Pictures | None = None) -> str:
    """The page of a report; whatever comes from the inputs is escaped.

    Parameters
    ----------
    report : dict
        As `build_report` makes it, or as its JSON is read back.
    pictures : Pictures, optional
        Of this report, as far as they are drawn.
    """
    style = _inlined("page.css", "charts.css", "narrow.css", "print.css")
    script = _inlined("page.js")
    return _environment().get_template("page.html.jinja").render(
        report=report,
        features=wording.by_effect(report),
        pictures=pictures or Pictures(),
        tables=segment_tables(report),
        heat_limits=heat_limits(report),
        model=report.get("model"),
        style=style,
        script=script,
        policy="; ".join(
            [
                "default-src 'none'",
                f"style-src {_source(style)}",
                f"script-src {_source(script)}",
                "base-uri 'none'",
                "form-action 'none'",
            ]
        ),
    )


def load_templates() -> None:
    """Compile the templates that every page needs, which the first page would do otherwise."""
    environment = _environment()
    for name in set(environment.list_templates(extensions=["jinja"])) - NOT_ALWAYS:
        environment.get_template(name)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "axis_number": wording.axis_number,
        "count": "{:,}".format,
        "effect": explanations.effect,
        "marked": _marked,
        "moment": wording.moment,
        "number": wording.number,
        "p_value": explanations.small_p,
        "share": wording.share,
        "signed": "{:+.1f}".format,
        "worth": "{:,.0f}".format,
    }
    environment.globals |= {
        "bin_width": bin_width,
        "change": wording.change,
        "confidence_picture": _confidence_picture,
        "decision": explanations.decision,
        "distance": explanations.distance,
        "effect_name": explanations.effect_name,
        "genre_shares": _genre_shares,
        "genres_picture": _genres_picture,
        "headline": wording.headline,
        "heat": heat,
        "log_sentence": wording.log_sentence,
        "p_condition": explanations.p_condition,
        "state": explanations.state,
        "together": explanations.together,
    }
    return environment


def _genre_shares(found: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Genres with their shares on both sides; one that a side does not name has none there."""
    before, now = found["train_share"], found["prod_share"]
    return [(name, before.get(name, 0.0), now.get(name, 0.0)) for name in before | now]


def _genres_picture(found: dict[str, Any], label: str) -> Markup:
    names, before, now = zip(*_genre_shares(found), strict=True)
    return shares(names, before, now).whole(label)


def _confidence_picture(found: dict[str, Any], label: str) -> Markup:
    """Both distributions of the model's confidence, over equal bins from 0 to 1."""
    bins = {
        "bars": False,
        "edges": [edge / CONFIDENCE_BINS for edge in range(CONFIDENCE_BINS + 1)],
        "reference": found["train_share"],
        "current": found["prod_share"],
    }
    return distributions(bins).whole(label)


def _marked(sentence: str) -> Markup:
    """A sentence in which options of the command stand out, and are not broken at their dashes."""
    return Markup(OPTION.sub(r"<code>\g<0></code>", str(escape(sentence))))


def _inlined(*names: str) -> Markup:
    """Styles or scripts of our own, which need no escaping."""
    return Markup("".join((TEMPLATES / name).read_text(encoding="utf-8") for name in names))


def _source(text: str) -> str:
    """What allows exactly this text in a Content-Security-Policy."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
