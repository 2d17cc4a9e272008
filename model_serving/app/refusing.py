"""A connection that can refuse a request by itself, and lets its client read why."""

import asyncio
from typing import Any, cast

from pydantic_core import to_json
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.exchange import new_request_id
from app.one_write import OneWrite
from app.problems import problem

# How long a refused client may go on sending while it does not look at the answer.
LINGER_SECONDS = 1.0


class RefusingConnection(HttpToolsProtocol):
    """uvicorn's connection, which ends gently where a request was not read to its end.

    A connection that is closed while something unread comes in is reset, and what was answered is
    lost on its way.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.url = b""
        self.lingering = False

    def data_received(self, data: bytes) -> None:
        """Take what has come; after the end of the conversation it is thrown away."""
        if not self.lingering:
            super().data_received(data)

    def on_headers_complete(self) -> None:
        """The head of a request is there."""
        super().on_headers_complete()
        if self.scope["method"] != "HEAD":  # whose answers end with the head
            self.cycle.transport = cast(asyncio.Transport, OneWrite(self.transport, self._close))

    def on_response_complete(self) -> None:
        """An answer is complete; go on with the next request, or wait for one."""
        if not self.lingering:
            super().on_response_complete()

    def refuse(self, status: int, kind: str, message: str) -> None:
        """Answer an error, in the one shape, and end the conversation."""
        request_id = new_request_id()
        body = to_json({"detail": [problem(kind, message)], "request_id": request_id})
        head = (
            "content-type: application/json\r\nx-content-type-options: nosniff\r\n"
            f"x-request-id: {request_id}\r\ncontent-length: {len(body)}\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[status] + head.encode() + body)
        self._linger()

    def _close(self) -> None:
        if self.cycle.more_body:
            self._linger()
        else:
            self.transport.close()

    def _linger(self) -> None:
        self.lingering = True
        self.transport.write_eof()
        self.flow.resume_reading()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)
