"""Evidently's default drift report of two CSV files of songs, as JSON and HTML.

Runs in the environment of requirements-evidently.txt; against_evidently.py times it.
"""

import sys
from pathlib import Path

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset

from draws import FEATURES


def main() -> int:
    train, prod, output = sys.argv[1:]
    reference, current = (pd.read_csv(path, usecols=list(FEATURES)) for path in (train, prod))
    report = Report([DataDriftPreset()]).run(current, reference)
    report.save_json(output)
    report.save_html(str(Path(output).with_suffix(".html")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
