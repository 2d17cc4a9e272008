"""Fixtures: Chromium, the service, and the page of the one in the other."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Open
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)
from server import Server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "these tests drive Chromium, which is not here: apt-get install chromium"
    switches = [
        "--no-sandbox",  # in a container there is none to be had
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=switches)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def server(shared_folder: Path) -> Iterator[Server]:
    with Server(shared_folder / "models", shared_folder / "logs") as started:
        yield started


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[Open]:
    """Opens the page; in the end nothing was asked of others, and no error was in the console."""
    problems: list[str] = []
    contexts: list[BrowserContext] = []

    def noticed(request: Request) -> None:
        if not request.url.startswith(f"{server.url}/"):
            problems.append(request.url)

    def said(line: ConsoleMessage) -> None:
        if line.type in ("error", "warning"):
            problems.append(line.text)

    def opened(**options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("request", noticed)
        page.on("pageerror", lambda error: problems.append(str(error)))
        # Chromium tells violations of the Content-Security-Policy here too.
        page.on("console", said)
        page.goto(server.url)
        return page

    yield opened
    for context in contexts:
        context.close()
    # A status over 400 is an error in Chromium's console too; which ones are due, each test says.
    assert [text for text in problems if not text.startswith("Failed to load resource")] == []


@pytest.fixture
def page(open_page: Open) -> Page:
    """The page with its first answer."""
    opened = open_page()
    expect(opened.locator("#genres li")).to_have_count(3)
    return opened
