"""What a registered version says of itself: the verdict on it, and its model card."""

from pathlib import Path

import mlflow
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion
from pydantic import TypeAdapter, ValidationError

from src.gate import Verdict
from src.model_card import PAGE
from src.registry import NAME
from src.tracking import tracking_uri

VERDICT = TypeAdapter(Verdict)
FOLDER = "model_card"  # among the run's artifacts
DESCRIPTION_LENGTH = 4000  # MLflow's database takes 5,000


def recorded_verdict(version: ModelVersion) -> Verdict | None:
    """The verdict that a version carries, or None where it carries none that can be read."""
    try:
        return VERDICT.validate_json(version.tags.get("verdict", ""))
    except ValidationError:
        return None


def record_verdict(version: ModelVersion, verdict: Verdict) -> None:
    """Let a version carry the verdict on it, so that it can be shown without judging again."""
    text = VERDICT.dump_json(verdict).decode()
    mlflow.MlflowClient().set_model_version_tag(NAME, version.version, "verdict", text)


def publish_card(
    version: ModelVersion, run: Run, folder: Path, newest_year: int, summary: str
) -> None:
    """Log the model card with a version's run, and lead from the version's page to it.

    A server shows the card under the link. Without a server there are no pages, so the description
    names the command that fetches it.

    Parameters
    ----------
    version : ModelVersion
    run : Run
        The run that the version came from.
    folder : path
        The card's files.
    newest_year : int
        The newest year that the version learnt from, which the next comparison asks for.
    summary : str
        What the description says before the link, in Markdown.
    """
    client = mlflow.MlflowClient()
    run_id = run.info.run_id
    client.log_artifacts(run_id, str(folder), FOLDER)
    if tracking_uri().startswith("http"):
        page = f"{run.info.experiment_id}/runs/{run_id}/artifacts/{FOLDER}/{PAGE}"
        card = f"[Model card](#/experiments/{page})"
    else:
        card = f"Model card: `mlflow artifacts download -u runs:/{run_id}/{FOLDER}`"
    text = f"{summary[:DESCRIPTION_LENGTH]}\n\n{card}"
    client.update_model_version(NAME, version.version, text)
    tags = {"model_card": f"runs:/{run_id}/{FOLDER}/{PAGE}", "newest_year": str(newest_year)}
    for tag, value in tags.items():
        client.set_model_version_tag(NAME, version.version, tag, value)
