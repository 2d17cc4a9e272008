"""The champion of the tests, and a client of the app that serves it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from baking import baked, write_context
from champion import write_champion
from fastapi.testclient import TestClient

from app.access import access
from app.classifier import load_classifier
from app.judge import judge
from app.main import app
from app.metrics import metrics
from app.request_log import FILE, request_log
from app.settings import Settings, settings

CACHED = (settings, load_classifier, request_log, judge, metrics, access)


@pytest.fixture
def model_dir(tmp_path: Path) -> Path:
    """A champion's folder, to be served or damaged."""
    return write_champion(tmp_path / "models")


@pytest.fixture(autouse=True, scope="session")
def no_settings() -> Iterator[None]:
    """Whatever the shell has set: tests make their settings themselves."""
    with pytest.MonkeyPatch.context() as patch:
        for name in Settings.model_fields:
            patch.delenv(name.upper(), raising=False)
        yield


@pytest.fixture(autouse=True)
def environment(
    model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Settings of this test alone, read and loaded anew."""
    monkeypatch.setenv("MODEL_DIR", str(model_dir))
    monkeypatch.setenv("LOG_DIR", str(tmp_path / "logs"))
    for cached in CACHED:
        cached.cache_clear()
    app.state.closing = False
    yield
    request_log().close()
    for cached in CACHED:
        cached.cache_clear()


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A champion in models/, for one service that all tests of a module ask."""
    folder = tmp_path_factory.mktemp("service")
    write_champion(folder / "models")
    return folder


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build context of the image."""
    return write_context(tmp_path_factory.mktemp("context") / "model_serving")


@pytest.fixture(scope="session")
def image(context: Path) -> Iterator[str]:
    """The image."""
    with baked(context) as tag:
        yield tag


@pytest.fixture
def client() -> TestClient:
    """A client of the app without lifespan, so the model is loaded by the first request."""
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    """Where the requests of this test are logged."""
    return tmp_path / "logs" / FILE


def read_log(path: Path) -> list[dict[str, Any]]:
    """Every line of a request log; fails on a line that is no JSON."""
    return [json.loads(line) for line in path.read_text().splitlines()]
