"""Search for better parameters of the models, by cross-validation on the training artists.

An interrupted search goes on where it stopped: the study is a SQLite file. Each trial is a run in
MLflow, nested under one run for the search. At the end stands the block for params.yaml.
"""

import argparse
import io
import json
import sys
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from src.command import EXIT_CODES, run
from src.families import FAMILIES
from src.lesson import Lesson, training_lesson
from src.params import Params, Train, read_params
from src.search import SPACES, held_out_log_loss, present_choice, with_choice
from src.table import Songs, read_songs
from src.tracking import connect, explained_errors
from src.training_data import training_data

# After src, which says what they must know when they are imported.
import mlflow
import numpy as np
import optuna
from matplotlib.figure import Figure
from mlflow.exceptions import MlflowException
from ruamel.yaml import YAML

DONE = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)


def tune(data_path: str | Path, params: Params, trials: int, study_path: str | Path) -> Train:
    """Search the parameters of each family.

    Parameters
    ----------
    data_path : path
        train.csv as `process` writes it.
    params : Params
        Its train block is the first trial, so what comes out is never worse on the folds.
    trials : int
        Trials for each family, those of an interrupted search of the same songs included.
    study_path : path
        SQLite file of the studies; made where it is missing.

    Returns
    -------
    Train
        The train block with the best parameters of each family.

    Raises
    ------
    PipelineError
        When the songs cannot be split, or MLflow cannot be reached.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    songs = read_songs(data_path)
    data = training_data(songs, params.split)
    lesson = training_lesson(data, params.train.balance)
    best = params.train
    with explained_errors():
        connect()
        for family in SPACES:
            study = optuna.create_study(
                storage=f"sqlite:///{Path(study_path).resolve()}",
                study_name=f"{family} {_searched(family, songs, params)}",
                sampler=optuna.samplers.TPESampler(seed=params.split.seed, multivariate=True),
                pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
                load_if_exists=True,
            )
            _search(study, family, lesson, params, trials)
            best = with_choice(family, study.best_params, best)
    return best


def _search(
    study: optuna.Study, family: str, lesson: Lesson, params: Params, trials: int
) -> None:
    done = len(study.get_trials(deepcopy=False, states=DONE))
    if done:
        print(f"tune: {family}: going on after {done} trials", flush=True)
    else:
        study.enqueue_trial(present_choice(family, params.train), skip_if_exists=True)
    with mlflow.start_run(run_id=_known_run(study), run_name=f"tune {family}") as search:
        study.set_user_attr("mlflow_run", search.info.run_id)
        mlflow.set_tags({"model_type": family, "study": study.study_name})
        for _ in range(done, trials):
            trial = study.ask(SPACES[family])
            try:
                train = with_choice(family, trial.params, params.train)
                score = held_out_log_loss(FAMILIES[family], lesson, train, params.split.seed, trial)
                finished = study.tell(trial, score)
            except optuna.TrialPruned:
                finished = study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            _record(family, finished, study)
        # A file, as a parameter of a run cannot change, and a longer search may find better ones.
        best = with_choice(family, study.best_params, params.train)
        mlflow.log_text(block(best), "params.yaml")
        mlflow.log_metrics(_metrics(study.best_trial))
        mlflow.log_figure(_picture(study), "search.png")


def _record(family: str, trial: optuna.trial.FrozenTrial, study: optuna.Study) -> None:
    pruned = trial.value is None
    with mlflow.start_run(run_name=f"{family} {trial.number}", nested=True):
        mlflow.log_params(trial.params)
        mlflow.set_tag("pruned", str(pruned).lower())
        mlflow.log_metrics(_metrics(trial))
    result = "pruned" if pruned else f"log loss {trial.value:.4f}"
    best = f"best {study.best_value:.4f} (trial {study.best_trial.number})"
    print(f"tune: {family}: trial {trial.number}: {result}, {best}", flush=True)


def _metrics(trial: optuna.trial.FrozenTrial) -> dict[str, float]:
    assert trial.duration is not None
    metrics = trial.user_attrs | {"seconds": trial.duration.total_seconds()}
    return metrics if trial.value is None else metrics | {"log_loss": trial.value}


def _known_run(study: optuna.Study) -> str | None:
    """The MLflow run of an interrupted search, if this store has it."""
    known = study.user_attrs.get("mlflow_run")
    try:
        return known and mlflow.get_run(known).info.run_id
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise


def _searched(family: str, songs: Songs, params: Params) -> str:
    """What makes a search this one: the songs, the split, and all that is not searched over."""
    fixed = params.train.model_dump(exclude={family: set(SPACES[family])})
    what = [songs.md5, params.split.model_dump(), fixed]
    return sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:12]


def _picture(study: optuna.Study) -> Figure:
    """Log loss of each trial, and the best one so far."""
    trials = study.get_trials(states=(optuna.trial.TrialState.COMPLETE,))
    numbers = [trial.number for trial in trials]
    values = np.array([trial.value for trial in trials], np.float64)
    best = np.minimum.accumulate(values)
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(numbers, values, "o", label="trial")
    axes.step(numbers, best, where="post", label="best so far")
    axes.set(xlabel="trial", ylabel="log loss on held-out folds", title=study.study_name)
    axes.legend()
    return figure


def block(train: Train) -> str:
    """The train block as it can be pasted into params.yaml."""
    text = io.StringIO()
    YAML().dump({"train": train.model_dump()}, text)
    return text.getvalue()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXIT_CODES, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data_path", default="data/train.csv", help="default: %(default)s")
    parser.add_argument("--params_path", default="params.yaml", help="default: %(default)s")
    parser.add_argument(
        "--trials", type=int, default=30, help="for each model family (default: %(default)s)"
    )
    parser.add_argument("--study", default="tune.db", help="SQLite file (default: %(default)s)")
    arguments = parser.parse_args(argv)
    if arguments.trials < 1:
        parser.error(f"--trials: {arguments.trials} is no number of trials; ask for 1 or more")

    def work() -> str:
        params = read_params(arguments.params_path)
        best = tune(arguments.data_path, params, arguments.trials, arguments.study)
        return f"paste this into {arguments.params_path}:\n{block(best)}"

    return run("tune", work)


if __name__ == "__main__":
    sys.exit(main())
