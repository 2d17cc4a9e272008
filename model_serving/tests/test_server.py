"""What only the real process shows: start, end, several workers."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import httpx2
import pytest
from champion import VERSION
from conftest import read_log
from server import Server, get, run, wait_for

from app.schemas import TAKE_FIVE


@pytest.fixture
def server(model_dir: Path, log_file: Path) -> Iterator[Server]:
    with Server(model_dir, log_file.parent) as started:
        yield started


def predict(port: int, count: int) -> list[str]:
    """Send songs over one connection; the ids of the answers."""
    ids, song = [], json.dumps(TAKE_FIVE)
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        for _ in range(count):
            connection.request("POST", "/predict", song, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            answer.read()
            ids.append(answer.headers["X-Request-ID"])
    return ids


def test_the_start_says_what_is_served(server: Server, log_file: Path) -> None:
    """The first lines name the model, its version and the request log; the end is quiet."""
    server.interrupt()
    assert server.end() == 0
    assert f"Serving spotify-genre-classifier version {VERSION}" in server.output
    assert str(log_file) in server.output
    assert "Traceback" not in server.output


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_damaged_model_stops_the_start(model_dir: Path, workers: str) -> None:
    """The process ends with an error and one sentence, also where several workers start."""
    (model_dir / "model.onnx").write_bytes(b"damaged")
    ended = run("app", WEB_CONCURRENCY=workers)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Cannot start: no model can be served from")
    assert len(ended.stderr.splitlines()) == 1


def test_uvicorns_own_command_explains_a_failing_start(model_dir: Path) -> None:
    """Started by 'uvicorn app.main:app', a failing start is one sentence too."""
    (model_dir / "MLmodel").unlink()
    ended = run("uvicorn", "app.main:app")
    assert ended.returncode != 0
    assert f"Cannot start: no model can be served from {model_dir}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_unwritable_log_stops_the_start(tmp_path: Path) -> None:
    """The process ends with an error that says how to make the log folder writable."""
    (tmp_path / "file").touch()
    ended = run("app", LOG_DIR=str(tmp_path / "file"))
    assert ended.returncode == 1
    assert "sudo chown" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_bad_setting_stops_the_start() -> None:
    """A setting that makes no sense ends the process with its name and value."""
    ended = run("app", PORT="http")
    assert ended.returncode == 1
    assert ended.stderr.startswith("Cannot start: PORT: 'http' is not a whole number")


def test_check_says_which_model_there_is(model_dir: Path) -> None:
    """--check loads the model and ends: with its name, or with the reason against it."""
    good = run("app", "--check")
    assert (good.returncode, good.stderr) == (0, "")
    assert f"version {VERSION}" in good.stdout
    (model_dir / "MLmodel").unlink()
    bad = run("app", "--check")
    assert bad.returncode == 1
    assert bad.stderr.startswith("Cannot start: no model can be served from")


def test_nothing_is_reported_to_others(
    model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """onnxruntime's telemetry is off: it leaves no device id in the home folder."""
    for name in ("CI", "ORT_DISABLE_TELEMETRY"):  # either would switch it off by itself
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    assert run("app", "--check", HOME=str(home)).returncode == 0
    assert list(home.rglob("*")) == []


def test_sigterm_drains(server: Server) -> None:
    """After SIGTERM /ready says no at once, songs are still answered, and the end is a 0."""
    with httpx2.Client(base_url=server.url) as client:
        server.terminate()
        wait_for(lambda: client.get("/ready").status_code == 503, "/ready to say no")
        assert client.post("/predict", json=TAKE_FIVE).status_code == 200
    assert server.end() == 0


