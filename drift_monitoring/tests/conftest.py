import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import polars as pl
import pytest

from src.current import current_of_table
from src.domain_classifier import separation_of
from src.features import FEATURES
from src.reference import reference_of_table
from src.report import build_report
from src.tables import songs_from_frame
from src.thresholds import Thresholds

VALUES = (0.5, 0.6, 5, -7.0, 1, 0.05, 0.2, 0.0, 0.1, 0.5, 120.0, 210000)
SONG = dict(zip(FEATURES, VALUES, strict=True))
STAMP = "2026-11-24T23:04:13.014+00:00"


def made_songs(rows: int, seed: int) -> pl.DataFrame:
    """Songs whose features are independent, the same distributions whatever the seed."""
    random = np.random.default_rng(seed)
    columns: dict[str, Any] = {feature: random.beta(2, 3, rows) for feature in FEATURES}
    columns |= {
        "key": random.integers(0, 12, rows),
        "mode": random.integers(0, 2, rows),
        "loudness": random.normal(-8, 3, rows).clip(-60, 5),
        "tempo": random.normal(120, 25, rows).clip(0, 1000),
        "duration_ms": random.integers(60_000, 600_000, rows),
    }
    return pl.DataFrame(columns)


SCHEMA = json.loads(
    (Path(__file__).resolve().parents[1] / "drift_report.schema.json").read_text(encoding="utf-8")
)


def report_of(
    train: pl.DataFrame, prod: pl.DataFrame, by: tuple[str, ...] = (), **thresholds: Any
) -> dict[str, Any]:
    """The report of two frames, which is as its schema says and as JSON can hold it."""
    genres = "genre" in by
    reference = reference_of_table(songs_from_frame(train, "train", genres), "train")
    current = current_of_table(songs_from_frame(prod, "prod", genres), reference, "prod", by)
    limits = Thresholds(**thresholds)
    separation = separation_of(reference.sample, current.sample, limits.min_samples)
    report = build_report(reference, current, limits, separation, mode="batch", inputs={})
    check_schema(json.loads(json.dumps(report, allow_nan=False)))
    return report


def check_schema(report: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(report)


@pytest.fixture(autouse=True, scope="session")
def no_scheduler() -> Iterator[None]:
    """Whatever the environment and .env name: tests name their cluster themselves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DASK_SCHEDULER_ADDRESS", "")
        yield


@pytest.fixture(scope="session")
def train() -> pl.DataFrame:
    return made_songs(2000, seed=1)


@pytest.fixture(scope="session")
def prod() -> pl.DataFrame:
    return made_songs(1500, seed=2)


@pytest.fixture(scope="session")
def train_csv(train: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "train.csv"
    train.write_csv(path)
    return path


@pytest.fixture(scope="session")
def prod_csv(prod: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "prod_sim.csv"
    prod.write_csv(path)
    return path


def log_line(**fields: Any) -> str:
    """A line of the request log as the service writes it, changed in the given fields."""
    entry = {
        "timestamp": STAMP,
        "request_id": "72b8de1e0e3a4bd893dc9d092da7cd4d",
        "status": 200,
        "genre": "Rock",
        "confidence": 0.61,
        "probabilities": {"Rock": 0.61, "Pop": 0.39},
        "model_version": "1",
        **SONG,
        "latency_ms": 0.942,
    }
    return json.dumps(entry | fields)


REJECTED = json.dumps(
    {"timestamp": STAMP, "request_id": "667aba3f", "status": 422, "latency_ms": 0.4}
)


@pytest.fixture
def write_log(tmp_path: Path) -> Callable[..., Path]:
    """Write lines to a file of the folder logs, each with its line end."""

    def write(*lines: str, name: str = "api_requests.jsonl", end: str = "\n") -> Path:
        path = tmp_path / "logs" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + end, encoding="utf-8")
        return path

    return write
