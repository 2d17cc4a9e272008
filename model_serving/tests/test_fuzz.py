"""Requests that nobody thought of: generated from the OpenAPI document, and from the schema."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import read_log
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from server import Server

from app.api_keys import main
from app.schemas import FEATURES, TAKE_FIVE, SpotifyFeatures

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "50"))
SCHEMA = SpotifyFeatures.model_json_schema()["properties"]
once = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def sound(feature: str) -> st.SearchStrategy[float]:
    lowest, highest = SCHEMA[feature]["minimum"], SCHEMA[feature]["maximum"]
    if SCHEMA[feature]["type"] == "integer":
        return st.integers(lowest, highest) | st.integers(lowest, highest).map(float)
    return st.floats(lowest, highest) | st.integers(
        math.ceil(lowest), math.floor(highest)
    )


def unsound(feature: str) -> st.SearchStrategy[Any]:
    lowest, highest = SCHEMA[feature]["minimum"], SCHEMA[feature]["maximum"]
    anything = st.none() | st.booleans() | st.text() | st.lists(st.integers()) | st.floats()
    too_far = st.floats(max_value=lowest, exclude_max=True) | st.floats(
        min_value=highest, exclude_min=True
    )
    numbers = st.integers().filter(lambda number: not lowest <= number <= highest)
    refused = anything.filter(lambda value: not _is_sound(feature, value)) | too_far | numbers
    if SCHEMA[feature]["type"] == "integer":
        between = st.floats(lowest, highest).filter(lambda value: not value.is_integer())
        return refused | between
    return refused


def _is_sound(feature: str, value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    whole = SCHEMA[feature]["type"] != "integer" or float(value).is_integer()
    return whole and SCHEMA[feature]["minimum"] <= value <= SCHEMA[feature]["maximum"]


SONGS = st.fixed_dictionaries({feature: sound(feature) for feature in FEATURES})


@once
@given(song=SONGS)
def test_no_sound_song_is_refused(client: TestClient, song: dict[str, float]) -> None:
    """Whatever lies in the ranges is judged, with probabilities that add up to 1."""
    answer = client.post("/predict?top_k=100", json=song)
    assert answer.status_code == 200
    assert sum(entry["probability"] for entry in answer.json()["top"]) == pytest.approx(1)


@once
@given(data=st.data(), feature=st.sampled_from(FEATURES))
def test_no_nonsense_is_judged(client: TestClient, data: st.DataObject, feature: str) -> None:
    """A value beyond its range or of another type is refused, and the refusal is about it."""
    value = data.draw(unsound(feature))
    body = json.dumps(TAKE_FIVE | {feature: value})
    headers = {"Content-Type": "application/json"}
    answer = client.post("/predict", content=body, headers=headers)
    assert answer.status_code == 422
    assert [problem["loc"] for problem in answer.json()["detail"]] == [["body", feature]]


@once
@given(songs=st.lists(SONGS | st.dictionaries(st.text(), st.integers()), min_size=1, max_size=20))
def test_a_batch_judges_as_its_songs_alone(
    client: TestClient, songs: list[dict[str, float]]
) -> None:
    """Each song of a batch is judged or refused as it is when it comes alone."""
    results = client.post("/predict/batch", json={"songs": songs}).json()["results"]
    for song, result in zip(songs, results, strict=True):
        alone = client.post("/predict", json=song)
        assert ("errors" not in result) == (alone.status_code == 200)
        if alone.status_code == 200:
            assert result["confidence"] == pytest.approx(alone.json()["confidence"], abs=1e-6)
        else:
            told = [problem["msg"] for problem in alone.json()["detail"]]
            assert [problem["msg"] for problem in result["errors"]] == told


def test_the_service_keeps_to_its_openapi_document(
    model_dir: Path, log_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """schemathesis finds no answer that the document does not promise, and no 5xx."""
    main(["fuzz"])
    line, key = capsys.readouterr()
    keys = tmp_path / "keys"
    keys.write_text(line)
    with Server(model_dir, log_file.parent, API_KEYS_FILE=str(keys)) as server:
        authorization = f"Authorization: Bearer {key.split()[-1]}"
        command = [
            "schemathesis", "run", f"{server.url}/openapi.json", "--checks", "all",
            "--max-examples", str(EXAMPLES), "--continue-on-failure", "-H", authorization,
        ]  # fmt: skip
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        found = subprocess.run(
            command, cwd=tmp_path, env=os.environ | {"PATH": path}, capture_output=True, text=True
        )
    assert found.returncode == 0, found.stdout
    assert all("timestamp" in line for line in read_log(log_file))
