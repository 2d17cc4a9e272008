"""What bins, floats, threads, stopping and derived features do to XGBoost's time and accuracy.

    python benchmarks/boosting.py --train_data data/train.csv

Each line changes one thing of params.yaml. A model learns from the training songs but for one fold,
which stops it, and is judged on the validation songs; the difference of log loss to the first line
has a 90 % interval over artists.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from src.boosted_trees import threads
from src.bootstrap import main_artists, mean_over_artists
from src.cores import cores
from src.derived import seen
from src.params import read_params
from src.scores import log_losses
from src.songs import FEATURES
from src.split import split_by_artist
from src.table import read_songs
from src.training_data import training_data

from xgboost import XGBClassifier  # after src, which says how its threads shall wait

CHANGES: dict[str, dict[str, Any]] = {
    "as in params.yaml": {},
    "256 bins": {"max_bin": 256},
    "32 bins": {"max_bin": 32},
    "64-bit floats": {"dtype": np.float64},
    "one thread": {"n_jobs": 1},
    "two threads": {"n_jobs": 2},
    "all rounds, no stopping": {"early_stopping_rounds": None},
    "all songs and features": {"subsample": 1.0, "colsample_bytree": 1.0},
    "learning rate 0.2": {"learning_rate": 0.2},
    "depth 4": {"max_depth": 4},
    "one tree for all genres": {"multi_strategy": "multi_output_tree"},
    "no derived features": {"columns": len(FEATURES)},
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--train_data", default="data/train.csv", help="default: %(default)s")
    parser.add_argument("--params_path", default="params.yaml", help="default: %(default)s")
    arguments = parser.parse_args()
    params = read_params(arguments.params_path)
    data = training_data(read_songs(arguments.train_data), params.split)
    folds = params.train.inner_folds
    sides = split_by_artist(data.training_artists, 1 / folds, f"inner {params.split.seed}")
    songs, judged = seen(data.training_features), seen(data.validation_features)
    artists = main_artists(data.validation_artists)
    print(
        f"{sides.training.sum():,} songs, stopped by {sides.validation.sum():,}, judged on "
        f"{len(data.validation_labels):,}\n{'':<24} {'seconds':>8} {'processor':>9} "
        f"{'rounds':>6} {'accuracy':>8} {'log loss':>8}  difference"
    )
    first = None
    for name, change in CHANGES.items():
        count = threads(int(sides.training.sum()), cores())
        own = {"random_state": params.split.seed, "n_jobs": count}
        settings = params.train.xgboost.model_dump() | own | change
        dtype = settings.pop("dtype", np.float32)
        columns = slice(settings.pop("columns", None))
        model = XGBClassifier(tree_method="hist", **settings)
        known = songs[sides.training, columns].astype(dtype)
        held_out = songs[sides.validation, columns].astype(dtype)
        wall, processor = time.monotonic(), time.process_time()
        model.fit(
            known,
            data.training_labels[sides.training],
            eval_set=[(held_out, data.training_labels[sides.validation])],
            verbose=False,
        )
        wall, processor = time.monotonic() - wall, time.process_time() - processor
        answers = model.predict_proba(judged[:, columns])
        losses = log_losses(data.validation_labels, answers)
        first = losses if first is None else first
        rounds = model.n_estimators
        if settings["early_stopping_rounds"] is not None:
            rounds = model.best_iteration + 1
        accuracy = (answers.argmax(axis=1) == data.validation_labels).mean()
        (difference,) = mean_over_artists(losses - first, np.ones((len(losses), 1), bool), artists)
        assert difference is not None
        print(f"{name:<24} {wall:>8.1f} {processor:>9.1f} {rounds:>6} {accuracy:>8.4f} "
              f"{losses.mean():>8.4f}  {difference.value:+.4f} "
              f"[{difference.low:+.4f}, {difference.high:+.4f}]", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
