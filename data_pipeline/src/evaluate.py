"""Judge the best run of this training against today's champion, and register it.

A candidate that is not worse gets the alias @champion. What is scored is the ONNX graph that would
be served, on validation songs of artists that neither model has seen.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from src import registry
from src.appraisal import Appraisal, appraise
from src.bootstrap import CONFIDENCE
from src.command import EXIT_CODES, run
from src.figures import figures
from src.files import written_whole
from src.gate import Verdict, decide
from src.model_card import Subject, cell, write_card
from src.opponent import opponent
from src.params import Params, read_params
from src.plots import write_plots
from src.publishing import VERDICT, publish_card, record_verdict, recorded_verdict
from src.registry import NAME
from src.table import read_songs
from src.tracking import connect, explained_errors, shown_uri
from src.training_data import TrainingData, fingerprint, training_data
from src.turn import one_at_a_time
from src.verdict_table import verdict_table

# After src, which says what they must know when they are imported.
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion

# Scoring a song takes about 35 us of a core for each 1,000 trees: all newer songs of a large table
# take longer than everything else, and 20,000 give an interval of about a percentage point.
MOST_NEWER_SONGS = 20_000


def evaluate_models(
    train_path: str | Path,
    prod_path: str | Path,
    params: Params,
    plots_folder: str | Path,
    card_folder: str | Path,
) -> dict[str, Any]:
    """Register the best run of this training and decide who is champion.

    Parameters
    ----------
    train_path, prod_path : path
        train.csv and prod_sim.csv as `process` writes them.
    params : Params
    plots_folder : path
        Where to write the tables that `dvc plots` draws.
    card_folder : path
        Where to write the model card.

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
    newer = read_songs(prod_path, most=MOST_NEWER_SONGS)
    data = training_data(songs, params.split)
    years = (int(songs.years.min()), int(songs.years.max()))
    with explained_errors():
        connect()
        best = registry.best_run(fingerprint(songs, params))
        model = registry.open_model(registry.graph_uri(best))
        probabilities = model.graph.predict_proba(data.validation_features)
        appraisal = appraise(model, data, newer, probabilities)
        tags = registry.code_tags() | {
            key: best.data.tags[key] for key in ("train_md5", "validation_split", "model_type")
        }
        version = registry.registered_version(best, tags)
        with one_at_a_time(version) as version:
            now = registry.champion_version()
            verdict = _known_verdict(version, now)
            new = verdict is None
            if verdict is None:
                predicted = probabilities.argmax(axis=1)
                other = opponent(now, data, predicted, years[1], params) if now else None
                verdict = decide(appraisal.scores["accuracy"], other, params.evaluate)
            subject = _subject(version, best, data, years)
            write_plots(Path(plots_folder), appraisal)
            write_card(Path(card_folder), subject, appraisal, verdict)
            publish_card(version, best, Path(card_folder), years[1], _summary(appraisal, verdict))
            # The alias moves last: who finds a champion finds all that belongs to it.
            if new:
                record_verdict(version, verdict)
                registry.carry_out(verdict, version, now)
            elif verdict.promoted and "promoted" not in version.tags:
                registry.confirm(version)
    champion = version if verdict.promoted else now
    return {
        "model_name": NAME,
        "model_version": int(version.version),
        "model_type": subject.family,
        "run_id": best.info.run_id,
        **figures(appraisal, verdict, params.evaluate.margin),
        "train_accuracy": subject.train_accuracy,
        "promoted": verdict.promoted,
        "reason": verdict.reason,
        "champion_version": int(champion.version) if champion else None,
    }


def _known_verdict(version: ModelVersion, now: ModelVersion | None) -> Verdict | None:
    """The verdict on a version that is or was champion, whom nobody judges again; else None."""
    judged = version.tags.get("promoted")
    known = recorded_verdict(version) or Verdict(True, version.tags.get("reason", "champion"))
    if now and now.version == version.version:
        reason = known.reason
        if judged == "false":
            reason = f"version {version.version} was made champion by hand"
        return replace(known, promoted=True, reason=reason)
    if now and judged == "true":
        reason = (
            f"version {version.version} was champion before; version {now.version} took its place, "
            "and only a hand brings it back (README, 'Going back')"
        )
        return replace(known, promoted=False, reason=reason)
    return None


def _subject(
    version: ModelVersion, best: Run, data: TrainingData, years: tuple[int, int]
) -> Subject:
    return Subject(
        name=NAME,
        version=str(version.version),
        family=best.data.tags["model_type"],
        run_id=best.info.run_id,
        tags=version.tags,
        parameters=best.data.params,
        train_accuracy=best.data.metrics["train_accuracy"],
        training_songs=len(data.training_labels),
        recalled_songs=len(data.recalled),
        set_aside=data.set_aside,
        years=years,
    )


def _summary(appraisal: Appraisal, verdict: Verdict) -> str:
    low, high = appraisal.intervals["accuracy"]
    return (
        f"Accuracy {appraisal.scores['accuracy']:.4f} ({low:.4f} to {high:.4f}) on songs of "
        f"{appraisal.artists:,} artists that it never heard. "
        f"{'Promoted' if verdict.promoted else 'Not promoted'}: {cell(verdict.reason)}."
    )


def _new_priors(metrics: Mapping[str, Any]) -> str:
    found = metrics["prior_adaptation"]
    if found is None:
        return ""
    return (
        "With the newer songs' genre mix as priors, accuracy on them: "
        f"{found['accuracy_before']:.4f} -> {found['accuracy_after']:.4f}, {found['gain']:+.4f} "
        f"({CONFIDENCE:.0%} interval {found['low']:+.4f} to {found['high']:+.4f})"
    )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXIT_CODES)
    parser.add_argument("--train_data", default="data/train.csv", help="default: %(default)s")
    parser.add_argument("--prod_data", default="data/prod_sim.csv", help="default: %(default)s")
    parser.add_argument("--params_path", default="params.yaml", help="default: %(default)s")
    parser.add_argument("--metrics_output", default="metrics.json", help="default: %(default)s")
    parser.add_argument(
        "--plots_output", default="plots", help="folder for dvc plots (default: %(default)s)"
    )
    parser.add_argument(
        "--card_output", default="model_card", help="folder (default: %(default)s)"
    )
    arguments = parser.parse_args(argv)

    def work() -> str:
        metrics = evaluate_models(
            arguments.train_data,
            arguments.prod_data,
            read_params(arguments.params_path),
            arguments.plots_output,
            arguments.card_output,
        )
        with written_whole(arguments.metrics_output) as file:
            file.write(json.dumps(metrics, indent=2, ensure_ascii=False).encode() + b"\n")
        alias = registry.CHAMPION if metrics["promoted"] else registry.CHALLENGER
        said = (
            f"{NAME} version {metrics['model_version']} ({metrics['model_type']}) is @{alias}: "
            f"{metrics['reason']}. Recorded in {shown_uri()}"
        )
        parts = [said, verdict_table(VERDICT.validate_python(metrics)), _new_priors(metrics)]
        return "\n\n".join(filter(None, parts))

    return run("evaluate", work)


if __name__ == "__main__":
    sys.exit(main())
