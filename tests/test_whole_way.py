"""From songs.csv to the drift reports, by the commands that a person would type."""

import csv
import json
import subprocess
from itertools import islice
from typing import Any

import pytest
from conftest import Workspace

SENT = 150
REPORT_KEYS = {
    "timestamp",
    "train_samples",
    "production_samples",
    "features_with_drift",
    "drifted_features",
    "drift_percentage",
    "status",
    "alert",
    "details",
}
DETAIL_KEYS = {"ks_statistic", "p_value", "drift_detected", "train_mean", "prod_mean"}
FEATURE_RANGES = """
import json
from src.{module} import FEATURE_RANGES
print(json.dumps([[name, r.lowest, r.highest, r.whole] for name, r in FEATURE_RANGES.items()]))
"""


def quality(workspace: Workspace) -> dict[str, Any]:
    path = workspace.folder / "data_pipeline" / "data" / "data_quality.json"
    report: dict[str, Any] = json.loads(path.read_text())
    return report


@pytest.fixture(scope="module")
def batch(workspace: Workspace) -> dict[str, Any]:
    """The batch report of the newer songs, by the literal command."""
    return report_of(
        workspace,
        "--mode batch --train_data ../data_pipeline/data/train.csv "
        "--prod_data ../data_pipeline/data/prod_sim.csv --output reports/batch.json",
    )


@pytest.fixture(scope="module")
def sent(workspace: Workspace, service: str) -> list[dict[str, float]]:
    """Newer songs that were sent to the service by curl, one request each."""
    names = [name for name, *_ in feature_ranges(workspace, "data_pipeline", "songs")]
    with open(workspace.folder / "data_pipeline" / "data" / "prod_sim.csv", newline="") as file:
        songs = [
            {name: float(row[name]) for name in names}
            for row in islice(csv.DictReader(file), SENT)
        ]
    for song in songs:
        subprocess.run(
            ["curl", "-fsS", "-X", "POST", f"{service}/predict"]
            + ["-H", "Content-Type: application/json", "-d", json.dumps(song)],
            check=True,
            capture_output=True,
        )
    return songs


def report_of(workspace: Workspace, options: str) -> dict[str, Any]:
    workspace.run("drift_monitoring", "python", "src/analyze_drift.py", *options.split())
    output = workspace.folder / "drift_monitoring" / options.split()[-1]
    assert output.with_suffix(".html").read_text().startswith("<!doctype html>")
    report: dict[str, Any] = json.loads(output.read_text())
    return report


def feature_ranges(workspace: Workspace, part: str, module: str) -> list[list[Any]]:
    ranges: list[list[Any]] = workspace.ask(part, FEATURE_RANGES.format(module=module))
    return ranges


def test_features(workspace: Workspace) -> None:
    """Pipeline and drift monitoring agree on the features, their order and ranges."""
    assert feature_ranges(workspace, "drift_monitoring", "features") == feature_ranges(
        workspace, "data_pipeline", "songs"
    )


def test_batch_report(workspace: Workspace, batch: dict[str, Any]) -> None:
    """The report has the contract's keys and compares all that process wrote, on both sides."""
    assert set(batch) >= REPORT_KEYS
    features = [name for name, *_ in feature_ranges(workspace, "data_pipeline", "songs")]
    assert list(batch["details"]) == features
    assert all(set(detail) >= DETAIL_KEYS for detail in batch["details"].values())
    assert batch["train_samples"] == quality(workspace)["train"]["rows"]
    assert batch["production_samples"] == quality(workspace)["prod_sim"]["rows"]


def test_batch_drift_is_found(batch: dict[str, Any]) -> None:
    """The drift across 2010 that the sample songs have, loudness above all, is reported."""
    assert batch["status"] == "DRIFT_DETECTED" and batch["alert"] is True
    assert "loudness" in batch["drifted_features"]
    assert batch["details"]["loudness"]["prod_mean"] > batch["details"]["loudness"]["train_mean"]


def test_online_report(workspace: Workspace, sent: list[dict[str, float]]) -> None:
    """The report is about the songs that were sent, as they were sent, and about nothing else."""
    online = report_of(
        workspace,
        "--mode online --train_data ../data_pipeline/data/train.csv "
        "--api_logs ../model_serving/logs/api_requests.jsonl --output reports/online.json",
    )
    assert online["production_samples"] == online["request_log"]["used"] == SENT
    assert online["request_log"]["lines"] == SENT
    for feature, detail in online["details"].items():
        mean = sum(song[feature] for song in sent) / SENT
        assert detail["prod_mean"] == pytest.approx(mean)


def test_too_few_requests(workspace: Workspace, sent: list[dict[str, float]]) -> None:
    """With fewer requests than --min-samples nothing is claimed."""
    online = report_of(
        workspace,
        f"--mode online --min-samples {SENT + 1} --api_logs ../model_serving/logs "
        "--output reports/few.json",
    )
    assert (online["status"], online["alert"]) == ("INSUFFICIENT_DATA", False)
