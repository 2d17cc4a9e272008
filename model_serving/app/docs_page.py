"""The OpenAPI page, with assets of its own and no script but those."""

import base64
import hashlib
import re

from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from app.page import HEADERS

ASSETS = "/static-offline-docs"  # where fastapi-offline puts them
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


async def docs(request: Request) -> HTMLResponse:
    """The page, allowed to run its one inline script and to style itself."""
    root = request.scope.get("root_path", "")
    page = get_swagger_ui_html(
        openapi_url=f"{root}/openapi.json",
        title=request.app.title,
        swagger_js_url=f"{root}{ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{root}{ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{root}{ASSETS}/favicon.png",
    )
    digests = [hashlib.sha256(script).digest() for script in _INLINE.findall(page.body)]
    allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    policy = (
        f"default-src 'none'; script-src 'self' {allowed}; style-src 'self' 'unsafe-inline'; "
        "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    page.headers.update(HEADERS | {"Content-Security-Policy": policy})
    return page


DOCS = Route("/docs", docs)
