import json
from collections.abc import Iterator
from typing import Any

import pytest
from champion import VERSION, expected_probabilities
from fastapi.testclient import TestClient

from app.schemas import FEATURES, TAKE_FIVE
from app.song_problems import PROBLEM_LIMIT

JSON = {"Content-Type": "application/json"}
BODY_LIMIT = 64 * 1024
RANGES = {
    "danceability": (0, 1),
    "energy": (0, 1),
    "key": (0, 11),
    "loudness": (-60, 5),
    "mode": (0, 1),
    "speechiness": (0, 1),
    "acousticness": (0, 1),
    "instrumentalness": (0, 1),
    "liveness": (0, 1),
    "valence": (0, 1),
    "tempo": (0, 1000),
    "duration_ms": (1, 86_400_000),
}
WHOLE = ("key", "mode")


def song(**changes: Any) -> dict[str, Any]:
    return TAKE_FIVE | changes


def text(feature: str, literal: str) -> bytes:
    """A song with one value written as no JSON library would write it."""
    return json.dumps(song(**{feature: "@"})).replace('"@"', literal).encode()


def test_the_answer_is_the_models(client: TestClient) -> None:
    """A song is answered with the model's most probable genre and its probability."""
    answer = client.post("/predict", json=song(energy=0.9, tempo=90))
    expected = expected_probabilities(song(energy=0.9, tempo=90))
    assert answer.status_code == 200
    best = max(expected, key=lambda genre: expected[genre])
    assert answer.json() == {
        "genre": best,
        "confidence": pytest.approx(expected[best], abs=1e-6),
        "model_version": VERSION,
    }


def test_the_order_of_fields_in_the_body_is_free(client: TestClient) -> None:
    """Features are taken by name: a body in another order gets the same answer."""
    answer = client.post("/predict", json=song()).json()
    assert client.post("/predict", json=dict(reversed(song().items()))).json() == answer


@pytest.mark.parametrize("feature", FEATURES)
def test_both_ends_of_a_range_are_allowed(client: TestClient, feature: str) -> None:
    """The ranges are closed: their ends are songs."""
    for end in RANGES[feature]:
        assert client.post("/predict", json=song(**{feature: end})).status_code == 200


@pytest.mark.parametrize("feature", FEATURES)
def test_beyond_a_range_is_refused(client: TestClient, feature: str) -> None:
    """A value beyond its range is a 422 that names the field, its range and the value."""
    lowest, highest = RANGES[feature]
    step = 1 if feature in WHOLE else 0.001
    for value in (lowest - step, highest + step):
        answer = client.post("/predict", json=song(**{feature: value}))
        assert answer.status_code == 422
        (problem,) = answer.json()["detail"]
        assert problem["loc"] == ["body", feature]
        kind = "a whole number" if feature in WHOLE else "a number"
        sentence = f"{feature} must be {kind} from {lowest} to {highest}; got {value}"
        assert problem["msg"] == sentence


@pytest.mark.parametrize("feature", FEATURES)
def test_a_missing_feature_is_named(client: TestClient, feature: str) -> None:
    """A song without one of the features is a 422 that names it."""
    answer = client.post("/predict", json={k: v for k, v in song().items() if k != feature})
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert (problem["type"], problem["loc"]) == ("missing", ["body", feature])


def test_a_whole_number_may_be_written_with_a_point(client: TestClient) -> None:
    """5.0 is a key, as tables with gaps write it; 5.5 is none."""
    assert client.post("/predict", json=song(key=5.0)).status_code == 200
    assert client.post("/predict", json=song(key=5.5)).status_code == 422


BAD_VALUES = {
    "NaN": "NaN",
    "Infinity": "Infinity",
    "-Infinity": "-Infinity",
    "1e999": "1e999",
    "400 digits": "9" * 400,
    "30 digits": "9" * 30,
    "true": "true",
    "null": "null",
    "numeric text": '"120"',
    "list": "[120]",
    "object": '{"bpm": 120}',
    "long text": '"' + "x" * 1000 + '"',
}


@pytest.mark.parametrize("literal", BAD_VALUES.values(), ids=BAD_VALUES)
def test_what_is_no_finite_number_is_refused(client: TestClient, literal: str) -> None:
    """A value that is no finite JSON number is a 422 that names the field and stays short."""
    answer = client.post("/predict", content=text("tempo", literal), headers=JSON)
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert problem["loc"] == ["body", "tempo"]
    assert problem["msg"].startswith("tempo must be a number from 0 to 1000; got ")
    assert len(problem["msg"]) < 100


