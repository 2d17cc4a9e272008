"""The home page: a song to set by sliders, and the genres that the model hears in it."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER = Path(__file__).with_name("page")
FILES = {
    "/": ("index.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
PAGE_PATHS = frozenset(FILES)
HEADERS = {
    # The page needs its own files and the API, and nobody needs to frame it.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    # Kept by the browser, and asked for again each time: after an update its parts must fit.
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True)
class PageFile:
    """A file of the page as it is sent.

    Attributes
    ----------
    etag : str
        Of the content, in its quotes.
    """

    content: bytes
    media_type: str
    etag: str


@cache
def page_file(path: str) -> PageFile:
    """The file of the page that belongs to a path of PAGE_PATHS, read by the first call."""
    name, media_type = FILES[path]
    content = (FOLDER / name).read_bytes()
    return PageFile(content, media_type, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def _route(path: str) -> Route:
    async def send(request: Request) -> Response:
        file = page_file(path)
        headers = HEADERS | {"ETag": file.etag}
        # The header may list several tags, or a weak one where a proxy has compressed the file.
        if file.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(file.content, media_type=file.media_type, headers=headers)

    return Route(path, send)


ROUTES = [_route(path) for path in FILES]
