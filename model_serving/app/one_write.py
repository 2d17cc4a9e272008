"""Sends the head of an answer together with its body: one system call and one packet, not two."""

import asyncio
from collections.abc import Callable

_CONTINUE = b"HTTP/1.1 100"


class OneWrite:
    """The part of a transport that uvicorn writes one answer to.

    uvicorn writes the head as soon as an answer starts, and each write is sent at once.

    Parameters
    ----------
    transport : asyncio.Transport
    close : callable
        What closes the connection.
    """

    __slots__ = ("_close", "_head", "_started", "_transport", "is_closing")

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self._transport = transport
        self._close = close
        self._head = b""
        self._started = False
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Keep the head of the answer; send it with what comes next."""
        if self._started:
            self._transport.write(self._head + data)
            self._head = b""
        elif data.startswith(_CONTINUE):
            self._transport.write(data)
        else:
            self._head, self._started = data, True

    def close(self) -> None:
        """Close when everything is sent."""
        if self._head:
            self.write(b"")
        self._close()
