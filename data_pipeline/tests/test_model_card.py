import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from src.appraisal import Appraisal
from src.bootstrap import Estimate
from src.gate import Check, Verdict
from src.model_card import Subject, card_text, cell, write_card
from src.prior_adaptation import PriorAdaptation
from src.slices import Slices
from src.songs import FEATURES

NASTY = "R&B | <script>alert(1)</script> *$x_y$* [a](http://b) ![c](d.svg)"
GENRES = ("Folk", NASTY, "Rock")
SOME = Estimate(0.61, 0.58, 0.64, 1234)
PICTURES = {"calibration", "confusion", "decades", "genres", "importance"}

APPRAISAL = Appraisal(
    scores={
        "accuracy": 0.62,
        "macro_f1": 0.5,
        "log_loss": 1.2,
        "top3_accuracy": 0.9,
        "ece": 0.0123,
    },
    intervals={"accuracy": (0.6, 0.6401), "macro_f1": (0.4, 0.6)},
    artists=321,
    genres=GENRES,
    confusion=np.array([[700, 200, 100], [100, 100, 100], [0, 100, 1100]]),
    calibration=[(0.45, 0.5, 900), (0.8, 0.75, 1600)],
    by_genre={
        genre: {"precision": 0.5, "recall": 0.1 * number, "f1": 0.4, "songs": 1000 + number}
        for number, genre in enumerate(GENRES)
    },
    importance=dict.fromkeys(FEATURES, Estimate(0.02, -0.01, 0.05, 2000)),
    slices=Slices(
        validation={"1990s": SOME, "2000s": SOME},
        newer={"2010s": SOME},
        newer_songs=Estimate(0.551, 0.53, 0.57, 50_000),
        newer_unseen=SOME,
        newer_seen=None,
        newer_years=(2013, 2024),
        newer_total=273_135,
    ),
    prior_adaptation=PriorAdaptation(0.469, 0.57, Estimate(0.101, 0.081, 0.121, 50_000)),
)
SUBJECT = Subject(
    name="classifier",
    version="7",
    family="xgboost",
    run_id="r" * 32,
    tags={
        "train_md5": "a" * 32,
        "validation_split": '{"validation_fraction": 0.2, "seed": 42}',
        "git_commit": "c" * 40,
        "git_dirty": "true",
    },
    parameters={"max_depth": "6"},
    train_accuracy=0.7151,
    training_songs=213_611,
    recalled_songs=20_000,
    set_aside=17,
    years=(1958, 2012),
)
VERDICT = Verdict(
    False,
    "accuracy may be worse",
    (
        Check("minimum", "minimum accuracy", 0.62, None, None, 0.4, "ok"),
        Check("genre", NASTY, 0.1, 0.3, Estimate(-0.2, -0.3, -0.1, 300), -0.05, "REFUSED"),
    ),
    ("songs of all years decide",),
    "6",
)


