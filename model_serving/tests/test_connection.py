"""What clients may do to a connection, and what others notice of it."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from conftest import read_log
from server import Server, wait_for

from app.schemas import TAKE_FIVE, Problems

SONG = json.dumps(TAKE_FIVE).encode()
HEAD = b"POST /predict HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
REQUEST = HEAD + b"Content-Length: %d\r\n\r\n" % len(SONG) + SONG
PATIENCE = 1  # seconds that a request may take
LIMITS = {"REQUEST_SECONDS": str(PATIENCE), "KEEP_ALIVE_SECONDS": "1"}


@pytest.fixture(scope="module")
def server(shared_folder: Path) -> Iterator[Server]:
    """A service that outlives what all these clients do to it."""
    with Server(shared_folder / "models", shared_folder / "logs", **LIMITS) as started:
        yield started


@pytest.fixture
def own_server(model_dir: Path, log_file: Path) -> Iterator[Server]:
    """A service of which a test reads the log, or which it ends."""
    with Server(model_dir, log_file.parent, **LIMITS) as started:
        yield started


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def served(server: Server) -> None:
    """Somebody else is served, and soon."""
    assert httpx2.post(f"{server.url}/predict", json=TAKE_FIVE, timeout=2).status_code == 200


def refusal(connection: socket.socket) -> tuple[int, str]:
    """The status and kind of the error that is answered; the connection is closed after it."""
    head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
    told = Problems.model_validate_json(body)
    assert b"connection: close" in head.lower()
    assert f"x-request-id: {told.request_id}" in head.decode()
    return int(head.split()[1]), told.detail[0].type


def test_a_head_that_comes_too_slowly_is_refused(server: Server) -> None:
    """Who sends a byte now and then is answered 408 in the end; others are served meanwhile."""
    with connect(server) as connection:
        start = time.monotonic()
        connection.sendall(HEAD[:20])
        served(server)
        assert refusal(connection) == (408, "timeout")
    assert PATIENCE <= time.monotonic() - start < PATIENCE + 2


def test_a_body_that_comes_too_slowly_is_refused(own_server: Server, log_file: Path) -> None:
    """A body that stops in the middle is answered 408, and has a line like every refusal."""
    with connect(own_server) as connection:
        connection.sendall(REQUEST[:-10])
        served(own_server)
        assert refusal(connection) == (408, "timeout")
    assert [line["status"] for line in read_log(log_file)] == [200, 408]


def test_a_thousand_idle_connections_disturb_nobody(server: Server) -> None:
    """Connections that say nothing cost nothing, and are closed after a while."""
    with ExitStack() as opened:
        idle = [opened.enter_context(connect(server)) for _ in range(1000)]
        served(server)
        assert [connection.recv(1) for connection in idle] == [b""] * 1000
    served(server)


def test_an_answered_connection_is_kept_for_a_while(server: Server) -> None:
    """A connection takes request after request, and is closed when none comes."""
    with connect(server) as connection:
        for _ in range(3):
            connection.sendall(REQUEST)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            time.sleep(PATIENCE * 0.6)  # longer in all than one request may take
        assert connection.recv(1) == b""


def test_requests_in_one_go_are_answered_in_turn(server: Server) -> None:
    """Pipelined requests each have their answer, in their order."""
    ids = [f"r{number}" for number in range(50)]
    sent = [REQUEST.replace(b"Host:", f"X-Request-ID: {name}\r\nHost:".encode()) for name in ids]
    with connect(server) as connection:
        connection.sendall(b"".join(sent))
        connection.shutdown(socket.SHUT_WR)
        answers = connection.makefile("rb").read().decode()
    found = [line.split(": ")[1] for line in answers.splitlines() if line.startswith("x-request")]
    assert answers.count("HTTP/1.1 200") == 50
    assert found == ids


def test_who_closes_his_half_is_answered(server: Server) -> None:
    """A client that sends and then says that it sends no more gets its answer."""
    with connect(server) as connection:
        connection.sendall(REQUEST)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 200")


def test_who_does_not_take_his_answers_is_cut_off(server: Server) -> None:
    """A client that asks on and on and reads nothing fills no memory and disturbs nobody."""
    batch = json.dumps({"songs": [TAKE_FIVE] * 1000}).encode()
    head = HEAD.replace(b"/predict", b"/predict/batch?top_k=3")
    request = head + b"Content-Length: %d\r\n\r\n" % len(batch) + batch
    with connect(server) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with pytest.raises(OSError):  # timed out, reset or broken, wherever it stands then
            connection.settimeout(4 * PATIENCE)
            while True:
                connection.sendall(request)
    served(server)


TOO_MUCH = {
    "one header": b"GET /health HTTP/1.1\r\nHost: test\r\nX-A: " + b"a" * 20_000 + b"\r\n\r\n",
    "many headers": b"GET /health HTTP/1.1\r\n" + b"X-A: a\r\n" * 3000 + b"\r\n",
    "the path": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: test\r\n\r\n",
    "without an end": b"GET /health HTTP/1.1\r\nX-A: " + b"a" * 20_000,
    "behind the body": HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: " + b"a" * 600_000,
}


@pytest.mark.parametrize("sent", TOO_MUCH.values(), ids=TOO_MUCH)
def test_too_large_a_head_is_refused(server: Server, sent: bytes) -> None:
    """More than MAX_HEADER_KIB before or behind a body is a 431, in one piece or many."""
    for size in (len(sent), 1000):
        with connect(server) as connection:
            for start in range(0, len(sent), size):
                connection.sendall(sent[start : start + size])
            assert refusal(connection) == (431, "head_too_large")
    served(server)


@pytest.mark.parametrize("sent", [b"hello\r\n\r\n", b"\x16\x03\x01\x02\x00", b"\0"])
def test_what_is_no_http_is_refused(server: Server, sent: bytes) -> None:
    """Other protocols, TLS among them, get an error in the one shape."""
    with connect(server) as connection:
        connection.sendall(sent)
        assert refusal(connection) == (400, "no_http")
    served(server)


def test_connections_that_break_off_leave_nothing_behind(own_server: Server) -> None:
    """Clients that vanish at any point cost no memory, no open file and no trace in the log."""
    files = Path(f"/proc/{own_server.process.pid}/fd")
    before = len(list(files.iterdir()))
    for cut in range(0, len(REQUEST), 7):
        with connect(own_server) as connection:
            connection.sendall(REQUEST[:cut])
            if cut % 2:
                linger = b"\1\0\0\0\0\0\0\0"  # close with a reset
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    wait_for(lambda: len(list(files.iterdir())) <= before + 1, "the connections to be closed")
    served(own_server)
    own_server.interrupt()
    assert own_server.end() == 0
    assert "Traceback" not in own_server.output
