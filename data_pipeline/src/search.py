"""Which parameters each family can be searched over, and how a choice of them is scored."""

from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution

from src.families import FAMILIES, Family
from src.fitting import held_out_answers
from src.lesson import Lesson
from src.params import Train
from src.scores import scores

SPACES: dict[str, dict[str, BaseDistribution]] = {
    "logistic_regression": {"C": FloatDistribution(1e-4, 100.0, log=True)},
    "xgboost": {
        "max_depth": IntDistribution(3, 8),
        "learning_rate": FloatDistribution(0.03, 0.3, log=True),
        "min_child_weight": FloatDistribution(1.0, 100.0, log=True),
        "subsample": FloatDistribution(0.4, 1.0),
        "colsample_bytree": FloatDistribution(0.3, 1.0),
        "reg_lambda": FloatDistribution(0.1, 100.0, log=True),
    },
}


def with_choice(family: str, choice: dict[str, Any], train: Train) -> Train:
    """The train block with other parameters for one family."""
    own = FAMILIES[family].params(train).model_copy(update=choice)
    return train.model_copy(update={family: own})


def present_choice(family: str, train: Train) -> dict[str, Any]:
    """The searched parameters of a family as they stand in params.yaml."""
    own: dict[str, Any] = FAMILIES[family].params(train).model_dump(include=set(SPACES[family]))
    return own


def held_out_log_loss(
    recipe: Family, lesson: Lesson, train: Train, seed: int, trial: optuna.Trial
) -> float:
    """Score a choice of parameters on held-out folds of the training artists.

    The validation songs take no part. Log loss is what is minimised, since accuracy tells two good
    choices apart only by luck; accuracy and macro F1 are kept as attributes of the trial.

    Parameters
    ----------
    recipe : Family
    lesson : Lesson
    train : Train
        With the choice in it.
    seed : int
        Of the folds and of the models' own randomness.
    trial : Trial
        Told of each fold.

    Returns
    -------
    float
        Log loss in nats, over the songs of all folds.

    Raises
    ------
    TrialPruned
        When it is worse than most trials after some of the folds.
    """
    labels, probabilities, rounds = [], [], []
    reached: dict[str, float] = {}
    for step, fold in enumerate(held_out_answers(recipe, lesson, train, seed)):
        labels.append(fold.labels)
        probabilities.append(fold.probabilities)
        rounds.append(recipe.rounds(fold.native))
        reached = scores(np.concatenate(labels), np.concatenate(probabilities))
        trial.report(reached["log_loss"], step)
        if trial.should_prune():
            raise optuna.TrialPruned()
    trial.set_user_attr("rounds", float(np.median(rounds)))
    for name in ("accuracy", "macro_f1"):
        trial.set_user_attr(name, reached[name])
    return reached["log_loss"]
