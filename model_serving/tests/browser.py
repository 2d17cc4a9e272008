"""What the page shows, and what the service says of the same song."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page
from server import Server, wait_for

PREDICT = "**/predict?top_k=20"
# Opens the page in a window with the options of playwright's new_context.
Open = Callable[..., Page]


def bars(page: Page) -> list[dict[str, Any]]:
    """What is drawn: genres in their order, and how long the bar of each is."""
    drawn: list[dict[str, Any]] = page.locator("#genres li").evaluate_all(
        """rows => rows.map(row => ({
            genre: row.querySelector(".name").textContent,
            probability: parseFloat(row.querySelector(".track span").style.width) / 100,
        }))"""
    )
    return drawn


def shows(page: Page, said: dict[str, Any]) -> bool:
    """Whether the bars are those of an answer of the API."""
    drawn, top = bars(page), said["top"]
    return [bar["genre"] for bar in drawn] == [entry["genre"] for entry in top] and [
        bar["probability"] for bar in drawn
    ] == pytest.approx([entry["probability"] for entry in top], abs=1e-5)


def expect_bars(page: Page, said: dict[str, Any]) -> None:
    """Wait until the bars are those of an answer of the API."""
    wait_for(lambda: shows(page, said), f"the bars of {said}")


def answer_to(server: Server, song: dict[str, Any]) -> dict[str, Any]:
    """What the API says of a song."""
    answer = httpx2.post(f"{server.url}/predict?top_k=20", json=song)
    assert answer.status_code == 200
    said: dict[str, Any] = answer.json()
    return said


def refusal(kind: str, message: str) -> dict[str, Any]:
    """An error of the API, for a route to answer with."""
    return {"detail": [{"type": kind, "loc": [], "msg": message}], "request_id": "f00d"}
