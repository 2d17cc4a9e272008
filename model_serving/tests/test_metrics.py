import re

from champion import RUN_ID, VERSION
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from app.main import app
from app.schemas import TAKE_FIVE


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample of an exposition, by its name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, /, **labels: str) -> float:
    return samples(text)[name, frozenset(labels.items())]


def test_what_happened_is_counted(client: TestClient) -> None:
    """Requests by status, latency, predictions by genre and lines of the log are counted."""
    genre = client.post("/predict", json=TAKE_FIVE).json()["genre"]
    client.post("/predict", json={})
    client.post("/predict/batch", json={"songs": [TAKE_FIVE] * 5 + [{}]})
    client.get("/nowhere")
    text = client.get("/metrics").text
    assert value(text, "spotify_requests_total", path="/predict", status="200") == 1
    assert value(text, "spotify_requests_total", path="/predict", status="422") == 1
    assert value(text, "spotify_requests_total", path="/predict/batch", status="200") == 1
    assert value(text, "spotify_request_seconds_count", path="/predict") == 2
    assert value(text, "spotify_predictions_total", genre=genre) == 6
    assert value(text, "spotify_request_log_lines_written_total") == 1 + 1 + 6
    assert value(text, "spotify_request_log_lines_lost_total") == 0


def test_paths_that_do_not_exist_are_one(client: TestClient) -> None:
    """A stranger cannot make the service remember every path that he tries."""
    for number in range(5):
        client.get(f"/{number}")
    text = client.get("/metrics").text
    assert value(text, "spotify_requests_total", path="other", status="404") == 5
    assert "/3" not in text


def test_the_model_is_told() -> None:
    """With the service started, the metrics name the model's version."""
    with TestClient(app) as client:
        text = client.get("/metrics").text
    labels = {"name": "spotify-genre-classifier", "version": VERSION, "run_id": RUN_ID}
    assert value(text, "spotify_model_info", **labels) == 1
    assert "spotify_genre_priors_info{" not in text


def test_both_formats_are_spoken(client: TestClient) -> None:
    """Prometheus gets OpenMetrics when it asks for it, and the old text format otherwise."""
    assert client.get("/metrics").headers["content-type"].startswith("text/plain")
    wanted = {"Accept": "application/openmetrics-text; version=1.0.0"}
    answer = client.get("/metrics", headers=wanted)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert re.search("# EOF\n$", answer.text)
