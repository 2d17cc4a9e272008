"""What was measured, beside its baseline, as a row of a table and as JSON."""

import json
import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from measure import Measured


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes
    ----------
    name : str
    measured : Measured
    baseline_name : str
    baseline : Measured or None
    limit : str
        What is wanted of it; empty where nothing is.
    holds : bool or None
        Whether it keeps to the limit; None where there is none.
    """

    name: str
    measured: Measured
    baseline_name: str
    baseline: Measured | None
    limit: str
    holds: bool | None


HEADER = (
    f"{'figure':<24} {'seconds':>8} {'MB':>6}   {'baseline':<24} {'seconds':>8} {'MB':>6} "
    f"{'time':>6} {'memory':>6}   limit"
)
VERDICTS = {True: "holds", False: "DOES NOT HOLD", None: ""}


def row(figure: Figure) -> str:
    """A figure as a line under HEADER: itself, its baseline, and the ratios of both."""
    cells = [f"{figure.name:<24} {_cells(figure.measured)}   {figure.baseline_name:<24}"]
    if figure.baseline is not None:
        ratios = Measured(
            figure.measured.seconds / figure.baseline.seconds,
            figure.measured.megabytes / figure.baseline.megabytes,
        )
        cells += [_cells(figure.baseline), f"{ratios.seconds:>6.2f} {_known(ratios.megabytes, 2)}"]
    else:
        cells += [f"{'':>29}"]
    return f"{' '.join(cells)}   {figure.limit:<13} {VERDICTS[figure.holds]}".rstrip()


def _cells(measured: Measured) -> str:
    return f"{measured.seconds:>8.2f} {_known(measured.megabytes, 0)}"


def _known(number: float, digits: int) -> str:
    return f"{'':>6}" if math.isnan(number) else f"{number:>6.{digits}f}"


def write_json(
    path: Path, figures: Sequence[Figure], train: Mapping[str, float], sizes: Mapping[str, int]
) -> None:
    """Write all figures, the parts of train in seconds, and the files' sizes in bytes."""
    content = {
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "bytes": dict(sizes),
        "figures": [asdict(figure) for figure in figures],
        "train": dict(train),
    }
    path.write_text(json.dumps(_without_nan(content), indent=2) + "\n", encoding="utf-8")


def _without_nan(value: object) -> object:
    """The same with None for what was not measured, as JSON has no NaN."""
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value