BAD_BODIES = {
    "empty": (b"", "the body is empty"),
    "blank": (b" \n", "the body is empty"),
    "no JSON": (b"tempo=120", "is not JSON"),
    "half": (b'{"tempo": 1', "is not JSON"),
    "two songs": (b"{}{}", "is not JSON"),
    "no UTF-8": (b"\xff\xfe{}", "is not JSON"),
    "lone surrogate": (b'{"\\ud800": 1}', "is not JSON"),
    "5,000 digits": (text("tempo", "9" * 5000), "is not JSON"),
    "list": (b"[]", "a song must be a JSON object; got a list"),
    "songs": (json.dumps([song()]).encode(), "a song must be a JSON object; got a list"),
    "null": (b"null", "a song must be a JSON object; got null"),
    "text": (b'"song"', "a song must be a JSON object; got 'song'"),
    "number": (b"1", "a song must be a JSON object; got 1"),
    "deep lists": (b"[" * 60_000, "recursion limit"),
    "deep objects": (b'{"a":' * 12_000, "recursion limit"),
}


@pytest.mark.parametrize(("body", "message"), BAD_BODIES.values(), ids=BAD_BODIES)
def test_what_is_no_song_is_refused(client: TestClient, body: bytes, message: str) -> None:
    """A body that is no JSON object is a 422 that says what it is instead."""
    answer = client.post("/predict", content=body, headers=JSON)
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert message in problem["msg"]


def test_an_unknown_field_is_refused(client: TestClient) -> None:
    """A misspelt or additional field is a 422 that names it and the known ones."""
    answer = client.post("/predict", json=song(genre="Jazz"))
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert problem["loc"] == ["body", "genre"]
    assert "'genre' is not a feature" in problem["msg"]
    assert ", ".join(FEATURES) in problem["msg"]


def test_every_problem_of_a_song_is_told(client: TestClient) -> None:
    """A song with several faults is told all of them at once."""
    answer = client.post("/predict", json=song(tempo=-1, mode=2, album="x"))
    fields = {problem["loc"][1] for problem in answer.json()["detail"]}
    assert fields == {"tempo", "mode", "album"}


def test_the_answer_to_thousands_of_faults_is_short(client: TestClient) -> None:
    """A body full of unknown and long names is not answered with a longer list of problems."""
    fields = {f"{number}{'x' * 60}": 0 for number in range(800)}
    detail = client.post("/predict", json=fields).json()["detail"]
    assert len(detail) == PROBLEM_LIMIT + 1
    assert detail[-1]["msg"] == f"and {len(fields) + len(FEATURES) - PROBLEM_LIMIT} problems more"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_another_content_type_is_refused(client: TestClient, content_type: str) -> None:
    """A body that is not declared as JSON is a 415, also when it would be a song."""
    answer = client.post(
        "/predict", content=json.dumps(song()), headers={"Content-Type": content_type}
    )
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"][0]["msg"]


def test_a_charset_behind_the_content_type_is_fine(client: TestClient) -> None:
    """Clients that add a charset are served."""
    answer = client.post(
        "/predict",
        content=json.dumps(song()),
        headers={"Content-Type": "Application/JSON; charset=utf-8"},
    )
    assert answer.status_code == 200


def padded(size: int) -> bytes:
    body = json.dumps(song()).encode()
    return body + b" " * (size - len(body))


def in_parts(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 1000):
        yield body[start : start + 1000]


def test_a_body_of_the_limit_is_served(client: TestClient) -> None:
    """64 KiB are allowed, sent at once or in parts."""
    for body in (padded(BODY_LIMIT), in_parts(padded(BODY_LIMIT))):
        assert client.post("/predict", content=body, headers=JSON).status_code == 200


def test_a_body_over_the_limit_is_refused(client: TestClient) -> None:
    """One byte more than 64 KiB is a 413, with and without a declared length."""
    for body in (padded(BODY_LIMIT + 1), in_parts(padded(BODY_LIMIT + 1))):
        answer = client.post("/predict", content=body, headers=JSON)
        assert answer.status_code == 413
        assert "64 KiB" in answer.json()["detail"][0]["msg"]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_method_is_refused(client: TestClient, method: str) -> None:
    """Only POST asks for a prediction."""
    assert client.request(method, "/predict").status_code == 405
