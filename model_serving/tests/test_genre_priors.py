import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import numpy.typing as npt
import pytest
from champion import (
    CURRENT_PRIORS,
    GENRES,
    MEAN_PROBABILITIES,
    VERSION,
    expected_answer,
    expected_probabilities,
    priors,
)
from conftest import read_log
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from server import Server, run

from app.classifier import load_classifier
from app.errors import ServingError
from app.genre_priors import WAY_OUT, adapted, genre_weights
from app.main import app
from app.schemas import TAKE_FIVE, GenrePriors, ModelDescription

Change = Callable[[dict[str, Any]], object]
Shares = npt.NDArray[np.float32]


@pytest.fixture
def priors_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of genre priors for the champion, which the settings name."""
    path = tmp_path / "priors.json"
    path.write_text(json.dumps(priors()))
    monkeypatch.setenv("GENRE_PRIORS_FILE", str(path))
    return path


def weights(training: list[float], current: list[float]) -> Shares:
    genres = [str(number) for number in range(len(training))]
    return genre_weights(
        GenrePriors(
            id="0" * 12,
            made=datetime.fromisoformat("2026-12-01T10:00:00Z"),
            training_priors=dict(zip(genres, training, strict=True)),
            current_priors=dict(zip(genres, current, strict=True)),
        )
    )


def test_a_worked_example() -> None:
    """Equation 2.4 by hand: a genre three times as common, and one a third as common."""
    songs = np.array([[0.4, 0.6], [1, 0]], np.float32)
    found = adapted(songs, weights([0.25, 0.75], [0.75, 0.25]))
    # 0.4 * 3 = 1.2 and 0.6 / 3 = 0.2
    np.testing.assert_allclose(found, [[1.2 / 1.4, 0.2 / 1.4], [1, 0]], rtol=1e-6)


def simplex(genres: int) -> st.SearchStrategy[list[float]]:
    shares = st.lists(st.floats(1e-6, 1), min_size=genres, max_size=genres)
    return shares.map(lambda values: [value / sum(values) for value in values])


@settings(derandomize=True, deadline=None, database=None)
@given(st.lists(simplex(5), min_size=1, max_size=70), simplex(5), simplex(5))
def test_properties(
    songs: list[list[float]], training: list[float], current: list[float]
) -> None:
    """Adapted shares are shares, the same priors change nothing, and the way back leads back."""
    given = np.array(songs, np.float32)
    there = adapted(given, weights(training, current))
    np.testing.assert_allclose(there.sum(axis=1), 1, rtol=1e-5)
    assert (there >= 0).all() and (there <= 1).all()
    np.testing.assert_allclose(adapted(given, weights(training, training)), given, rtol=1e-5)
    np.testing.assert_allclose(
        adapted(there, weights(current, training)), given, rtol=1e-4, atol=1e-12
    )


def test_a_genre_that_is_gone() -> None:
    """A genre without a present share gets nothing, and a song of no other keeps its shares."""
    songs = np.array([[0.5, 0.25, 0.25], [1, 0, 0]], np.float32)
    found = adapted(songs, weights([0.2, 0.4, 0.4], [0, 0.5, 0.5]))
    np.testing.assert_allclose(found, [[0, 0.5, 0.5], [1, 0, 0]], atol=1e-12)


def _set(key: str, value: object) -> Change:
    return lambda content: content.update({key: value})


def _share(key: str, genre: str, value: object) -> Change:
    return lambda content: content[key].update({genre: value})


REFUSED: dict[str, tuple[Change, str]] = {
    "another name": (
        _set("model_name", "other"),
        "model_name is 'other', and 'spotify-genre-classifier' is served",
    ),
    "another version": (_set("model_version", "6"), "model_version is '6', and '7' is served"),
    "a version as a number": (_set("model_version", 7), "model_version: Input should be a valid"),
    "no version": (lambda c: c.pop("model_version"), "model_version is missing"),
    "no current priors": (lambda c: c.pop("current_priors"), "current_priors is missing"),
    "a list": (_set("current_priors", [1]), "current_priors: Input should be an object; got a li"),
    "a genre fewer": (
        lambda c: c["current_priors"].pop("Jazz"),
        "current_priors lacks the genre 'Jazz'",
    ),
    "a genre more": (
        _share("training_priors", "Po\nlka", 0.1),
        "training_priors has 'Po\\nlka', which is no genre of the model",
    ),
    "a share below 0": (
        _share("current_priors", "Jazz", -0.1),
        "current_priors.Jazz: Input should be greater than or equal to 0; got -0.1",
    ),
    "nothing to divide by": (
        _share("training_priors", "Jazz", 0),
        "training_priors.Jazz: Input should be greater than",
    ),
    "hardly anything to divide by": (
        _share("training_priors", "Jazz", 5e-324),
        "training_priors.Jazz: Input should be greater than",
    ),
    "no number": (_share("current_priors", "Po\np", "0.1"), "current_priors.Po p: Input should"),
    "NaN": (_share("current_priors", "Jazz", float("nan")), "current_priors.Jazz: Input should"),
    "Infinity": (_share("current_priors", "Pop", float("inf")), "current_priors.Pop: Input should"),
    "no whole": (_share("current_priors", "Pop", 0.6876), "current_priors sums to 1.0001, not"),
    "priors of another training": (
        _set("training_priors", {"Rock": 0.5, "Jazz": 0.25, "Pop": 0.25}),
        "training_priors.Jazz is 0.25, and 0.375 was registered",
    ),
    "no time": (_set("made", "yesterday"), "made: Input should be a valid datetime"),
    "a time of nowhere": (_set("made", "2026-12-01T10:00:00"), "made: Input should have timezone"),
}


def refusal() -> str:
    """Why the priors of GENRE_PRIORS_FILE are refused."""
    with pytest.raises(ServingError) as refused:
        load_classifier()
    sentence = str(refused.value)
    assert "\n" not in sentence
    assert sentence.startswith("the genre priors of ") and sentence.endswith(WAY_OUT)
    return sentence


@pytest.mark.parametrize(("change", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_made_for_the_model_is_refused(
    priors_file: Path, change: Change, message: str
) -> None:
    """Priors of another model, other genres or no shares are refused by key and value."""
    content = priors()
    change(content)
    priors_file.write_text(json.dumps(content))
    assert message in refusal()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is not JSON"),
        (b"\xff{", "it is not JSON"),
        (b'{"made": ', "it is not JSON"),
        (b"[" * 5000, "it is not JSON"),
        (b"[]", "the file: Input should be"),
    ],
)
def test_what_is_no_file_of_priors_is_refused(
    priors_file: Path, content: bytes, message: str
) -> None:
    """A file that is damaged or of another kind is refused with the reason."""
    priors_file.write_bytes(content)
    assert message in refusal()


def test_a_missing_file_is_refused(priors_file: Path) -> None:
    """A file that is not there is refused by its path: nobody may believe that it is applied."""
    priors_file.unlink()
    assert f"{priors_file} (GENRE_PRIORS_FILE) cannot be applied: No such file" in refusal()


def test_rounded_priors_are_taken(priors_file: Path) -> None:
    """Shares need to be right to a millionth, in any order."""
    content = priors()
    content["training_priors"] = dict(reversed(content["training_priors"].items()))
    content["training_priors"]["Pop"] += 5e-7
    priors_file.write_text(json.dumps(content))
    found = load_classifier().description.priors
    assert found and tuple(found.training_priors) == tuple(found.current_priors) == GENRES


@pytest.mark.parametrize("workers", ["1", "2"])
def test_refused_priors_stop_the_start(priors_file: Path, workers: str) -> None:
    """The service does not start without the priors that it was told to apply."""
    priors_file.write_text(json.dumps(priors() | {"model_version": "6"}))
    for arguments in (("app",), ("app", "--check")):
        ended = run(*arguments, WEB_CONCURRENCY=workers)
        assert ended.returncode == 1
        assert ended.stderr.startswith(f"Cannot start: the genre priors of {priors_file}")
        assert len(ended.stderr.splitlines()) == 1


def test_nothing_is_answered_with_refused_priors(
    priors_file: Path, client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a start that sees to it, /ready and /predict are a 503; the log says why."""
    priors_file.write_text("{}")
    assert client.get("/ready").status_code == 503
    assert client.post("/predict", json=TAKE_FIVE).status_code == 503
    assert "model_name is missing" in caplog.text


