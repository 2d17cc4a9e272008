"""The page of a service with genre priors: pytest -m browser."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Open, answer_to, expect_bars
from champion import expected_answer, priors
from playwright.sync_api import expect
from server import Server

from app.schemas import TAKE_FIVE

pytestmark = pytest.mark.browser
pytest_plugins = ["chromium"]


@pytest.fixture
def server(model_dir: Path, log_file: Path, tmp_path: Path) -> Iterator[Server]:
    path = tmp_path / "priors.json"
    path.write_text(json.dumps(priors()))
    with Server(model_dir, log_file.parent, GENRE_PRIORS_FILE=str(path)) as started:
        yield started


def test_the_page_says_that_answers_are_adapted(open_page: Open, server: Server) -> None:
    """The header tells how old the genre mix is, and the bars are those of the adapted answer."""
    page = open_page()
    page.clock.set_fixed_time("2026-12-03T20:00:00Z")
    page.reload()
    mix = page.locator("#mix")
    expect(page.locator("#adapted")).to_be_visible()
    expect(mix).to_have_text("2 days ago")
    expect(mix).to_have_attribute("title", "Tue, 01 Dec 2026 10:00:00 GMT")
    said = answer_to(server, TAKE_FIVE)
    told = {entry["genre"]: entry["probability"] for entry in said["top"]}
    assert told == pytest.approx(expected_answer(TAKE_FIVE), abs=1e-6)
    expect_bars(page, said)
