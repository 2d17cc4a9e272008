"""Judge the best run of this training against today's champion, and register it.

The more accurate one holds the alias @champion. What is scored is the ONNX graph that would be
served, on validation songs of artists that the model has not seen.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from mlflow.entities.model_registry import ModelVersion

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from src import registry
from src.command import EXIT_CODES, PipelineError, run
from src.files import written_whole
from src.gate import Champion, Decision, decide
from src.params import Params, read_params
from src.plots import write_plots
from src.registry import NAME, StoredModel
from src.scores import scores
from src.table import Songs, read_songs
from src.tracking import connect, explained_errors, shown_uri
from src.training_data import TrainingData, fingerprint, training_data


def evaluate_models(
    train_path: str | Path, prod_path: str | Path, params: Params, plots_folder: str | Path
) -> dict[str, Any]:
    """Register the best run of this training and decide who is champion.

    Parameters
    ----------
    train_path, prod_path : path
        train.csv and prod_sim.csv as `process` writes them.
    params : Params
    plots_folder : path
        Where to write the tables that `dvc plots` draws.

    Returns
    -------
    dict
        What metrics.json says of the registered version.

    Raises
    ------
    PipelineError
        When there is no finished run of this training, or MLflow cannot be reached.
    """
    songs = read_songs(train_path)
    data = training_data(songs, params.split)
    prod = read_songs(prod_path)
    with explained_errors():
        connect()
        best = registry.best_run(fingerprint(songs, params))
        model = registry.open_model(registry.graph_uri(best))
        probabilities = model.graph.predict_proba(data.validation_features)
        measured = scores(data.validation_labels, probabilities)
        tags = registry.code_tags() | {
            key: best.data.tags[key] for key in ("train_md5", "validation_split", "model_type")
        }
        version = registry.registered_version(best, tags)
        decision, champion = _judge(version, measured["accuracy"], data, params)
    write_plots(Path(plots_folder), data, probabilities)
    return {
        "model_name": NAME,
        "model_version": int(version.version),
        "model_type": best.data.tags["model_type"],
        "run_id": best.info.run_id,
        **measured,
        "train_accuracy": best.data.metrics["train_accuracy"],
        **_production_accuracy(model, prod, data),
        "promoted": decision.promoted,
        "reason": decision.reason,
        "champion_version": int(champion.version) if champion else None,
    }


def _judge(
    version: ModelVersion, accuracy: float, data: TrainingData, params: Params
) -> tuple[Decision, ModelVersion | None]:
    """Decide, carry it out, and say which version is champion now."""
    now = registry.champion_version()
    judged = version.tags.get("promoted")
    if now and now.version == version.version:
        if judged == "false":
            return Decision(True, f"version {version.version} was made champion by hand"), now
        if judged is None:
            registry.confirm(version)
        return Decision(True, version.tags.get("reason", "champion since an earlier run")), now
    if now and judged == "true":
        reason = (
            f"version {version.version} was champion before; version {now.version} took its place, "
            "and only a hand brings it back (README, 'Going back')"
        )
        return Decision(False, reason), now
    champion = _score_champion(now, data, params) if now else None
    decision = decide(accuracy, champion, params.evaluate)
    registry.carry_out(decision, version, now)
    return decision, version if decision.promoted else now


def _score_champion(version: ModelVersion, data: TrainingData, params: Params) -> Champion:
    """Judge the champion's graph on today's validation rows."""
    number = str(version.version)
    try:
        model = registry.open_model(f"models:/{NAME}/{number}")
    except PipelineError as error:
        return Champion(number, None, incomparable=str(error))
    genres = model.metadata["genres"]
    if set(genres) != set(data.genres):
        return Champion(number, None, incomparable=_difference(set(genres), set(data.genres)))
    true_genres = np.array(data.genres)[data.validation_labels]
    accuracy = _accuracy(model, data.validation_features, true_genres)
    caveat = ""
    if version.tags.get("validation_split") != json.dumps(params.split.model_dump()):
        caveat = "it was trained with another split, which may flatter it here"
    return Champion(number, accuracy, caveat=caveat)


def _difference(theirs: set[str], ours: set[str]) -> str:
    parts = {"it lacks": ours - theirs, "it has": theirs - ours}
    return "its genres differ (" + "; ".join(
        f"{what} {', '.join(sorted(names))}" for what, names in parts.items() if names
    ) + ")"


def _accuracy(
    model: StoredModel, features: npt.NDArray[np.float32], genres: npt.NDArray[np.str_]
) -> float:
    """Share of songs whose genre the model names; a genre that it does not know is a miss."""
    predicted = model.graph.predict_proba(features).argmax(axis=1)
    return float((np.array(model.metadata["genres"])[predicted] == genres).mean())


def _production_accuracy(
    model: StoredModel, prod: Songs, data: TrainingData
) -> dict[str, float | None]:
    known = data.known_artists
    unseen = np.array(
        [bool(names) and known.isdisjoint(names) for names in prod.artists], bool
    )
    return {
        "prod_sim_accuracy": _accuracy(model, prod.features, prod.genres),
        "prod_sim_unseen_artists_accuracy": (
            _accuracy(model, prod.features[unseen], prod.genres[unseen]) if unseen.any() else None
        ),
    }


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    parser.add_argument("--train_data", default="data/train.csv", help="default: %(default)s")
    parser.add_argument("--prod_data", default="data/prod_sim.csv", help="default: %(default)s")
    parser.add_argument("--params_path", default="params.yaml", help="default: %(default)s")
    parser.add_argument("--metrics_output", default="metrics.json", help="default: %(default)s")
    parser.add_argument(
        "--plots_output", default="plots", help="folder for dvc plots (default: %(default)s)"
    )
    arguments = parser.parse_args(argv)

    def work() -> str:
        metrics = evaluate_models(
            arguments.train_data,
            arguments.prod_data,
            read_params(arguments.params_path),
            arguments.plots_output,
        )
        with written_whole(arguments.metrics_output) as file:
            file.write(json.dumps(metrics, indent=2, ensure_ascii=False).encode() + b"\n")
        alias = registry.CHAMPION if metrics["promoted"] else registry.CHALLENGER
        return (
            f"{NAME} version {metrics['model_version']} ({metrics['model_type']}) is @{alias}: "
            f"{metrics['reason']}. Recorded in {shown_uri()}"
        )

    return run("evaluate", work)


if __name__ == "__main__":
    sys.exit(main())