def songs() -> list[dict[str, Any]]:
    """Songs of which some get another genre by CURRENT_PRIORS, and some do not."""
    return [TAKE_FIVE | {"tempo": 10 * number, "energy": number / 40} for number in range(40)]


def best(shares: dict[str, float]) -> str:
    return max(shares, key=lambda genre: shares[genre])


def test_the_songs_of_these_tests_tell_the_difference() -> None:
    """The priors change the answer to some of the songs and not to others."""
    found = [(best(expected_probabilities(song)), best(expected_answer(song))) for song in songs()]
    assert {own != answered for own, answered in found} == {True, False}


def expect_adapted(answers: list[dict[str, Any]], lines: list[dict[str, Any]], name: str) -> None:
    """Answers follow the priors; lines hold the answer, the raw probabilities, and the id."""
    for song, answer, line in zip(songs(), answers, lines, strict=True):
        expected = expected_answer(song)
        assert answer["genre"] == best(expected)
        told = {entry["genre"]: entry["probability"] for entry in answer["top"]}
        assert told == pytest.approx(expected, abs=1e-6)
        assert list(told.values()) == sorted(told.values(), reverse=True)
        assert answer["confidence"] == told[answer["genre"]]
        assert (line["genre"], line["confidence"]) == (answer["genre"], answer["confidence"])
        assert line["probabilities"] == pytest.approx(expected_probabilities(song), abs=1e-6)
        assert tuple(line["probabilities"]) == GENRES
        assert (line["model_version"], line["priors"]) == (VERSION, name)


