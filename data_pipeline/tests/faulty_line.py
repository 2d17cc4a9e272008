"""An HTTP line to an MLflow server that breaks at a chosen request."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BEFORE, AFTER, ONCE = "before it arrives", "before its answer arrives", "once, after it arrived"


class Line:
    """Passes requests on to a server on this machine until it is told to break.

    Attributes
    ----------
    url : str
        Where clients reach the server.
    passed : list of str
        The requests that the server answered, as `POST /api/2.0/mlflow/runs/create`.
    """

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.passed: list[str] = []
        self.mend()

    def mend(self) -> None:
        """Pass everything on again."""
        self._dead = False
        self._breaks_at = ""
        self._on_break: Callable[[], None] = lambda: None
        self._lock = threading.Lock()

    def break_at(
        self, request: str, when: str, on_break: Callable[[], None] = lambda: None
    ) -> None:
        """Break at the next request like `POST runs/create`: its method, and how its path ends.

        Unless ONCE, all later requests are lost too. `on_break` is called at that moment, before
        the client hears of it.
        """
        self._breaks_at, self._when, self._on_break = request, when, on_break

    @property
    def broke(self) -> bool:
        """Whether the chosen request came."""
        return not self._breaks_at

    def answer(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> (
        tuple[int, dict[str, str], bytes] | None
    ):
        """The server's status, headers and body, or None where the line is broken."""
        wanted, _, ending = self._breaks_at.partition(" ")
        with self._lock:
            breaks = method == wanted and path.partition("?")[0].endswith(ending)
            if breaks:
                self._breaks_at = ""
                self._dead = self._when != ONCE
            if breaks and self._when == BEFORE:
                self._on_break()
        if self._dead and not (breaks and self._when == AFTER):
            return None
        connection = http.client.HTTPConnection("127.0.0.1", self.server_port, timeout=60)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        self.passed.append(f"{method} {path}")
        if breaks:
            self._on_break()
            return None
        kept = {"content-type": answer.getheader("Content-Type", "")}
        return answer.status, kept, content

    @contextmanager
    def open(self) -> Iterator[None]:
        """Listen until the block ends."""
        line = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65537)
                parsed = bool(self.raw_requestline) and self.parse_request()
                self.close_connection = True
                if not parsed:
                    return
                if self.headers.get("Transfer-Encoding") == "chunked":
                    body = b"".join(self._chunks())
                else:
                    body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                passed_on = {
                    name: value
                    for name, value in self.headers.items()
                    if name.lower() in ("content-type", "accept", "authorization")
                }
                passed_on["Host"] = f"localhost:{line.server_port}"
                answer = line.answer(self.command, self.path, body, passed_on)
                if answer is None:
                    return
                status, headers, content = answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(content)

            def _chunks(self) -> Iterator[bytes]:
                while size := int(self.rfile.readline(), 16):
                    yield self.rfile.read(size)
                    self.rfile.readline()

            def log_message(self, format: str, *arguments: object) -> None:
                """Say nothing: what passed is in `passed`."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