def test_a_request_in_flight_is_finished(server: Server, log_file: Path) -> None:
    """A request whose body is still coming when SIGTERM arrives gets its answer."""
    body = json.dumps(TAKE_FIVE).encode()
    head = (
        "POST /predict HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head + body[:10])
        # The answer to a second request shows that the first has arrived.
        predict(server.port, 1)
        server.terminate()
        wait_for(lambda: not _accepts(server.port), "the server to stop listening")
        connection.sendall(body[10:])
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 200")
    assert server.end() == 0
    assert [line["status"] for line in read_log(log_file)] == [200, 200]


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_a_client_that_leaves_midway_is_no_failure(server: Server, log_file: Path) -> None:
    """A connection that ends within the body leaves a rejected line and no stack trace."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(
            b"POST /predict HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
    wait_for(lambda: bool(read_log(log_file)), "the line of the request")
    assert [line["status"] for line in read_log(log_file)] == [400]
    server.interrupt()
    assert server.end() == 0
    assert "Traceback" not in server.output


def test_a_large_body_is_refused_and_the_connection_closed(server: Server) -> None:
    """Who announces a gigabyte gets a 413 without having to send it."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(
            b"POST /predict HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000000000\r\n\r\n"
        )
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 413")


def test_the_healthcheck_follows_ready(server: Server) -> None:
    """The image's HEALTHCHECK succeeds while the service is ready, and fails without one."""
    healthy = run("app.healthcheck", PORT=str(server.port))
    assert (healthy.returncode, healthy.stdout) == (0, '200 {"status":"ready"}\n')
    server.interrupt()
    server.end()
    assert run("app.healthcheck", PORT=str(server.port)).returncode == 1


def test_workers_add_up_their_metrics(model_dir: Path, log_file: Path) -> None:
    """With several workers /metrics tells of all of them, whichever answers."""
    with Server(model_dir, log_file.parent, workers=2) as server:
        for _ in range(20):  # each over a connection of its own, which either worker takes
            predict(server.port, 5)
        texts = [get(server.port, "/metrics")[1].decode() for _ in range(10)]
        server.terminate()
        assert server.end() == 0
    answered = 'spotify_requests_total{path="/predict",status="200"} 100.0'
    assert all(answered in text.splitlines() for text in texts)
    assert all("spotify_request_log_lines_written_total 100.0" in text for text in texts)
    assert all(text.count("spotify_model_info{") == 1 for text in texts)


def test_what_the_service_tells_is_json(server: Server) -> None:
    """Each line on stderr is one JSON object, whatever a client sends."""
    forged = '/x%0A{"level": "ERROR"}'
    httpx2.get(server.url + forged, headers={"X-Request-ID": 'a"\\n'})
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b'no HTTP\n{"level": "ERROR"}\r\n\r\n')
        connection.makefile("rb").read()
    server.interrupt()
    assert server.end() == 0
    told = [json.loads(line) for line in server.output.splitlines()]
    assert {"timestamp", "level", "logger", "process", "message"} <= set(told[0])
    assert all(line["level"] in ("INFO", "WARNING") for line in told)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_two_services_do_not_share_a_port_by_mistake(
    model_dir: Path, log_file: Path, workers: str
) -> None:
    """A second service on the same port ends with an error, whoever of them has workers."""
    with Server(model_dir, log_file.parent, workers=2) as server:
        second = run("app", PORT=str(server.port), WEB_CONCURRENCY=workers)
    assert second.returncode in (1, 3)
    assert "in use" in second.stderr


def test_a_worker_that_dies_is_replaced(model_dir: Path, log_file: Path) -> None:
    """When a worker is killed the other goes on, and soon there are two again."""
    with Server(model_dir, log_file.parent, workers=2) as server:
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")

        def workers() -> set[int]:
            pids = {int(pid) for pid in children.read_text().split()}
            return {p for p in pids if b"spawn_main" in Path(f"/proc/{p}/cmdline").read_bytes()}

        before = workers()
        assert len(before) == 2
        killed = min(before)
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: len(workers() - {killed}) == 2, "another worker")
        wait_for(lambda: _all_serve(server), "every worker to serve")
        server.terminate()
        assert server.end() == 0


def _all_serve(server: Server) -> bool:
    """Whether twenty new connections, which go to either worker, are answered."""
    try:
        return all(len(predict(server.port, 1)) == 1 for _ in range(20))
    except (OSError, HTTPException):
        return False
