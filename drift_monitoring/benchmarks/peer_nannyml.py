"""NannyML's UnivariateDriftCalculator as it is by default; runs in the environment of
requirements-nannyml.txt.

Its defaults: every column of numbers is continuous, key and mode among them. The reference and the
current songs are each cut, in their order, into ten chunks of equal size (`DefaultChunker`). Of
each chunk the Jensen-Shannon distance (base 2) to the whole reference is taken over the bins of
the reference by Doane's rule. A chunk alerts where its distance is above the mean plus three
standard deviations of the distances of the reference's own ten chunks
(`StandardDeviationThreshold`); there is no p-value and no correction for features or chunks.

It gives no verdict on all chunks together. A feature counts as flagged where any of the ten
alerts; "most chunks" asks for more than half of them.
"""

import os
import sys
import warnings

import judging
from draws import FEATURES, Columns
from scenarios import Scenario

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"

import nannyml  # noqa: E402  (it reads that variable)
import pandas as pd  # noqa: E402


def most(scenario: Scenario) -> int:
    """Its whole report is made for every draw, at 0.1 to 0.7 s."""
    if scenario.kind == "power" or scenario.costly:
        return 100
    return scenario.draws if scenario.rows < 20_000 else 300


def judge(reference: Columns, current: Columns) -> judging.Readings:
    """The features with an alert in any chunk, and in most chunks."""
    calculator = nannyml.UnivariateDriftCalculator(column_names=list(FEATURES))
    calculator.fit(pd.DataFrame(judging.as_read(reference)))
    result = calculator.calculate(pd.DataFrame(judging.as_read(current)))
    alerts = result.filter(period="analysis").to_df().xs("alert", axis="columns", level=2)
    share = {name: float(alerts[name].to_numpy().astype(bool).mean()) for name in FEATURES}
    return {
        "NannyML": [name for name in FEATURES if share[name] > 0],
        "NannyML, most chunks": [name for name in FEATURES if share[name] > 0.5],
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(judging.main(judge, most))
