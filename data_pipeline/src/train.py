"""Train the model families on songs held apart by artist, and record each run in MLflow."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from src.candidate import Candidate, fit_candidate, log_candidate
from src.cluster import connected, scheduler_address
from src.command import EXIT_CODES, run
from src.families import FAMILIES, Family, families
from src.files import written_whole
from src.params import Params, read_params
from src.table import read_songs
from src.tracking import connect, explained_errors
from src.training_data import fingerprint, training_data

HEADLINES = ("accuracy", "macro_f1", "log_loss", "top3_accuracy", "ece", "train_accuracy")


def train_models(
    data_path: str | Path, params: Params, recipes: Mapping[str, Family] = FAMILIES
) -> dict[str, Any]:
    """Fit, prove and record a model of each family.

    Parameters
    ----------
    data_path : path
        train.csv as `process` writes it; it must have the column artists.
    params : Params
    recipes : mapping
        The families by name; without a word, those that are fitted in this process.

    Returns
    -------
    dict
        The fingerprint of this training, the rows on each side, and for each family its run id and
        metrics.

    Raises
    ------
    PipelineError
        When the songs cannot be split or learnt from, a graph differs from its model, MLflow
        cannot be reached, or the workers of a cluster fail.
    """
    songs = read_songs(data_path)
    data = training_data(songs, params.split)
    tags = {
        "fingerprint": fingerprint(songs, params),
        "train_md5": songs.md5,
        "validation_split": json.dumps(params.split.model_dump()),
    }
    runs: dict[str, Any] = {}
    with explained_errors():
        # Before hours of training, not after: is there a store to record them in?
        connect()
        for family in recipes:
            candidate = fit_candidate(family, data, params, recipes)
            print(_line(candidate), flush=True)
            run_tags = tags | {"model_type": family}
            run_id = log_candidate(candidate, data, params, Path(data_path), run_tags)
            runs[family] = {"run_id": run_id} | {m: candidate.metrics[m] for m in HEADLINES}
    return {
        "fingerprint": tags["fingerprint"],
        "rows": {
            "training": len(data.training_labels),
            "validation": len(data.validation_labels),
            "neither": data.set_aside,
        },
        "runs": runs,
    }


@contextmanager
def recipes_at(address: str | None) -> Iterator[Mapping[str, Family]]:
    """The families, whose trees grow on the workers of a scheduler where one is named.

    Parameters
    ----------
    address : str or None
        Of a Dask scheduler; without one nothing imports Dask.

    Raises
    ------
    PipelineError
        When the scheduler or its workers cannot be used (see `src.cluster.connected`).
    """
    if address is None:
        yield FAMILIES
        return
    with connected(address) as client:
        from src.cluster_boosting import ClusterBoosting

        yield families(ClusterBoosting(client))


def _line(candidate: Candidate) -> str:
    metrics = candidate.metrics
    return (
        f"train: {candidate.family}: validation accuracy {metrics['accuracy']:.4f}, "
        f"macro F1 {metrics['macro_f1']:.4f}, log loss {metrics['log_loss']:.4f}, "
        f"training accuracy {metrics['train_accuracy']:.4f} ({metrics['fit_seconds']:.1f} s, "
        f"{metrics['learnt_songs']:,.0f} songs, {candidate.recipe.tags()['trained_on']})"
    )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    parser.add_argument("--data_path", default="data/train.csv", help="default: %(default)s")
    parser.add_argument("--params_path", default="params.yaml", help="default: %(default)s")
    parser.add_argument(
        "--output", default="training.json", help="summary of the runs (default: %(default)s)"
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="boost on the workers of the Dask scheduler at ADDRESS, such as tcp://127.0.0.1:8786 "
        "(default: DASK_SCHEDULER_ADDRESS, or this process alone)",
    )
    arguments = parser.parse_args(argv)

    def work() -> str:
        params = read_params(arguments.params_path)
        with recipes_at(scheduler_address(arguments.scheduler)) as recipes:
            summary = train_models(arguments.data_path, params, recipes)
        with written_whole(arguments.output) as file:
            file.write(json.dumps(summary, indent=2).encode() + b"\n")
        rows = summary["rows"]
        return (
            f"{len(summary['runs'])} runs recorded, on {rows['training']:,} training and "
            f"{rows['validation']:,} validation songs ({rows['neither']:,} on neither side)"
        )

    return run("train", work)


if __name__ == "__main__":
    sys.exit(main())
