"""Genre priors on both sides: what the pipeline says they gain is what the service does."""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Workspace, environment

ADAPTED = """
import json, sys
from pathlib import Path
import numpy as np
from mlflow.models import Model
from src.graph import GraphClassifier
from src.prior_adaptation import adapted
from src.songs import FEATURES
from src.table import read_songs
folder = Path(sys.argv[1])
model = Model.load(folder)
genres = model.metadata["genres"]
training = model.metadata["reference_profile"]["mean_probabilities"]
# The commonest genre becomes the rarest, and the first one is gone.
current = dict(zip(sorted(training, key=training.get), sorted(training.values(), reverse=True)))
current[genres[0]] = 0.0
current = {genre: share / sum(current.values()) for genre, share in current.items()}
graph = GraphClassifier(str(folder / model.flavors["onnx"]["data"]))
songs = read_songs("data/prod_sim.csv").features[:200]
raw = graph.predict_proba(songs)
shares = [np.array([priors[genre] for genre in genres]) for priors in (training, current)]
print(json.dumps({
    "training_priors": training,
    "current_priors": current,
    "songs": [dict(zip(FEATURES, song)) for song in songs.tolist()],
    "raw": [dict(zip(genres, row)) for row in raw.tolist()],
    "adapted": [dict(zip(genres, row)) for row in adapted(raw, *shares).tolist()],
}))
"""


@pytest.fixture(scope="module")
def expected(workspace: Workspace) -> dict[str, Any]:
    """Other priors for the champion, 200 songs, and what the pipeline says of both."""
    models = str(workspace.folder / "model_serving" / "models")
    answers: dict[str, Any] = workspace.ask("data_pipeline", ADAPTED, models)
    return answers


@pytest.fixture(scope="module")
def service(workspace: Workspace, expected: dict[str, Any]) -> Iterator[str]:
    """The address of the champion's service with these priors, whose request log is empty."""
    part = workspace.folder / "model_serving"
    metrics = json.loads((workspace.folder / "data_pipeline" / "metrics.json").read_text())
    priors = {
        "model_name": metrics["model_name"],
        "model_version": str(metrics["model_version"]),
        "made": "2026-11-25T10:00:00+00:00",
        "training_priors": expected["training_priors"],
        "current_priors": expected["current_priors"],
    }
    (part / "priors.json").write_text(json.dumps(priors))
    shutil.rmtree(part / "logs", ignore_errors=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    variables = environment("model_serving", PORT=port, GENRE_PRIORS_FILE="priors.json")
    process = subprocess.Popen(["python", "-m", "app"], cwd=part, env=variables)
    curl = ["curl", "-fsS", "--retry", "60", "--retry-delay", "1", "--retry-connrefused"]
    try:
        subprocess.run([*curl, f"http://127.0.0.1:{port}/ready"], check=True)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        assert process.wait(15) == 0


def test_the_service_adapts_as_the_pipeline_measures(
    workspace: Workspace, service: str, expected: dict[str, Any]
) -> None:
    """Answers have the pipeline's adapted probabilities, lines of the log the graph's own."""
    command = ["curl", "-sS", "-H", "Content-Type: application/json", "-d", "@-"]
    done = subprocess.run(
        [*command, f"{service}/predict/batch?top_k=100"],
        input=json.dumps({"songs": expected["songs"]}),
        capture_output=True,
        text=True,
        check=True,
    )
    results = json.loads(done.stdout)["results"]
    log = workspace.folder / "model_serving" / "logs" / "api_requests.jsonl"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    rows = zip(expected["raw"], expected["adapted"], results, lines, strict=True)
    changed = 0
    for raw, adapted, answer, line in rows:
        told = {entry["genre"]: entry["probability"] for entry in answer["top"]}
        assert told == pytest.approx(adapted, abs=1e-6)
        assert (line["genre"], line["confidence"]) == (answer["genre"], answer["confidence"])
        assert line["probabilities"] == pytest.approx(raw, abs=1e-6)
        assert len(line["priors"]) == 12
        changed += max(raw, key=lambda genre: raw[genre]) != answer["genre"]
    assert changed > 20
