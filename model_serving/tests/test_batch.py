import json
from pathlib import Path
from typing import Any

import pytest
from champion import VERSION, expected_probabilities
from conftest import read_log
from fastapi.testclient import TestClient

from app.judge import Judge
from app.schemas import BATCH_LIMIT, FEATURES, TAKE_FIVE, BatchPrediction

JSON = {"Content-Type": "application/json"}


def songs(count: int) -> list[dict[str, Any]]:
    """Songs that differ in their tempo."""
    return [TAKE_FIVE | {"tempo": 60 + number / 10} for number in range(count)]


def best(song: dict[str, Any]) -> str:
    shares = expected_probabilities(song)
    return max(shares, key=lambda genre: shares[genre])


@pytest.mark.parametrize("count", [1, 64, 65, BATCH_LIMIT])
def test_each_song_is_answered_in_its_place(client: TestClient, count: int) -> None:
    """The results are those of the single songs, in the order of the songs."""
    answer = client.post("/predict/batch", json={"songs": songs(count)})
    assert answer.status_code == 200
    body = answer.json()
    assert body["model_version"] == VERSION
    assert [result["genre"] for result in body["results"]] == [best(s) for s in songs(count)]
    single = client.post("/predict", json=songs(count)[-1]).json()
    assert body["results"][-1]["confidence"] == pytest.approx(single["confidence"], abs=1e-6)


def test_a_bad_song_fails_by_itself(client: TestClient) -> None:
    """A song that cannot be judged has its problems in its place, and the others are judged."""
    batch = [TAKE_FIVE, TAKE_FIVE | {"tempo": -1}, 7, {}, TAKE_FIVE | {"album": "x"}, TAKE_FIVE]
    answer = client.post("/predict/batch", json={"songs": batch})
    assert answer.status_code == 200
    BatchPrediction.model_validate(answer.json())
    results = answer.json()["results"]
    assert [set(result) for result in results] == (
        [{"genre", "confidence"}] + [{"errors"}] * 4 + [{"genre", "confidence"}]
    )
    (problem,) = results[1]["errors"]
    assert problem["loc"] == ["body", "songs", 1, "tempo"]
    assert problem["msg"] == "tempo must be a number from 0 to 1000; got -1"
    assert results[2]["errors"][0]["msg"] == "a song must be a JSON object; got 7"


def test_each_song_has_a_line_with_the_id_of_the_batch(
    client: TestClient, log_file: Path
) -> None:
    """Judged songs leave all of the contract, refused ones a line without features."""
    batch = [*songs(70), {}]
    answer = client.post("/predict/batch", json={"songs": batch})
    lines = read_log(log_file)
    assert {line["request_id"] for line in lines} == {answer.headers["X-Request-ID"]}
    assert [line["status"] for line in lines] == [200] * 70 + [422]
    for song, result, line in zip(batch, answer.json()["results"], lines[:-1], strict=False):
        assert {feature: line[feature] for feature in FEATURES} == song
        assert (line["genre"], line["confidence"]) == (result["genre"], result["confidence"])
    assert set(lines[-1]) == {"timestamp", "request_id", "status", "latency_ms"}


BAD_BODIES = {
    "list": ([TAKE_FIVE], "batch_invalid"),
    "one song": (TAKE_FIVE, "batch_invalid"),
    "another name": ({"song": [TAKE_FIVE]}, "batch_invalid"),
    "something beside": ({"songs": [TAKE_FIVE], "top_k": 3}, "batch_invalid"),
    "no list": ({"songs": TAKE_FIVE}, "batch_invalid"),
    "none": ({"songs": []}, "batch_size"),
    "too many": ({"songs": [7] * (BATCH_LIMIT + 1)}, "batch_size"),
}


@pytest.mark.parametrize(("body", "kind"), BAD_BODIES.values(), ids=BAD_BODIES)
def test_what_is_no_batch_is_refused(
    client: TestClient, log_file: Path, body: object, kind: str
) -> None:
    """What is no list of 1 to 1,000 songs is a 422 as a whole, with one line."""
    answer = client.post("/predict/batch", json=body)
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert problem["type"] == kind
    assert [line["status"] for line in read_log(log_file)] == [422]


@pytest.mark.parametrize("body", [b"", b"songs", b'{"songs": [', b"\xff", b"[" * 60_000])
def test_a_batch_that_is_no_json_is_refused(client: TestClient, body: bytes) -> None:
    """A body that cannot be parsed is a 422 with one problem, however deep it is nested."""
    answer = client.post("/predict/batch", content=body, headers=JSON)
    assert answer.status_code == 422
    assert len(answer.json()["detail"]) == 1


def test_numbers_that_json_has_not_are_refused_by_song(client: TestClient) -> None:
    """NaN, infinity and numbers of thousands of digits are problems of their songs."""
    bad = ["NaN", "Infinity", "1e999", "9" * 400]
    texts = [json.dumps(TAKE_FIVE | {"tempo": "@"}).replace('"@"', number) for number in bad]
    body = f'{{"songs": [{json.dumps(TAKE_FIVE)}, {", ".join(texts)}]}}'
    answer = client.post("/predict/batch", content=body, headers=JSON)
    assert answer.status_code == 200
    assert [("errors" in result) for result in answer.json()["results"]] == [False] + [True] * 4


def test_a_batch_over_its_limit_is_refused(client: TestClient) -> None:
    """More than MAX_BATCH_KIB is a 413."""
    answer = client.post("/predict/batch", content=b" " * (1024 * 1024 + 1), headers=JSON)
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
@pytest.mark.parametrize(("asked", "told"), [(1, 1), (2, 2), (3, 3), (100, 3)])
def test_probabilities_on_request(client: TestClient, path: str, asked: int, told: int) -> None:
    """With top_k an answer has the most probable genres, best first, as many as there are."""
    body = {"songs": [TAKE_FIVE]} if path.endswith("batch") else TAKE_FIVE
    answer = client.post(f"{path}?top_k={asked}", json=body).json()
    top = answer["results"][0]["top"] if path.endswith("batch") else answer["top"]
    expected = sorted(expected_probabilities(TAKE_FIVE).items(), key=lambda entry: -entry[1])
    assert [entry["genre"] for entry in top] == [genre for genre, _ in expected[:told]]
    shares = [entry["probability"] for entry in top]
    assert shares == pytest.approx([share for _, share in expected[:told]], abs=1e-6)


@pytest.mark.parametrize("text", ["", "0", "101", "-1", "1.5", "x", "9" * 5000, "٣", "1&top_k=2"])
def test_a_bad_top_k_is_refused(client: TestClient, text: str) -> None:
    """What is no number of genres is a 422 that names top_k."""
    answer = client.post(f"/predict?top_k={text}", json=TAKE_FIVE)
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert problem["loc"] == ["query", "top_k"]
    assert len(problem["msg"]) < 120


def test_another_query_changes_nothing(client: TestClient) -> None:
    """What others add to an address does not matter."""
    assert "top" not in client.post("/predict?utm_source=x", json=TAKE_FIVE).json()


def test_a_batch_that_fails_is_logged_as_500(
    client: TestClient, log_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch on which the service fails is a 500, and has a line as such."""

    def fail(self: Judge, songs: object, exchange: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(Judge, "judge_now", fail)
    assert client.post("/predict/batch", json={"songs": [TAKE_FIVE]}).status_code == 500
    assert [line["status"] for line in read_log(log_file)] == [500]
