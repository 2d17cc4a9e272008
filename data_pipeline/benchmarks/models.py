"""Our models beside LightGBM and CatBoost tuned with the same budget on the same folds.

Wants an environment of its own; from data_pipeline:

    uv venv rivals
    uv pip install --python rivals/bin/python -r benchmarks/requirements-rivals.txt
    rivals/bin/python benchmarks/models.py --train_data data/train.csv --trials 15

Each model is judged out of fold: the songs are divided by artist into five parts, and each part is
judged by a model of the others, which finds its rounds and temperature on folds of its own.
Intervals are of 90 %, over artists. The trials search on the training songs, and from nothing; the
choice in params.yaml comes from a longer 'make tune'.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from src.bootstrap import main_artists, mean_over_artists
from src.families import FAMILIES, Family
from src.fitting import fit
from src.lesson import Lesson, lesson, training_lesson
from src.params import Params, Train, read_params
from src.scores import scores
from src.search import SPACES, held_out_log_loss, with_choice
from src.split import split_by_artist
from src.table import Songs, read_songs
from src.training_data import training_data

# After src, which says how their threads shall wait.
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier

from calibration import corrected_error
from rivals import RIVALS, rival

PARTS = 5
CONTENDERS = {"xgboost": SPACES["xgboost"]} | RIVALS
HEADER = (
    f"{'model':<31} {'accuracy':<20} {'against xgboost':<25} macro F1 log loss  calibration error"
)

Answers = np.ndarray[Any, np.dtype[np.float64]]
Fit = Callable[[np.ndarray[Any, Any], np.ndarray[Any, Any], list[tuple[str, ...]]], Any]


@dataclass(frozen=True)
class Judged:
    """Songs that were out of fold once, and their labels and artists."""

    rows: np.ndarray[Any, np.dtype[np.bool_]]
    labels: np.ndarray[Any, np.dtype[np.int64]]
    artists: np.ndarray[Any, np.dtype[np.int64]]


def out_of_fold(songs: Songs, labels: np.ndarray[Any, Any], seed: int, fit: Fit) -> Answers:
    """Probabilities of each song by a model that has not heard its artists; 0 where none has."""
    answers = np.zeros((len(songs), labels.max() + 1))
    for part in range(PARTS):
        sides = split_by_artist(songs.artists, 1 / PARTS, f"outer {seed}", start=part / PARTS)
        known = np.flatnonzero(sides.training)
        model = fit(
            songs.features[known], labels[known], [songs.artists[row] for row in known]
        )
        answers[sides.validation] = model.predict_proba(songs.features[sides.validation])
    return answers


def ours(recipe: Family, train: Train, seed: int) -> Fit:
    def fitted(features: Any, labels: Any, artists: list[tuple[str, ...]]) -> Any:
        return fit(recipe, lesson(features, labels, artists, train.balance), train, seed)

    return fitted


def contender(name: str, choice: dict[str, Any], train: Train) -> tuple[Family, Train]:
    """A family, of ours or a rival, with chosen parameters."""
    if name in FAMILIES:
        return FAMILIES[name], with_choice(name, choice, train)
    return rival(name, choice), train


def searched(name: str, learnt: Lesson, params: Params, trials: int) -> Fit:
    """A contender with the best parameters of a search from nothing."""
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=params.split.seed, multivariate=True),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
    )
    for _ in range(trials):
        trial = study.ask(CONTENDERS[name])
        recipe, train = contender(name, trial.params, params.train)
        try:
            score = held_out_log_loss(recipe, learnt, train, params.split.seed, trial)
            study.tell(trial, score)
        except optuna.TrialPruned:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        print(f"  {name}, trial {trial.number}: best {study.best_value:.4f}", file=sys.stderr)
    print(f"{name}: log loss {study.best_value:.4f} on the folds of the search, with "
          f"{ {key: round(value, 3) for key, value in study.best_params.items()} }")
    return ours(*contender(name, study.best_params, params.train), params.split.seed)


def line(name: str, answers: Answers, reference: Answers, judged: Judged) -> str:
    """A row of the table."""
    answers, reference = answers[judged.rows], reference[judged.rows]
    right, reference_right = (
        (p.argmax(axis=1) == judged.labels).astype(float) for p in (answers, reference)
    )
    everything = np.ones((len(right), 2), bool)
    values = np.column_stack([right, right - reference_right])
    accuracy, difference = mean_over_artists(values, everything, judged.artists)
    assert accuracy and difference
    measured = scores(judged.labels, answers)
    error, low, high = corrected_error(judged.labels, answers, judged.artists)
    return (
        f"{name:<31} {accuracy.value:.4f} [{accuracy.low:.3f}, {accuracy.high:.3f}] "
        f"{difference.value:+.4f} [{difference.low:+.4f}, {difference.high:+.4f}] "
        f"{measured['macro_f1']:>7.4f} {measured['log_loss']:>8.4f} "
        f" {error:.4f} [{low:.3f}, {high:.3f}]"
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--train_data", default="data/train.csv", help="default: %(default)s")
    parser.add_argument("--params_path", default="params.yaml", help="default: %(default)s")
    parser.add_argument("--trials", type=int, default=20, help="for each search, 0 for none")
    arguments = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    params = read_params(arguments.params_path)
    songs, seed = read_songs(arguments.train_data), params.split.seed
    genres, labels = np.unique(songs.genres, return_inverse=True)
    train = params.train

    def default_trees(features: Any, labels: Any, _: Any) -> Any:
        return XGBClassifier(n_estimators=100, max_depth=6, learning_rate=0.1).fit(features, labels)

    def default_linear(features: Any, labels: Any, _: Any) -> Any:
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        return model.fit(features, labels)

    models = {
        "xgboost": ours(FAMILIES["xgboost"], train, seed),
        "logistic regression": ours(FAMILIES["logistic_regression"], train, seed),
        "XGBoost as it comes": default_trees,
        "logistic regression as it comes": default_linear,
    }
    for balance in (0.25, 0.5, 1.0):
        weighed = train.model_copy(update={"balance": balance})
        models[f"xgboost, balance {balance}"] = ours(FAMILIES["xgboost"], weighed, seed)
    if arguments.trials:
        learnt = training_lesson(training_data(songs, params.split), train.balance)
        for name in CONTENDERS:
            models[f"{name}, searched"] = searched(name, learnt, params, arguments.trials)

    most = np.bincount(labels).argmax()
    print(f"{len(songs):,} songs; the most common genre is {genres[most]}, "
          f"{(labels == most).mean():.1%}\n{HEADER}")
    reference = out_of_fold(songs, labels, seed, models["xgboost"])
    rows = np.asarray(reference.any(axis=1), bool)
    artists = main_artists([songs.artists[row] for row in np.flatnonzero(rows)])
    judged = Judged(rows, labels[rows], artists)
    for name, how in models.items():
        answers = reference if name == "xgboost" else out_of_fold(songs, labels, seed, how)
        print(line(name, answers, reference, judged), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
