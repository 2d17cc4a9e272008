"""What the page says and does when the service refuses, fails or is away: pytest -m browser."""

import json
from pathlib import Path

import httpx2
import pytest
from browser import PREDICT, Open, answer_to, bars, expect_bars, refusal
from champion import VERSION
from playwright.sync_api import Browser, Page, Route, expect
from server import Server

from app.schemas import TAKE_FIVE

pytestmark = pytest.mark.browser
pytest_plugins = ["chromium"]


def test_the_apis_own_words_are_shown(page: Page, server: Server) -> None:
    """A song that the API refuses is told in the API's sentence, and the bars turn grey."""
    impossible = json.dumps(TAKE_FIVE | {"tempo": -1, "key": 12})
    page.route(PREDICT, lambda route: route.continue_(post_data=impossible), times=1)
    before = bars(page)
    page.locator("#tempo").press("End")
    alert = page.get_by_role("alert")
    problems = httpx2.post(
        f"{server.url}/predict", content=impossible, headers={"Content-Type": "application/json"}
    ).json()["detail"]
    expect(alert.locator("p")).to_have_text([problem["msg"] for problem in problems])
    expect(page.locator(".stale #genres")).to_be_visible()
    assert bars(page) == before
    page.locator("#tempo").press("ArrowLeft")
    expect(page.locator("#problem")).to_be_hidden()
    expect(page.locator(".stale")).to_have_count(0)


def test_markup_in_a_message_is_only_text(page: Page) -> None:
    """What the service says is never taken for HTML."""
    text = "<img src=x onerror=alert(1)>"
    page.route(PREDICT, lambda route: route.fulfill(status=422, json=refusal("x", text)))
    page.locator("#tempo").press("End")
    expect(page.get_by_role("alert")).to_have_text(text)


def test_too_many_requests_are_asked_again_in_time(page: Page, server: Server) -> None:
    """After a 429 the page waits as long as Retry-After says, whatever is moved, and then asks."""
    busy = refusal("too_many_requests", "more than 1 per second here; try again in 2 s")
    asked: list[Route] = []

    def answer(route: Route) -> None:
        asked.append(route)
        if len(asked) == 1:
            route.fulfill(status=429, headers={"Retry-After": "2"}, json=busy)
        else:
            route.continue_()

    page.route(PREDICT, answer)
    page.locator("#energy").press("End")
    lines = page.get_by_role("alert").locator("p")
    expect(lines).to_have_text([busy["detail"][0]["msg"], "Asking again by itself in 2 s."])
    page.locator("#valence").press("End")
    page.wait_for_timeout(1000)
    assert len(asked) == 1
    said = answer_to(server, TAKE_FIVE | {"energy": 1, "valence": 1})
    expect_bars(page, said)
    assert len(asked) == 2
    expect(page.locator("#problem")).to_be_hidden()


def test_a_key_is_asked_for_and_kept_nowhere(open_page: Open, server: Server) -> None:
    """Where the service wants an API key, the page asks for it and sends it from then on."""
    message = "send an API key of this service: Authorization: Bearer KEY"

    def guarded(route: Route) -> None:
        if route.request.headers.get("authorization") == "Bearer right":
            route.continue_()
        else:
            route.fulfill(status=401, json=refusal("unauthorized", message))

    page = open_page()
    page.route(PREDICT, guarded)
    page.route("**/model", guarded)
    page.reload()
    key = page.get_by_label("API key")
    for typed in ("wrong", "right"):
        expect(page.get_by_role("alert")).to_have_text(message)
        expect(page.locator("#version")).to_have_text("…")
        with page.expect_response(PREDICT):
            key.fill(typed)
            key.press("Enter")
    expect(page.locator("#problem")).to_be_hidden()
    expect(page.locator("#version")).to_have_text(VERSION)
    expect_bars(page, answer_to(server, TAKE_FIVE))
    # The field is gone; the keyboard goes on from the answer.
    expect(page.locator("#answer")).to_be_focused()
    assert page.evaluate("localStorage.length + sessionStorage.length + document.cookie") == "0"
    assert page.url == f"{server.url}/"


def test_a_failure_can_be_tried_again(page: Page, server: Server) -> None:
    """A service that fails is told with the request's id, and a button asks again."""
    failed = refusal("failure", "the service failed; its log says why")
    page.route(PREDICT, lambda route: route.fulfill(status=503, json=failed), times=1)
    page.locator("#energy").press("End")
    expect(page.get_by_role("alert")).to_have_text(failed["detail"][0]["msg"])
    expect(page.locator("#request")).to_have_text("Request f00d")
    page.get_by_role("button", name="Try again").click()
    said = answer_to(server, TAKE_FIVE | {"energy": 1})
    expect_bars(page, said)


def test_an_answer_of_somebody_else_is_not_shown(page: Page) -> None:
    """A page of a proxy between is no answer of the service: only its status is told."""
    page.route(PREDICT, lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    page.locator("#energy").press("End")
    expect(page.get_by_role("alert")).to_have_text("The answer cannot be read (status 502).")


def test_a_service_that_comes_back_is_noticed(
    browser: Browser, model_dir: Path, log_file: Path
) -> None:
    """Without the service the page says so; started with a newer model, that one is named."""
    server = Server(model_dir, log_file.parent)
    page = browser.new_page()
    with server:
        page.goto(server.url)
        expect(page.locator("#version")).to_have_text(VERSION)
        expect_bars(page, answer_to(server, TAKE_FIVE))
    before = bars(page)
    page.locator("#energy").press("End")
    expect(page.get_by_role("alert")).to_have_text("The service does not answer.")
    expect(page.locator(".stale #genres")).to_be_visible()
    assert bars(page) == before
    again = page.get_by_role("button", name="Try again")
    again.click()
    expect(again).to_be_visible()
    (model_dir / "registered_model_meta").write_text("model_name: newer\nmodel_version: 8\n")
    with server:
        again.click()
        said = answer_to(server, TAKE_FIVE | {"energy": 1})
        expect_bars(page, said)
        expect(page.locator("#problem")).to_be_hidden()
        expect(page.locator("#version")).to_have_text("8")
        page.close()
