"""One request and its answer: what is known of it from its headers to its line in the log."""

import random
import re
import time
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.types import Scope

_KEY = "app.exchange"  # where it is kept in the ASGI scope
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
# https://www.w3.org/TR/trace-context/#traceparent-header, version 00; zeros mean "none".
_TRACEPARENT = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Exchange:
    """One request and its answer.

    Parameters
    ----------
    scope : dict
        Of an ASGI request; the exchange is left in it for `exchange_of`.

    Attributes
    ----------
    request_id : str
        The caller's X-Request-ID where it is sound, an own one otherwise.
    traceparent : str or None
        The caller's, where it is sound.
    authorization, content_type : bytes
        The headers of that name, empty where absent.
    client : str or None
        The name of the API key that was shown.
    logged : bool
        Whether its line is in the request log, or known to be lost.
    cause : str or None
        What the application's log is to say of a failure and the answer is not.
    """

    __slots__ = (
        "authorization",
        "cause",
        "client",
        "content_length",
        "content_type",
        "logged",
        "method",
        "path",
        "request_id",
        "started",
        "traceparent",
    )

    def __init__(self, scope: Scope) -> None:
        self.started = time.perf_counter()
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.traceparent: str | None = None
        self.authorization = self.content_type = self.content_length = b""
        self.client: str | None = None
        self.cause: str | None = None
        self.logged = False
        request_id = b""
        for name, value in scope["headers"]:
            if name == b"content-type":
                self.content_type = value
            elif name == b"content-length":
                self.content_length = value
            elif name == b"authorization":
                self.authorization = value
            elif name == b"x-request-id":
                request_id = value
            elif name == b"traceparent" and _TRACEPARENT.fullmatch(value):
                self.traceparent = value.decode()
        sound = request_id and _REQUEST_ID.fullmatch(request_id)
        self.request_id = request_id.decode() if sound else new_request_id()
        scope[_KEY] = self

    def line(self, timestamp: str, status: int, judged: Mapping[str, Any]) -> dict[str, Any]:
        """Its line in the request log.

        Parameters
        ----------
        timestamp : str
            Now, by ISO 8601.
        status : int
            Of the answer.
        judged : mapping
            What there is to say of the song; empty where none was judged.

        Returns
        -------
        dict
        """
        line = {"timestamp": timestamp, "request_id": self.request_id, "status": status, **judged}
        if self.client is not None:
            line["client"] = self.client
        if self.traceparent is not None:
            line["traceparent"] = self.traceparent
        line["latency_ms"] = round((time.perf_counter() - self.started) * 1000, 3)
        return line


def exchange_of(request: Request) -> Exchange:
    """The exchange that a request belongs to."""
    exchange: Exchange = request.scope[_KEY]
    return exchange


def new_request_id() -> str:
    """128 random bits, as hexadecimal digits."""
    return f"{random.getrandbits(128):032x}"
