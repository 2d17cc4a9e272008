"""The page as it is sent; what it does in a browser is in test_browser*.py."""

import re
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from app.page import FOLDER, PAGE_PATHS, page_file
from app.schemas import FEATURES, TAKE_FIVE, SpotifyFeatures

KILOBYTES = 25


class Elements(HTMLParser):
    """Every element of a page: its name and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, name: str) -> list[dict[str, str]]:
        """The attributes of all elements of one name."""
        return [
            {key: value or "" for key, value in attributes.items()}
            for tag, attributes in self.found
            if tag == name
        ]


@pytest.fixture
def elements(client: TestClient) -> Elements:
    return Elements(client.get("/").text)


@pytest.mark.parametrize("path", sorted(PAGE_PATHS))
def test_headers_allow_the_page_itself_and_nothing_else(client: TestClient, path: str) -> None:
    """Each file comes with the strictest policy that the page can live with."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert "nosniff" in answer.headers["X-Content-Type-Options"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]


def test_every_file_has_its_type(client: TestClient) -> None:
    """With nosniff a browser takes no style or script of another type."""
    assert {path: client.get(path).headers["Content-Type"] for path in PAGE_PATHS} == {
        "/": "text/html; charset=utf-8",
        "/page.css": "text/css; charset=utf-8",
        "/page.js": "text/javascript; charset=utf-8",
        "/icon.svg": "image/svg+xml",
    }


@pytest.mark.parametrize("path", sorted(PAGE_PATHS))
def test_what_a_browser_has_is_not_sent_again(client: TestClient, path: str) -> None:
    """A browser asks each time, and gets a file only where its own is another."""
    first = client.get(path)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-cache"
    for known in (tag, f'"other", W/{tag}'):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert client.get(path, headers={"If-None-Match": '"other"'}).content == first.content


def test_files_are_read_once() -> None:
    """The files are sent from memory."""
    assert page_file("/") is page_file("/")


def test_head_and_post(client: TestClient) -> None:
    """HEAD answers without a body, and nothing can be sent to the page."""
    assert (client.head("/").status_code, client.head("/").content) == (200, b"")
    assert client.post("/").status_code == 405


def test_the_page_is_small() -> None:
    """All that a first visit loads of the page is under 25 kB, before any compression."""
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < KILOBYTES * 1000


def test_nothing_inline_and_nothing_from_elsewhere(client: TestClient, elements: Elements) -> None:
    """The page loads relative addresses of its own service only, so a path prefix does no harm."""
    for tag, attributes in elements.found:
        assert tag != "style"
        assert tag != "script" or attributes.get("src")
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
        for name in ("href", "src"):
            assert re.fullmatch(r"[a-z.]+", attributes.get(name) or "relative")
    assert "url(" not in client.get("/page.css").text
    assert "//" not in re.sub(r"(?m)(^|\s)// .*", "", client.get("/page.js").text)


def test_every_link_leads_somewhere(client: TestClient, elements: Elements) -> None:
    """What the page loads or points to is there."""
    addresses = [
        attributes[name]
        for tag in ("a", "link", "script")
        for attributes in elements.named(tag)
        for name in ("href", "src")
        if name in attributes
    ]
    assert {"docs", "metrics", "page.css", "page.js", "icon.svg"} == set(addresses)
    for address in addresses:
        assert client.get(f"/{address}").status_code == 200


def test_without_javascript_the_page_says_so(client: TestClient) -> None:
    """Who has switched scripts off is led to the API's documentation."""
    (sentence,) = re.findall(r"<noscript>(.*)</noscript>", client.get("/").text)
    assert 'href="docs"' in sentence


def test_one_slider_for_each_feature(elements: Elements) -> None:
    """The sliders are the features in their order, each with a label and a description."""
    sliders = [entry for entry in elements.named("input") if entry["type"] == "range"]
    assert tuple(slider["name"] for slider in sliders) == FEATURES
    labelled = [label["for"] for label in elements.named("label")]
    described = [small["id"] for small in elements.named("small")]
    assert {slider["id"] for slider in sliders} <= set(labelled)
    assert [slider["aria-describedby"] for slider in sliders] == described


def test_sliders_stay_within_what_the_api_accepts(elements: Elements) -> None:
    """No position of a slider is refused; whole numbers are the only ones where they must be."""
    properties = SpotifyFeatures.model_json_schema()["properties"]
    for slider in elements.named("input")[: len(FEATURES)]:
        allowed = properties[slider["name"]]
        assert allowed["minimum"] <= float(slider["min"]) < float(slider["max"])
        assert float(slider["max"]) <= allowed["maximum"]
        if allowed["type"] == "integer":
            assert (slider["min"], slider["step"]) == (str(allowed["minimum"]), "1")
            assert slider["max"] == str(allowed["maximum"])


def test_examples_are_songs(client: TestClient, elements: Elements) -> None:
    """Each example can be predicted, lies within the sliders, and the first is Take Five."""
    sliders = elements.named("input")[: len(FEATURES)]
    examples = [button for button in elements.named("button") if "data-song" in button]
    songs = [
        dict(zip(FEATURES, map(float, example["data-song"].split()), strict=True))
        for example in examples
    ]
    assert len(songs) == 6
    assert songs[0] == TAKE_FIVE
    for song in songs:
        assert client.post("/predict", json=song).status_code == 200
        for slider in sliders:
            assert float(slider["min"]) <= song[slider["name"]] <= float(slider["max"])


def test_the_page_is_no_part_of_the_api(client: TestClient) -> None:
    """The OpenAPI description holds none of the page's addresses."""
    assert not PAGE_PATHS & set(client.get("/openapi.json").json()["paths"])
