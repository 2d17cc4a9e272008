"""The model card, after Mitchell et al. (2019), "Model Cards for Model Reporting".

It is one Markdown text. The page in HTML is the same text with the pictures in it.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt

from src.appraisal import Appraisal
from src.bootstrap import CONFIDENCE
from src.files import written_whole
from src.gate import Verdict
from src.importance import MOST_SONGS
from src.pictures import pictures
from src.verdict_table import HEADER, check_cells

TEXT, PAGE = "model_card.md", "model_card.html"
HEADLINES = {
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "top3_accuracy": "truth among the top three",
    "log_loss": "log loss (nats)",
    "ece": "calibration error",
}
TEMPLATES = Path(__file__).parent / "templates"
# A picture that stands alone has no page to take its text colour from.
ALONE = (
    "<style>:root { color: #1d2430 } "
    "@media (prefers-color-scheme: dark) { :root { color: #e4e8ee } }</style>"
)


@dataclass(frozen=True)
class Subject:
    """The registered version that a card is about, and how it was trained."""

    name: str
    version: str
    family: str
    run_id: str
    tags: Mapping[str, str]
    parameters: Mapping[str, str]
    train_accuracy: float
    training_songs: int
    recalled_songs: int
    set_aside: int
    years: tuple[int, int]


def write_card(folder: Path, subject: Subject, appraisal: Appraisal, verdict: Verdict) -> None:
    """Write model_card.md with its pictures, and model_card.html with the pictures in it.

    Parameters
    ----------
    folder : path
        Made where it is missing.
    subject : Subject
    appraisal : Appraisal
    verdict : Verdict
        The comparison with the champion, and what came of it.
    """
    drawn = pictures(appraisal)
    text = card_text(subject, appraisal, verdict)
    files = {TEXT: text, PAGE: card_page(text, drawn)}
    for name, svg in drawn.items():
        start = svg.index(">") + 1
        files[f"{name}.svg"] = f"{svg[:start]}{ALONE}{svg[start:]}\n"
    for name, content in files.items():
        with written_whole(folder / name) as file:
            file.write(content.encode())


def card_text(subject: Subject, appraisal: Appraisal, verdict: Verdict) -> str:
    """The card as Markdown, which names its pictures as files beside it."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters |= {
        "cell": cell,
        "thousands": lambda count: f"{count:,}",
        "number": lambda value: f"{value:.4f}",
        "percent": lambda share: f"{share:.0%}",
    }
    slices = appraisal.slices
    newer = {
        "newer: artists not known": slices.newer_unseen,
        "newer: artists known": slices.newer_seen,
        "newer: all": slices.newer_songs,
    }
    songs = int(appraisal.confusion.sum())
    sides = (("validation", slices.validation), ("newer songs", slices.newer))
    return environment.get_template(TEXT).render(
        subject=subject,
        appraisal=appraisal,
        slices=slices,
        adaptation=appraisal.prior_adaptation,
        verdict=verdict,
        level=f"{CONFIDENCE:.0%}",
        ends=lambda pair: f"{pair[0]:.4f} to {pair[1]:.4f}" if pair else "",
        songs=songs,
        importance_songs=min(songs, MOST_SONGS),
        headlines=HEADLINES,
        weakest=sorted(appraisal.by_genre.items(), key=lambda item: item[1]["recall"])[:3],
        newer=[(label, part) for label, part in newer.items() if part],
        decades=[(f"{d}, {side}", e) for side, found in sides for d, e in found.items()],
        header=[name or "outcome" for name in HEADER],
        checks=[check_cells(check) for check in verdict.checks],
    )


def card_page(text: str, drawn: Mapping[str, str]) -> str:
    """The card as one page of HTML that needs nothing from elsewhere.

    Parameters
    ----------
    text : str
        The card as Markdown.
    drawn : mapping of str to str
        SVG elements by the names under which the text has them as files.
    """
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")

    def picture(_: Any, tokens: Sequence[Any], index: int, *__: Any) -> str:
        token = tokens[index]
        svg = drawn[token.attrs["src"].removesuffix(".svg")]
        label = html.escape(token.content)
        return f'<span class="picture"><svg role="img" aria-label="{label}"{svg[4:]}</span>'

    markdown.add_render_rule("image", picture)
    markdown.add_render_rule("table_open", lambda *_: '<div class="table"><table>\n')
    markdown.add_render_rule("table_close", lambda *_: "</table></div>\n")
    page = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    ).get_template("page.html")
    title = text.splitlines()[0].removeprefix("# ")
    return page.render(title=title, body=markdown.render(text))


def cell(value: object) -> str:
    """A text out of the data that means nothing to Markdown: no markup, no end of a table cell."""
    text = " ".join(str(value).split())
    return "".join(f"\\{sign}" if sign in r"\`*_[]<>|#&~" else sign for sign in text)
