"""The page and the API document against a service that really asks for keys: pytest -m browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Open
from playwright.sync_api import expect
from server import Server

from app.api_keys import main

pytestmark = pytest.mark.browser
pytest_plugins = ["chromium"]


@pytest.fixture
def key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    main(["visitor"])
    line, told = capsys.readouterr()
    (tmp_path / "keys").write_text(line)
    return told.split()[-1]


@pytest.fixture
def server(model_dir: Path, log_file: Path, key: str, tmp_path: Path) -> Iterator[Server]:
    limits = {"API_KEYS_FILE": str(tmp_path / "keys"), "RATE_LIMIT": "8/hour"}
    with Server(model_dir, log_file.parent, **limits) as started:
        yield started


def test_a_person_with_a_key_gets_in(open_page: Open, key: str) -> None:
    """The page opens without a key, says that one is needed, takes it, and shows the bars."""
    page = open_page()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("send an API key of this service")
    page.get_by_label("API key").fill("wrong")
    page.get_by_role("button", name="Use it").click()
    expect(alert).to_contain_text("send an API key of this service")
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Use it").click()
    expect(page.locator("#genres li")).to_have_count(3)
    expect(page.locator("#version")).to_have_text("7")


def test_a_person_who_asks_too_often_is_told_when_to_come_again(open_page: Open, key: str) -> None:
    """Beyond the rate the page shows the service's own words and the time that is left."""
    page = open_page()
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Use it").click()
    expect(page.locator("#genres li")).to_have_count(3)
    for _ in range(8):
        page.locator("#tempo").press("ArrowRight")
        page.wait_for_timeout(250)
    expect(page.get_by_role("alert")).to_contain_text("more than 8 per 1 hour here")
    expect(page.get_by_role("alert")).to_contain_text("Asking again by itself in")


def test_the_api_document_is_read_under_its_policy(open_page: Open, key: str) -> None:
    """/docs shows every operation, runs one, and breaks none of the rules that it came with."""
    page = open_page()
    page.context.set_extra_http_headers({"Authorization": f"Bearer {key}"})
    page.goto(page.url + "docs")
    expect(page.locator(".opblock")).to_have_count(6)
    health = page.locator("#operations-default-health_health_get")
    health.click()
    health.get_by_role("button", name="Try it out").click()
    health.get_by_role("button", name="Execute").click()
    status = health.locator(".live-responses-table .response .response-col_status")
    expect(status).to_contain_text("200")
