"""Fixtures: Chromium, and the page of a report in it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from src.page import render_page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "these tests drive Chromium, which is not here: apt-get install chromium"
    switches = [
        "--no-sandbox",  # in a container there is none to be had
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=switches)
        yield launched
        launched.close()


@pytest.fixture
def open_report(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens a report in a window with the options of playwright's new_context.

    In the end nothing was asked for, and nothing was said in the console.
    """
    problems: list[str] = []
    asked: list[str] = []
    contexts: list[BrowserContext] = []
    path = tmp_path / "drift_report.html"

    def said(line: ConsoleMessage) -> None:
        problems.append(line.text)

    def opened(report: dict[str, Any], **options: Any) -> Page:
        path.write_text(render_page(report), encoding="utf-8")
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        # Chromium tells violations of the Content-Security-Policy here too.
        page.on("console", said)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert problems == []
    assert set(asked) <= {path.as_uri()}