class Page(HTMLParser):
    """The elements of a page, each closed in its turn."""

    EMPTY = {"meta", "path", "use", "rect", "br"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.EMPTY:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("card")
    write_card(path, SUBJECT, APPRAISAL, VERDICT)
    return path


def test_text(folder: Path) -> None:
    """The card says what the model is, what it was measured on, and what came of the comparison."""
    text = (folder / "model_card.md").read_text()
    for words in (
        "# classifier, version 7",
        "It was not **made champion**: accuracy may be worse.",
        "On 2,500 songs of 321 artists that it never heard",
        "| accuracy | 0.6200 | 0.6000 to 0.6401 |",
        "| calibration error | 0.0123 |  |",
        "**Weakest** at Folk (finds 0%)",
        "Of the songs of 2013 to\n  2024 it gets 55% right",
        "among the newer songs, it gets 57% of them right\n  instead of 47% (+0.1010, 90% interval "
        "+0.0810 to +0.1210)",
        "| Songs of 1958 to 2012 | count |",
        "| on neither side (artists of both sides, or none) | 17 |",
        "| learnt from: artists and songs known | 20,000 | 0.7151 | |",
        "| newer: artists not known | 1,234 | 0.6100 | 0.5800 to 0.6400 |",
        "Of 213,611 songs learnt from 20,000 were scored",
        "Of 273,135 newer songs 50,000 were scored",
        "| 2010s, newer songs | 1,234 |",
        "Accuracy lost on 2,000 validation songs",
        "| danceability | 0.0200 | -0.0100 to 0.0500 |",
        "Against version 6, on the same songs.",
        "| 300 | 0.1000 | 0.3000 | -0.2000 | -0.3000 to -0.1000 | -0.050 | REFUSED |",
        "- songs of all years decide",
        "| `max_depth` | 6 |",
        f"| git commit | {'c' * 40} (with changes) |",
        "a" * 32,
    ):
        assert words in text, words
    assert "| newer: artists known |" not in text


def test_page(folder: Path) -> None:
    """The page parses, holds all pictures with a text for who cannot see them, and no script."""
    text = (folder / "model_card.html").read_text()
    page = Page(text)
    assert page.open == []
    pictures = [attributes for tag, attributes in page.attributes if tag == "svg"]
    assert len(pictures) == len(PICTURES)
    assert all(svg["role"] == "img" and len(svg["aria-label"] or "") > 20 for svg in pictures)
    identifiers = [attributes["id"] for _, attributes in page.attributes if "id" in attributes]
    # matplotlib names its groups alike in each picture; what is referred to must differ.
    referred = re.findall(r'(?:href="|url\()#([^")]+)', text)
    assert referred and all(identifiers.count(name) == 1 for name in referred)
    tags = {tag for tag, _ in page.attributes}
    assert not tags & {"script", "img", "link", "iframe", "a"}
    assert "table" in tags and "&lt;script&gt;" in text


def test_the_page_needs_nothing_from_elsewhere(folder: Path) -> None:
    """One file, below a megabyte, that names no other: it works without a network."""
    text = (folder / "model_card.html").read_text()
    assert len(text) < 1_000_000
    for _, attributes in Page(text).attributes:
        for name, value in attributes.items():
            if name in ("src", "href", "xlink:href", "data", "srcset"):
                assert value and value.startswith("#")
    assert "@import" not in text and not re.search(r"url\((?!#)", text)
    for condition in ("prefers-color-scheme: dark", "@media print", "width=device-width"):
        assert condition in text


def test_pictures(folder: Path) -> None:
    """The pictures stand beside the text under the names that it gives, and take its colour."""
    text = (folder / "model_card.md").read_text()
    named = set(re.findall(r"^!\[[^\]]+\]\((\w+)\.svg\)$", text, re.MULTILINE))
    assert named == PICTURES
    for name in named:
        svg = (folder / f"{name}.svg").read_text()
        assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
        assert "currentColor" in svg and "#010203" not in svg


def test_the_same_model_gives_the_same_card(folder: Path, tmp_path: Path) -> None:
    """No file holds a time or a random name, so writing a card again changes nothing."""
    write_card(tmp_path, SUBJECT, APPRAISAL, VERDICT)
    files = sorted(path.name for path in folder.iterdir())
    assert files == sorted(path.name for path in tmp_path.iterdir())
    assert len(files) == len(PICTURES) + 2
    for name in files:
        assert (folder / name).read_bytes() == (tmp_path / name).read_bytes()


def test_the_first_champion() -> None:
    """Without a champion before it, newer songs or a recorded verdict, the card says so."""
    nothing = replace(
        APPRAISAL.slices, newer={}, newer_songs=None, newer_unseen=None, newer_years=None
    )
    appraisal = replace(APPRAISAL, slices=nothing, prior_adaptation=None)
    first = Verdict(True, "the first champion", VERDICT.checks[:1])
    text = card_text(SUBJECT, appraisal, first)
    assert "It was **made champion**: the first champion." in text
    assert "There was no champion to compare it with." in text
    assert "newer" not in text.split("![")[0]
    assert "No comparison was recorded" in card_text(SUBJECT, appraisal, Verdict(True, "by hand"))


def test_cells() -> None:
    """What comes from the data is text, whatever it looks like."""
    assert cell("a|b\n*c*") == "a\\|b \\*c\\*"
    assert cell(3) == "3"
