import re

import pytest
from champion import CREATED, GENRES, RUN_ID, VERSION
from fastapi.testclient import TestClient

from app.main import app
from app.schemas import FEATURES, TAKE_FIVE


def test_health_is_alive_without_a_model(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/health says exactly that the process is alive, whatever the model's state."""
    monkeypatch.setenv("MODEL_DIR", "/nowhere")
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "healthy"})


def test_ready_with_a_model_that_answers_as_recorded(client: TestClient) -> None:
    """/ready says yes once the known song is judged as recorded."""
    assert client.get("/ready").status_code == 200


def test_not_ready_and_no_prediction_without_a_model(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a model /ready, /model and /predict are a 503; the reason is for the log alone."""
    monkeypatch.setenv("MODEL_DIR", "/nowhere")
    for answer in (
        client.get("/ready"),
        client.get("/model"),
        client.post("/predict", json=TAKE_FIVE),
    ):
        assert answer.status_code == 503
        (problem,) = answer.json()["detail"]
        assert problem["type"] == "unavailable"
        assert "/nowhere" not in answer.text
    assert "no model can be served from /nowhere" in caplog.text


def test_not_ready_while_shutting_down(client: TestClient) -> None:
    """/ready says no while the service shuts down, and songs are still answered."""
    app.state.closing = True
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["detail"][0]["msg"] == "the service is shutting down"
    assert answer.headers["connection"] == "close"
    assert client.post("/predict", json=TAKE_FIVE).status_code == 200


def test_model_says_what_is_served(client: TestClient) -> None:
    """/model tells name, version, run, genres, features and metrics of the model."""
    assert client.get("/model").json() == {
        "name": "spotify-genre-classifier",
        "version": VERSION,
        "run_id": RUN_ID,
        "created": CREATED.replace(" ", "T") + "Z",
        "genres": list(GENRES),
        "features": list(FEATURES),
        "metrics": {"accuracy": 0.625, "rows": 40},
        "priors": None,
    }


def test_the_documentation_needs_no_internet(client: TestClient) -> None:
    """Everything that the OpenAPI page loads comes from the service itself."""
    page = client.get("/docs")
    assert page.status_code == 200
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 3
    for address in loaded:
        answer = client.get(address)
        assert address.startswith("/")
        assert answer.status_code == 200
        assert len(answer.content) > 1000


def test_the_documented_example_is_a_song(client: TestClient) -> None:
    """The example of the OpenAPI page can be sent as it is."""
    operation = client.get("/openapi.json").json()["paths"]["/predict"]["post"]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    assert client.post("/predict", json=examples["Take Five"]["value"]).status_code == 200


def test_the_documentation_is_complete(client: TestClient) -> None:
    """Ranges, required fields and every kind of answer stand in the OpenAPI description."""
    operation = client.get("/openapi.json").json()["paths"]["/predict"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert tuple(schema["required"]) == FEATURES
    assert schema["additionalProperties"] is False
    assert (schema["properties"]["key"]["type"], schema["properties"]["key"]["maximum"]) == (
        "integer",
        11,
    )
    statuses = {"200", "400", "401", "408", "413", "415", "422", "429", "500", "503"}
    assert set(operation["responses"]) == statuses


def test_lifespan_loads_before_the_first_request() -> None:
    """With a lifespan the model is loaded at the start."""
    with TestClient(app) as client:
        assert client.get("/ready").status_code == 200
