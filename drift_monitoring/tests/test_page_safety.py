import re

import polars as pl

from src.page import render_page
from tests.outline import Outline
from tests.reports import built, report, segment
from tests.whole_report import LOG


def test_nothing_is_loaded_and_nothing_else_runs() -> None:
    """No address, no link, no handler: the page can be mailed, and its policy allows no more."""
    page = render_page(report(segments=[segment("week", f"2026-11-{d:02}") for d in (2, 9)]))
    outline = Outline(page)
    assert outline.tags.count("script") == outline.tags.count("style") == 1
    assert not {"link", "img", "iframe", "object", "a", "use", "image"} & set(outline.tags)
    names = {name for name, _ in outline.attributes}
    assert not {"src", "href", "style", "xlink:href"} & names
    assert not [name for name in names if name.startswith("on")]
    assert not re.search(r"https?:|url\(|@import", page)
    policy = next(value for value in outline.named("content") if value and "default" in value)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_what_comes_from_inputs_is_only_text() -> None:
    """Names of files, genres and versions that look like markup are shown as they are."""
    evil = "<script>alert('x')</script>&amp;"
    lines = [{"file": evil, "line": 1, "fault": evil}]
    outline = Outline(
        render_page(
            report(
                reference=evil,
                inputs={"train_data": evil, "prod_data": evil},
                segments=[segment("genre", evil), segment("genre", "R&B")],
                model_versions={evil: 5},
                request_log=LOG | {"files": [evil], "unusable_lines": lines},
                notes=[evil],
            )
        )
    )
    assert outline.tags.count("script") == 1
    assert outline.text.count(evil) == 8
    assert "R&B" in outline.text


def test_the_page_is_small(train: pl.DataFrame) -> None:
    """A real report takes less than 200 kB, one with 500 windows less than 1.5 MB."""
    found = built(train, train)
    assert len(render_page(found).encode()) < 200_000
    keys = [f"2026-{month:02}-{day:02}T{hour:02}:00:00+00:00"
            for month in range(1, 11) for day in range(1, 26) for hour in (0, 12)]  # fmt: skip
    found["segments"] = [segment("window", key) for key in keys]
    assert len(keys) == 500
    assert len(render_page(found).encode()) < 1_500_000
