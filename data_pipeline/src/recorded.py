"""See whether the store in use holds what DVC believes done; what it lacks is done again.

DVC looks at files only: after a change of MLFLOW_TRACKING_URI, or with an emptied store, it would
skip `train` and `evaluate`. `make pipeline` asks here first.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from src.command import EXIT_CODES, PipelineError, run
from src.tracking import connect, explained_errors, shown_uri

# After src, which says what they must know when they are imported.
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException


def forget_unrecorded(training_path: str | Path, metrics_path: str | Path) -> list[Path]:
    """Remove the files of stages whose outcome the store in use does not hold.

    DVC then runs those stages again. Nothing is removed when the store cannot be asked.

    Parameters
    ----------
    training_path, metrics_path : path
        training.json as `train` and metrics.json as `evaluate` write it; both may be missing.

    Returns
    -------
    list of path
        The files that were removed.

    Raises
    ------
    PipelineError
        When the store cannot be reached, or a file is not what its stage writes.
    """
    training, metrics = _read(Path(training_path)), _read(Path(metrics_path))
    if training is None:
        return []
    with explained_errors():
        connect()
        try:
            runs = [run["run_id"] for run in training["runs"].values()]
            trained = all(_has_run(run_id) for run_id in runs)
            judged = metrics is None or _has_version(
                metrics["model_name"], metrics["model_version"], metrics["run_id"]
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise PipelineError(
                f"{training_path} or {metrics_path} is not what this pipeline writes ({error!r}); "
                "remove both and run again"
            ) from error
    gone = [Path(training_path)] * (not trained) + [Path(metrics_path)] * (not judged)
    for path in gone:
        path.unlink()
    return gone


def _read(path: Path) -> Any:
    """The content of a JSON file; None where there is no file."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise PipelineError(f"{path} is no JSON ({error}); remove it and run again") from error


def _has_run(run_id: str) -> bool:
    try:
        info = MlflowClient().get_run(run_id).info
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return False
    return (info.status, info.lifecycle_stage) == ("FINISHED", "active")


def _has_version(name: str, number: int, run_id: str) -> bool:
    found = MlflowClient().search_model_versions(f"name = '{name}' and run_id = '{run_id}'")
    return any(int(version.version) == number for version in found)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    parser.add_argument("--training", default="training.json", help="default: %(default)s")
    parser.add_argument("--metrics", default="metrics.json", help="default: %(default)s")
    arguments = parser.parse_args(argv)

    def work() -> str:
        gone = forget_unrecorded(arguments.training, arguments.metrics)
        if not gone:
            return f"{shown_uri()} holds what the files here tell of"
        names = " and ".join(str(path) for path in gone)
        return f"{shown_uri()} lacks what {names} told of; that is done again"

    return run("recorded", work)


if __name__ == "__main__":
    sys.exit(main())
