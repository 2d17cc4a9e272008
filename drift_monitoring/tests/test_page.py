import re
from html.parser import HTMLParser
from typing import Any

import polars as pl
import pytest

from src.comparison import Thresholds
from src.features import FEATURES
from src.page import render_page
from src.report import build_report
from src.samples import sample_from_frame
from tests.conftest import made_songs

VOID = {"meta", "line", "rect", "path"}


class Outline(HTMLParser):
    """Checks that what is opened is closed, and gathers tags, attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)
        self.close()
        self.text = " ".join(self.text.split())
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data


def page(train: pl.DataFrame, prod: pl.DataFrame, **about: Any) -> str:
    reference, current = sample_from_frame(train, "train"), sample_from_frame(prod, "prod")
    about = {"mode": "batch", "inputs": {}} | about
    return render_page(
        build_report(reference, current, Thresholds(), **about), reference, current
    )


def test_verdict_first_and_features_by_effect(train: pl.DataFrame, prod: pl.DataFrame) -> None:
    """The page begins with the verdict; the features follow, each once, the largest D first."""
    text = Outline(page(train, prod.with_columns(pl.col("tempo") + 9, pl.col("key") // 2))).text
    assert text.index("Normal as a whole, but alert") < text.index("2 of 12 features drifted")
    section = text[text.index("the largest effect first") :]
    order = re.findall(rf"({'|'.join(FEATURES)}) (?:drifted )?[✓✗] D = ([\d.]+)", section)
    assert [name for name, _ in order][:2] == ["key", "tempo"]
    assert sorted(name for name, _ in order) == sorted(FEATURES)
    distances = [float(distance) for _, distance in order]
    assert distances == sorted(distances, reverse=True)


def test_both_conditions(train: pl.DataFrame) -> None:
    """For each feature the page says of effect and p-value whether it meets its threshold."""
    text = Outline(page(train, train.with_columns(pl.col("tempo") + 1000))).text
    assert "✓ D = 1.0000 ≥ 0.05 ✓ p = 0 < 0.05" in text
    assert "✗ D = 0.0000 < 0.05 ✗ p = 1.000 ≥ 0.05" in text


@pytest.mark.parametrize(
    ("shift", "headline", "colour"),
    [(0.0, "Normal", "good"), (0.1, "Drift detected", "bad")],
)
def test_the_verdict_has_a_colour(
    train: pl.DataFrame, shift: float, headline: str, colour: str
) -> None:
    """An alert is red and its absence green, beside the words that say so."""
    moved = train.with_columns(pl.col("energy", "liveness", "valence") + shift)
    assert f'<header class="{colour}">\n<h1>{headline}</h1>' in page(train, moved)


def test_both_distributions_are_drawn(train: pl.DataFrame, prod: pl.DataFrame) -> None:
    """There is a named picture for each feature, in which both sides have a shape."""
    found = page(train, prod)
    pictures = re.findall(r"<svg.*?</svg>", found, re.DOTALL)
    assert len(pictures) == len(FEATURES)
    for picture in pictures:
        assert 'class="reference' in picture and 'class="current' in picture
    for feature in FEATURES:
        assert f'aria-label="{feature}: distribution' in found


def test_the_page_needs_nothing_else(train: pl.DataFrame, prod: pl.DataFrame) -> None:
    """No script, no link, no address, nothing to load: the page can be sent by mail."""
    found = page(train, prod)
    outline = Outline(found)
    assert not {"script", "link", "img", "iframe", "object"} & set(outline.tags)
    assert not {"src", "href", "onclick", "style"} & {name for name, _ in outline.attributes}
    assert not re.search(r"https?:|url\(|@import", found)


def test_inputs_are_escaped(train: pl.DataFrame, prod: pl.DataFrame) -> None:
    """A path that looks like markup is shown as it is."""
    path = "<script>alert('x')</script>&amp;.csv"
    outline = Outline(page(train, prod, inputs={"train_data": path, "prod_data": path}))
    assert "script" not in outline.tags
    assert outline.text.count(path) == 2


def test_a_log_without_songs(train: pl.DataFrame) -> None:
    """Without songs of one side the page says so, and shows the other side."""
    log = {"files": ["<b>.jsonl"], "damaged_files": ["<b>.jsonl"], "lines": 3, "used": 0}
    log |= {"rejected": 2, "invalid": 1, "torn": 0, "first_timestamp": None}
    found = page(train, made_songs(0, 1), mode="online", request_log=log)
    text = Outline(found).text
    assert "Not enough songs to judge" in text
    assert "production 0; 100 are needed" in text
    assert "3 lines in <b>.jsonl: 0 used, 2 rejected, 1 invalid, 0 torn; damaged: <b>" in text
    assert text.count("No usable values on one side.") == len(FEATURES)
    assert "nan" not in found.lower()
