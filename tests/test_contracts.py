"""The parts share no code; what they hand over to each other is held together here."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Workspace

PIPELINE_FEATURES = """
import json
from src.songs import FEATURE_RANGES
print(json.dumps([[name, r.lowest, r.highest, r.whole] for name, r in FEATURE_RANGES.items()]))
"""
SERVING_FEATURES = """
import json
from app.main import SpotifyFeatures
fields = SpotifyFeatures.model_json_schema()["properties"].items()
print(json.dumps([[n, f["minimum"], f["maximum"], f["type"] == "integer"] for n, f in fields]))
"""
PIPELINE_ANSWERS = """
import json, sys
from pathlib import Path
from mlflow.models import Model
from src.graph import GraphClassifier
from src.table import read_songs
folder = Path(sys.argv[1])
model = Model.load(folder)
graph = GraphClassifier(str(folder / model.flavors["onnx"]["data"]))
songs = read_songs("data/prod_sim.csv").features[:200]
answers = graph.predict_proba(songs).tolist()
print(json.dumps({"genres": model.metadata["genres"], "songs": songs.tolist(), "answers": answers}))
"""


@pytest.fixture(scope="module")
def judged(workspace: Workspace) -> dict[str, Any]:
    """200 songs and what the pipeline's graph says of them."""
    models = str(workspace.folder / "model_serving" / "models")
    answers: dict[str, Any] = workspace.ask("data_pipeline", PIPELINE_ANSWERS, models)
    return answers


@pytest.fixture(scope="module")
def served(
    workspace: Workspace, service: str, judged: dict[str, Any]
) -> list[tuple[dict[str, float], dict[str, Any]]]:
    """The same songs and what the service answers."""
    names = [name for name, *_ in workspace.ask("data_pipeline", PIPELINE_FEATURES)]
    songs = [dict(zip(names, values, strict=True)) for values in judged["songs"]]
    return [(song, post(service, song)) for song in songs]


def post(service: str, body: object) -> dict[str, Any]:
    command = ["curl", "-sS", "-X", "POST", "-H", "Content-Type: application/json"]
    command += ["-d", json.dumps(body), f"{service}/predict?top_k=100"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_features(workspace: Workspace) -> None:
    """Pipeline and service agree on the twelve features, their order and ranges."""
    cleaned = workspace.ask("data_pipeline", PIPELINE_FEATURES)
    accepted = workspace.ask("model_serving", SERVING_FEATURES)
    assert len(cleaned) == 12
    assert accepted == cleaned


def test_one_version_of_mlflow() -> None:
    """What records, what keeps and what downloads a model is of one version of MLflow."""
    files = (
        "data_pipeline/requirements",
        "mlflow_server/requirements",
        "model_serving/requirements-bake",
    )
    pins = [
        re.findall(r"(?m)^mlflow-skinny==(\S+)", (ROOT / f"{name}.txt").read_text())
        for name in files
    ]
    assert len(pins[0]) == 1
    assert pins == [pins[0]] * len(files)


def test_the_champion_is_served_as_it_was_judged(
    judged: dict[str, Any], served: list[tuple[dict[str, float], dict[str, Any]]]
) -> None:
    """The service gives the probabilities of the pipeline's graph, genre by genre."""
    for expected, (_, answer) in zip(judged["answers"], served, strict=True):
        told = {entry["genre"]: entry["probability"] for entry in answer["top"]}
        assert [told[genre] for genre in judged["genres"]] == pytest.approx(expected, abs=1e-6)
        assert answer["genre"] == judged["genres"][expected.index(max(expected))]
        assert answer["confidence"] == told[answer["genre"]]


def test_the_served_version_is_the_champion(workspace: Workspace, service: str) -> None:
    """What /model says is what metrics.json says of the champion."""
    done = subprocess.run(["curl", "-fsS", f"{service}/model"], capture_output=True, check=True)
    model = json.loads(done.stdout)
    metrics = json.loads((workspace.folder / "data_pipeline" / "metrics.json").read_text())
    assert model["name"] == metrics["model_name"]
    assert model["version"] == str(metrics["champion_version"])
    assert model["run_id"] == metrics["run_id"]
    assert model["metrics"]["accuracy"] == pytest.approx(metrics["accuracy"])


def test_request_log(
    workspace: Workspace, service: str, served: list[tuple[dict[str, float], dict[str, Any]]]
) -> None:
    """Each answered song is a line with its features flat; a refused one leaves a line without."""
    song, _ = served[0]
    post(service, song | {"tempo": -1})
    lines = [json.loads(line) for line in log(workspace).read_text().splitlines()]
    judged = [line for line in lines if "genre" in line]
    answered = {json.dumps([line[name] for name in song]): line for line in judged}
    for song, answer in served:
        line = answered[json.dumps(list(song.values()))]
        assert line["status"] == 200
        top = answer["top"]
        assert line["probabilities"] == {entry["genre"]: entry["probability"] for entry in top}
        for name in ("genre", "confidence", "model_version"):
            assert line[name] == answer[name]
        assert {"timestamp", "request_id", "latency_ms"} <= set(line)
    assert lines[-1]["status"] == 422 and not set(song) & set(lines[-1])


def log(workspace: Workspace) -> Path:
    return workspace.folder / "model_serving" / "logs" / "api_requests.jsonl"
