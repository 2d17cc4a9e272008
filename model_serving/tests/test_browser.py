"""What a person does on the page, against the real service: pytest -m browser."""

from typing import Any

import pytest
from browser import PREDICT, answer_to, bars, expect_bars, shows
from champion import CREATED, VERSION
from playwright.sync_api import Page, Route, expect
from server import Server

from app.schemas import FEATURES, TAKE_FIVE

pytestmark = pytest.mark.browser
pytest_plugins = ["chromium"]


def test_a_visit_is_quiet(page: Page) -> None:
    """A visit loads the page, asks for the model and one song, and nothing of it is refused."""
    page.wait_for_load_state("networkidle")
    answers: list[tuple[str, int]] = []
    page.on("response", lambda answer: answers.append((answer.url, answer.status)))
    page.reload(wait_until="networkidle")
    expect(page.locator("#genres li")).to_have_count(3)
    assert {status for _, status in answers} <= {200, 304}
    names = sorted(url.removeprefix(page.url) for url, _ in answers if "icon" not in url)
    assert names == ["", "model", "page.css", "page.js", "predict?top_k=20"]
    assert page.evaluate("localStorage.length + sessionStorage.length + document.cookie") == "0"


def test_the_header_says_which_model(page: Page) -> None:
    """Name, version, age and validation accuracy are those of GET /model."""
    page.clock.set_fixed_time("2026-11-28T20:00:00Z")
    page.reload()
    expect(page.locator("#name")).to_have_text("spotify-genre-classifier")
    expect(page.locator("#version")).to_have_text(VERSION)
    expect(page.locator("#accuracy")).to_have_text("62.5 % of 40 songs")
    created = page.locator("#created")
    expect(created).to_have_text("3 days ago")
    expect(created).to_have_attribute("datetime", CREATED.replace(" ", "T")[:-3] + "Z")
    expect(created).to_have_attribute("title", "Wed, 25 Nov 2026 18:37:02 GMT")
    expect(page.locator("#adapted")).to_be_hidden()


def test_the_first_song_is_take_five_exactly(page: Page, server: Server) -> None:
    """The first answer is that to Take Five, though no slider can stand exactly at it."""
    said = answer_to(server, TAKE_FIVE)
    expect_bars(page, said)
    expect(page.locator("#genre")).to_have_text(said["genre"])
    expect(page.get_by_role("status")).to_contain_text(f"{said['confidence'] * 100:.1f} %")


def test_each_slider_moves_the_bars(page: Page, server: Server) -> None:
    """By keyboard alone, each slider changes its feature, no other, and so the bars."""
    song = dict(TAKE_FIVE)
    expect_bars(page, answer_to(server, song))
    for feature in FEATURES:
        before = bars(page)
        slider = page.locator(f"input[name={feature}]")
        slider.focus()
        with page.expect_request(PREDICT) as asked:
            page.keyboard.press("End")
        song[feature] = float(slider.get_attribute("max") or "")
        assert asked.value.post_data_json == song
        said = answer_to(server, song)
        expect_bars(page, said)
        assert bars(page) != before


@pytest.mark.parametrize(
    ("feature", "shown", "spoken"),
    [
        ("danceability", "0.46", "0.46"),
        ("key", "A", "A"),
        ("loudness", "−12.5 dB", "−12.5 dB"),
        ("mode", "major", "major"),
        ("tempo", "175 BPM", "175 BPM"),
        ("duration_ms", "5:25", "5 minutes 25 seconds"),
    ],
)
def test_a_value_has_its_unit(page: Page, feature: str, shown: str, spoken: str) -> None:
    """A step from Take Five shows and speaks the value as a person says it."""
    slider = page.locator(f"input[name={feature}]")
    slider.press("ArrowRight")
    expect(page.locator(".feature", has=slider).locator(".value")).to_have_text(shown)
    expect(slider).to_have_attribute("aria-valuetext", spoken)


def test_an_example_sets_every_slider(page: Page, server: Server) -> None:
    """A picked example is marked until a slider is moved, and its answer is shown."""
    example = page.get_by_role("button", name="Rap")
    with page.expect_request(PREDICT) as asked:
        example.click()
    song: Any = asked.value.post_data_json
    said = answer_to(server, song)
    expect_bars(page, said)
    for feature in FEATURES:
        assert float(page.locator(f"input[name={feature}]").input_value()) == song[feature]
    expect(example).to_have_attribute("aria-pressed", "true")
    page.locator("#energy").press("ArrowRight")
    expect(page.locator("[aria-pressed=true]")).to_have_count(0)


def test_a_dragged_slider_asks_once(page: Page, server: Server) -> None:
    """Only the place where a slider comes to rest is asked about."""
    page.wait_for_load_state("networkidle")
    songs: list[Any] = []
    page.on("request", lambda request: songs.append(request.post_data_json))
    page.locator("#valence").evaluate(
        """async slider => { for (let step = 0; step <= 20; step++) {
            slider.value = step / 20;
            slider.dispatchEvent(new Event("input"));
            await new Promise(passed => setTimeout(passed, 20));
        } }"""
    )
    said = answer_to(server, TAKE_FIVE | {"valence": 1})
    expect_bars(page, said)
    assert songs == [TAKE_FIVE | {"valence": 1}]


def test_an_older_answer_never_replaces_a_newer_one(page: Page, server: Server) -> None:
    """An answer that comes late is dropped."""
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        held.append(route)

    page.route(PREDICT, hold_the_first)
    with page.expect_request(PREDICT):
        page.locator("#energy").press("End")
    page.locator("#valence").press("End")
    said = answer_to(server, TAKE_FIVE | {"energy": 1, "valence": 1})
    expect_bars(page, said)
    late = {"genre": "Late", "confidence": 1, "top": [{"genre": "Late", "probability": 1}]}
    held[0].fulfill(json=late | {"model_version": VERSION})
    page.wait_for_timeout(300)
    assert shows(page, said)
