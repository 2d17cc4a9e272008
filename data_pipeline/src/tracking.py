"""Where runs and models are recorded: MLFLOW_TRACKING_URI, or a store inside the repository."""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import dotenv
import mlflow
import requests
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from src.command import PipelineError
from src.lock import locked

PART = Path(__file__).resolve().parents[1]
EXPERIMENT = "spotify-genre-classification"
MODEL = "candidate"  # the name of the graph within a run


def tracking_uri() -> str:
    """The tracking URI from the environment, from .env at the root, or of the embedded store."""
    dotenv.load_dotenv(PART.parent / ".env")
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{PART / 'mlflow.db'}"


def shown_uri() -> str:
    """The tracking URI as it may be printed: without the password that it may hold."""
    return _without_password(tracking_uri())


def _without_password(text: str) -> str:
    return re.sub(r"//[^/@\s]*@", "//***@", text)


def connect() -> str:
    """Point MLflow at the store and select the experiment, making both where they are missing.

    Returns
    -------
    str
        The tracking URI.

    Raises
    ------
    MlflowException
        When the store does not answer (inside `explained_errors`: a PipelineError).
    """
    # Seven retries with growing pauses are two minutes of silence before "unreachable", and a
    # server that hangs would be waited for eight times two minutes.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    # It warns that an environment made by uv holds no pip, whose version it would note.
    logging.getLogger("mlflow.utils.environment").setLevel(logging.ERROR)
    for chatty in ("alembic", "mlflow.store", "mlflow.tracking"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    uri = tracking_uri()
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    if uri != _without_password(uri):
        # MLflow prints the address of each run, with the password.
        os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    with _making_the_store(uri):
        if mlflow.get_experiment_by_name(EXPERIMENT) is None:
            _create_experiment(uri)
        mlflow.set_experiment(EXPERIMENT)
    return uri


def _making_the_store(uri: str) -> AbstractContextManager[None]:
    """Two processes that make one SQLite store at the same time spoil it for each other."""
    if not uri.startswith("sqlite:///"):
        return nullcontext()
    return locked(Path(f"{uri.removeprefix('sqlite:///')}.making.lock"))


def _create_experiment(uri: str) -> None:
    try:
        mlflow.create_experiment(EXPERIMENT, artifact_location=_artifact_location(uri))
    except MlflowException as error:
        # Another program made it in this moment.
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _artifact_location(uri: str) -> str | None:
    """Beside a SQLite file; where a server keeps them is the server's business."""
    if not uri.startswith("sqlite:///"):
        return None
    return (Path(uri.removeprefix("sqlite:///")).resolve().parent / "mlartifacts").as_uri()


@contextmanager
def explained_errors() -> Iterator[None]:
    """Turn MLflow's exceptions into one that says which store failed and what helps.

    Raises
    ------
    PipelineError
    """
    try:
        yield
    except (MlflowException, SQLAlchemyError, requests.RequestException) as error:
        first_line = _without_password(str(error).strip().splitlines()[0][:500])
        way_out = _way_out(tracking_uri(), str(error))
        raise PipelineError(f"MLflow at {shown_uri()}: {first_line}\n{way_out}") from error


def _way_out(uri: str, message: str) -> str:
    if "Invalid Host" in message:
        return (
            "The server does not know itself under this host name: start it with --allowed-hosts, "
            "as 'make mlflow' does."
        )
    if "error code 401" in message or "PERMISSION_DENIED" in message:
        return (
            "The server wants a user that may do this: set MLFLOW_TRACKING_USERNAME and "
            "MLFLOW_TRACKING_PASSWORD in the environment or in .env."
        )
    if any(words in message for words in ("disk is full", "No space left", "disk I/O error")):
        return "Its disk is full, or fails: make room there, and run again."
    if "database is locked" in message:
        return "Other programs have been writing to it all the time: run again when they are done."
    if "error responses" in message:
        return "The server answers, but with errors: its log says why. A full disk is one reason."
    if uri.startswith("http"):
        return (
            "Is the server up? 'make mlflow' starts one. Without MLFLOW_TRACKING_URI (in the "
            "environment or .env) the store inside the repository is used."
        )
    return "Is the store readable and of this MLflow version? 'mlflow db upgrade' updates it."
