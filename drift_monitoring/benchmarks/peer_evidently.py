"""Evidently's DataDriftPreset as it is by default; runs in the environment of
requirements-evidently.txt (pandas older than 3).

Its defaults (`infer_column_type` and `_get_default_stattest`): a column of whole numbers with at
most ten different values is a category (mode is, key is not). With up to 1,000 rows in the
reference a measured column is tested by Kolmogorov-Smirnov and mode by a Z-test of its share, each
at the level .05 and without a correction for the number of columns. With more rows nothing is
tested: flagged is a Wasserstein distance of .1 standard deviations of the reference or more, and
for mode a Jensen-Shannon distance of .1 (natural logarithm). The dataset as a whole counts as
drifted when half of the columns do ("half of the columns" below).

The report draws pictures and takes a second and more, so the tests that it would choose are
called by themselves; on one draw in 97 the report is made too, and the program stops where its
answer is another one.
"""

import sys
import warnings
from typing import List

import pandas as pd
from evidently import Report
from evidently.core.datasets import infer_column_type
from evidently.legacy.calculations.stattests import get_stattest
from evidently.presets import DataDriftPreset

import judging
from draws import FEATURES, Columns

REPORT_EVERY = 97  # draws, a prime number of them so that every shifted feature has its turn
DRIFT_SHARE = DataDriftPreset().drift_share


def by_tests(reference: pd.DataFrame, current: pd.DataFrame) -> List[str]:
    """The columns flagged by the tests that the preset chooses."""
    flagged = []
    for name in FEATURES:
        kind = infer_column_type(current[name])
        test = get_stattest(reference[name], current[name], kind, None)
        if test(reference[name], current[name], kind, None).drifted:
            flagged.append(name)
    return flagged


def by_report(reference: pd.DataFrame, current: pd.DataFrame) -> List[str]:
    """The columns flagged by the whole report."""
    report = Report([DataDriftPreset()], include_tests=True).run(current, reference).dict()
    status = {
        test["metric_config"]["params"].get("column"): test["status"].value
        for test in report["tests"]
    }
    return [name for name in FEATURES if status[name] == "FAIL"]


class Preset:
    """A judge that compares one answer in so many with that of the whole report."""

    def __init__(self, every: int) -> None:
        self.every, self.asked = every, 0

    def __call__(self, reference: Columns, current: Columns) -> judging.Readings:
        tables = [pd.DataFrame(judging.as_read(side)) for side in (reference, current)]
        flagged = by_tests(*tables)
        if self.asked % self.every == 0:
            whole = by_report(*tables)
            if whole != flagged:
                raise AssertionError(f"the report flags {whole}, its tests {flagged}")
        self.asked += 1
        half = flagged if len(flagged) >= DRIFT_SHARE * len(FEATURES) else []
        return {"Evidently": flagged, "Evidently, half of the columns": half}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(judging.main(Preset(REPORT_EVERY), judging.fewer_if_costly))
