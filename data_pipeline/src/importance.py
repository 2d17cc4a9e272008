"""Which features a model leans on, by shuffling each one.

Permutation importance after Breiman (2001), "Random Forests", section 10: what accuracy is lost
when the values of one feature are handed to other songs. Features that say the same share theirs.
"""

import numpy as np

from src.bootstrap import Estimate, main_artists, mean_over_artists
from src.graph import GraphClassifier
from src.songs import FEATURES
from src.table import evenly
from src.training_data import TrainingData

MOST_SONGS = 2000
SEED = 2010


def permutation_importance(graph: GraphClassifier, data: TrainingData) -> dict[str, Estimate]:
    """Accuracy lost on at most 2,000 validation songs when a feature is shuffled.

    Parameters
    ----------
    graph : GraphClassifier
    data : TrainingData

    Returns
    -------
    dict of str to Estimate
        By feature, the largest loss first, each with its interval over artists. All features are
        shuffled in the same way, the same in each call.
    """
    rows = evenly(len(data.validation_labels), MOST_SONGS)
    features, labels = data.validation_features[rows], data.validation_labels[rows]
    order = np.random.default_rng(SEED).permutation(len(rows))
    shuffled = np.repeat(features[None], len(FEATURES), axis=0)
    for feature in range(len(FEATURES)):
        shuffled[feature, :, feature] = features[order, feature]
    stacked = np.concatenate([features, shuffled.reshape(-1, len(FEATURES))])
    right = graph.predict_proba(stacked).argmax(axis=1).reshape(-1, len(rows)) == labels
    lost = right[0].astype(int)[:, None] - right[1:].T
    clusters = main_artists([data.validation_artists[row] for row in rows])
    estimates = mean_over_artists(lost, np.ones_like(lost, bool), clusters)
    found = {name: e for name, e in zip(FEATURES, estimates, strict=True) if e is not None}
    return dict(sorted(found.items(), key=lambda item: -item[1].value))
