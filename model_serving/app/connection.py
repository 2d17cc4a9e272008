"""One client's connection: uvicorn's, with limits on what it may send and how long that may take.

uvicorn bounds neither the headers of a request nor the time that one takes to come in, closes on
those who have finished sending before they are answered, and at the end cuts off who is just about
to ask.
"""

import asyncio
from typing import Any, cast

from app.refusing import RefusingConnection
from app.settings import settings

# Left in the ASGI scope of a request whose body did not come in time.
LATE = "app.late"
# How long a request may have been on its way when the service ends.
GRACE_SECONDS = 0.25


class _HeadTooLarge(Exception):
    """The first line and the headers of a request are over MAX_HEADER_KIB."""


class Connection(RefusingConnection):
    """A connection whose requests are bounded in size and time."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head_limit = settings().max_header_kib * 1024
        self._patience = settings().request_seconds
        self._unparsed = 0  # bytes of a head, or of trailers, that have come so far
        self._coming = True  # a request, rather than its answer, is what is waited for
        self._since = self.loop.time()
        self._ending = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(self._patience, self._check)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what has come."""
        self._unparsed += len(data)
        super().data_received(data)
        if self._unparsed > self._head_limit and not self.lingering:
            self._refuse_head()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Go on with a request whose sender has said that it will send no more."""
        if self.lingering or not self._answering() or self.cycle.more_body:
            return False
        self.cycle.keep_alive = False
        return True

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._coming, self._since = True, self.loop.time()

    def on_headers_complete(self) -> None:
        """The head of a request is there.

        Raises
        ------
        _HeadTooLarge
            So that the parser stops.
        """
        if self._head_size() > self._head_limit:
            raise _HeadTooLarge
        self._unparsed = 0
        super().on_headers_complete()
        if self._ending:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """A part of the body is there."""
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request has come in."""
        self._unparsed = 0
        self._coming, self._since = False, self.loop.time()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, or too large a head of a request."""
        if self._head_size() > self._head_limit:
            self._refuse_head()
        else:
            self.refuse(400, "no_http", "this is not HTTP/1.1 as it is spoken here")

    def shutdown(self) -> None:
        """Answer the request that is being answered, or the one on its way, and close."""
        self._ending = True
        if self.lingering:
            self.transport.close()
        elif self._answering():
            self.cycle.keep_alive = False
        else:
            self.loop.call_later(GRACE_SECONDS, self._close_idle)

    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _close_idle(self) -> None:
        if not self._answering():
            self.transport.close()

    def _check(self) -> None:
        waited = self.loop.time() - self._since
        if waited < self._patience or not (self._coming or self._answering()):
            rest = self._patience - waited
            self._timer = self.loop.call_later(rest if rest > 0 else self._patience, self._check)
        elif not self._coming:
            self.transport.abort()  # its client does not take the answer
        elif self._answering() and self.cycle.more_body:
            # The application answers that, as it does everything that is wrong with a body.
            cast(dict[str, Any], self.scope)[LATE] = True
            self.cycle.more_body = False
            self.cycle.message_event.set()
            self._coming, self._since = False, self.loop.time()
            self._timer = self.loop.call_later(self._patience, self._check)
        elif self._unparsed and not self.lingering:
            self.refuse(408, "timeout", f"the request took longer than {self._patience} s")
        else:
            self.transport.close()

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers or ())

    def _refuse_head(self) -> None:
        limit = self._head_limit // 1024
        message = f"the first line and the headers are over {limit} KiB"
        self.refuse(431, "head_too_large", message)
