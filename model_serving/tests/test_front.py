import logging
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import read_log
from fastapi.testclient import TestClient

import app.main
from app.schemas import TAKE_FIVE, Problems

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_sound_request_id_is_kept(client: TestClient, log_file: Path) -> None:
    """The caller's X-Request-ID is that of the answer and of the line in the log."""
    answer = client.post("/predict", json=TAKE_FIVE, headers={"X-Request-ID": "order-7.a_B"})
    assert answer.headers["X-Request-ID"] == "order-7.a_B"
    assert read_log(log_file)[0]["request_id"] == "order-7.a_B"


@pytest.mark.parametrize("request_id", ["", "a" * 65, 'a"b', "a b", "ä".encode(), "{}", "a\tb"])
def test_an_unsound_request_id_is_replaced(client: TestClient, request_id: str | bytes) -> None:
    """What is too long, or could be mistaken in a log, is not taken over."""
    answer = client.get("/health", headers={"X-Request-ID": request_id})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])


def test_every_request_has_an_id_of_its_own(client: TestClient, log_file: Path) -> None:
    """Equal requests can be told apart."""
    for _ in range(3):
        client.post("/predict", json=TAKE_FIVE)
    assert len({line["request_id"] for line in read_log(log_file)}) == 3


@pytest.mark.parametrize(
    ("sent", "logged"),
    [
        (TRACE, TRACE),
        (TRACE.upper(), None),
        (TRACE + "-00", None),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01", None),
    ],
)
def test_a_sound_traceparent_is_logged(
    client: TestClient, log_file: Path, sent: str, logged: str | None
) -> None:
    """The caller's trace is in the line of its request, if it is one by W3C Trace Context."""
    client.post("/predict", json=TAKE_FIVE, headers={"traceparent": sent})
    assert read_log(log_file)[0].get("traceparent") == logged


ERRORS: dict[str, tuple[int, dict[str, Any]]] = {
    "no such path": (404, {"method": "GET", "url": "/nowhere"}),
    "another method": (405, {"method": "GET", "url": "/predict"}),
    "no song": (422, {"method": "POST", "url": "/predict", "json": {}}),
    "no top_k": (422, {"method": "POST", "url": "/predict?top_k=0", "json": TAKE_FIVE}),
    "no batch": (422, {"method": "POST", "url": "/predict/batch", "json": []}),
    "no JSON": (415, {"method": "POST", "url": "/predict", "content": b"tempo=120"}),
    "too large": (413, {"method": "POST", "url": "/predict", "json": ["x" * 70_000]}),
}


@pytest.mark.parametrize(("status", "request_"), ERRORS.values(), ids=ERRORS)
def test_every_error_has_the_same_shape(
    client: TestClient, status: int, request_: dict[str, Any]
) -> None:
    """Each refusal is JSON with its problems and the request's id."""
    answer = client.request(**request_)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    problems = Problems.model_validate(answer.json())
    assert problems.request_id == answer.headers["X-Request-ID"]


def test_a_failure_tells_nothing_to_the_caller(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What the service fails on is in its own log, by the id of the request, and nowhere else."""

    def fail() -> None:
        raise RuntimeError("secret of /srv/models")

    monkeypatch.setattr(app.main, "judge", fail)
    with caplog.at_level(logging.ERROR, "app"):
        answer = client.post("/predict", json=TAKE_FIVE)
    assert answer.status_code == 500
    assert Problems.model_validate(answer.json()).detail[0].type == "failure"
    assert "secret" not in answer.text
    (record,) = caplog.records
    assert record.exc_text is not None and "secret of /srv/models" in record.exc_text
    assert record.__dict__["request_id"] == answer.headers["X-Request-ID"]


def test_no_answer_can_be_taken_for_another_type(client: TestClient) -> None:
    """Every answer, errors too, forbids browsers to guess its type."""
    for path in ("/health", "/nowhere", "/metrics", "/docs"):
        assert client.get(path).headers["X-Content-Type-Options"] == "nosniff"


def test_no_answer_names_the_software(client: TestClient) -> None:
    """Neither headers nor errors tell which software serves, or its version."""
    for path in ("/health", "/nowhere", "/metrics"):
        answer = client.get(path)
        told = (str(dict(answer.headers)) + answer.text).lower()
        for name in ("uvicorn", "starlette", "fastapi", "python", "onnx"):
            assert name not in told
