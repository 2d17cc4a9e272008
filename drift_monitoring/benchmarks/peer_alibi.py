"""alibi-detect's KSDrift as it is by default; runs in the environment of requirements-alibi.txt.

Its defaults: on each feature the two-sample Kolmogorov-Smirnov test with the asymptotic p-value
(`KSDrift.feature_score`), key and mode among them. Drift of the batch where any p-value is below
.05 / 12 (Bonferroni; `predict` with drift_type "batch"). A feature counts as flagged here when its
own p-value is below that threshold, so that a batch drifts exactly when a feature is flagged.
"""

import sys

import numpy as np
from alibi_detect.cd import KSDrift

import judging
from draws import FEATURES, Columns


def judge(reference: Columns, current: Columns) -> judging.Readings:
    """The features whose p-value is below the corrected threshold."""
    detector = KSDrift(np.column_stack([reference[name] for name in FEATURES]))
    answer = detector.predict(np.column_stack([current[name] for name in FEATURES]))["data"]
    below = answer["p_val"] < answer["threshold"]
    if bool(answer["is_drift"]) != bool(below.any()):
        raise AssertionError(f"its verdict is not that of its features: {answer}")
    return {"alibi-detect": [name for name, flag in zip(FEATURES, below) if flag]}


if __name__ == "__main__":
    sys.exit(judging.main(judge, judging.fewer_if_costly))
