"""Sends songs over many connections and remembers what became of each request.

wrk is faster but only counts; whether an answered request has its line can only be told by its id.
"""

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

from app.schemas import TAKE_FIVE

_SONG = json.dumps(TAKE_FIVE).encode()
_RETRY_SECONDS = 0.02


@dataclass
class Outcome:
    """What became of the requests, by their ids.

    Attributes
    ----------
    answered : dict of str to int
        The status of each whole answer.
    cut_off : list of str
        Sent over an open connection, and not answered.
    """

    answered: dict[str, int] = field(default_factory=dict)
    cut_off: list[str] = field(default_factory=list)


class Load:
    """Requests to POST /predict, sent in the background within a with block.

    Parameters
    ----------
    port : int
        On this machine.
    requests : int
        How many to send; those that find no open port are not sent.
    connections : int
        How many connections send at the same time.
    name : str
        What their ids begin with.
    """

    def __init__(self, port: int, requests: int, connections: int = 32, name: str = "r") -> None:
        self.outcome = Outcome()
        self._port = port
        self._connections = connections
        self._ids = (f"{name}-{number}" for number in range(requests))
        self._stopping = False
        self._thread = threading.Thread(target=asyncio.run, args=(self._send_all(),))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stopping |= raised != (None, None, None)
        self._thread.join()

    def stop(self) -> None:
        """Send no more."""
        self._stopping = True

    def wait_for(self, answers: int) -> None:
        """Wait until so many answers have come, or everything is sent."""
        while len(self.outcome.answered) < answers and self._thread.is_alive():
            self._thread.join(0.001)

    async def _send_all(self) -> None:
        await asyncio.gather(*(self._send_some() for _ in range(self._connections)))

    async def _send_some(self) -> None:
        for ids in iter(lambda: self._rest(), None):
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            try:
                await self._converse(ids, reader, writer)
            except OSError:
                pass  # the request under way is among those that were cut off
            finally:
                writer.close()

    def _rest(self) -> Iterator[str] | None:
        return None if self._stopping else self._ids

    async def _converse(
        self, ids: Iterator[str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Send over one connection until the service closes it."""
        for request_id in ids:
            self.outcome.cut_off.append(request_id)
            writer.write(_request(request_id))
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r")[0])
                await reader.readexactly(length)
            except asyncio.IncompleteReadError:
                return
            self.outcome.cut_off.remove(request_id)
            self.outcome.answered[request_id] = int(head.split(maxsplit=2)[1])
            if b"connection: close" in head.lower() or self._stopping:
                return
        self._stopping = True


def _request(request_id: str) -> bytes:
    head = (
        "POST /predict HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
        f"X-Request-ID: {request_id}\r\nContent-Length: {len(_SONG)}\r\n\r\n"
    )
    return head.encode() + _SONG