@pytest.fixture
def server(model_dir: Path, log_file: Path, priors_file: Path) -> Iterator[Server]:
    with Server(model_dir, log_file.parent) as started:
        yield started


def test_a_service_with_priors(server: Server, priors_file: Path, log_file: Path) -> None:
    """Both routes answer by the priors, and the log, /model, /metrics and stderr name them."""
    name = hashlib.sha256(priors_file.read_bytes()).hexdigest()[:12]
    with httpx2.Client(base_url=server.url) as client:
        single = [client.post("/predict?top_k=3", json=song).json() for song in songs()]
        batch = client.post("/predict/batch?top_k=3", json={"songs": songs()}).json()["results"]
        client.post("/predict", json={})
        told = client.get("/model").json()
        metrics = client.get("/metrics").text
    server.interrupt()
    assert server.end() == 0
    lines = read_log(log_file)
    expect_adapted(single, lines[:40], name)
    expect_adapted(batch, lines[40:80], name)
    assert [set(line) for line in lines[80:]] == [
        {"timestamp", "request_id", "status", "latency_ms"}
    ]
    ModelDescription.model_validate(told)
    assert told["priors"] == {
        "id": name,
        "made": "2026-12-01T10:00:00Z",
        "training_priors": MEAN_PROBABILITIES,
        "current_priors": CURRENT_PRIORS,
    }
    assert f'spotify_genre_priors_info{{priors="{name}"}} 1.0' in metrics.splitlines()
    assert f"adapted to the genre priors {name}, made 2026-12-01T10:00:00+00:00" in server.output


def test_check_names_the_priors(priors_file: Path) -> None:
    """--check says that the priors can be applied to the model."""
    name = hashlib.sha256(priors_file.read_bytes()).hexdigest()[:12]
    checked = run("app", "--check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert f"version {VERSION}" in checked.stdout and f"genre priors {name} adapt" in checked.stdout


def test_without_priors_the_log_names_none(client: TestClient, log_file: Path) -> None:
    """Where nothing is adapted, lines have no priors and hold what was answered."""
    answer = client.post("/predict?top_k=3", json=TAKE_FIVE).json()
    (line,) = read_log(log_file)
    assert "priors" not in line
    told = {entry["genre"]: entry["probability"] for entry in answer["top"]}
    assert line["probabilities"] == told


def test_the_known_song_is_judged_without_priors(priors_file: Path) -> None:
    """What the graph must give again are its own probabilities, whatever the priors."""
    with TestClient(app) as client:
        assert client.get("/ready").status_code == 200
        said = client.post("/predict?top_k=3", json=TAKE_FIVE).json()
    shares = {entry["genre"]: entry["probability"] for entry in said["top"]}
    assert shares != pytest.approx(expected_probabilities(TAKE_FIVE), abs=1e-3)
