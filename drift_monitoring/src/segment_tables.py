"""The segments of a report as tables and pictures: one for each of genre, week, version, window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from markupsafe import Markup

from src import wording
from src.courses import bars, lines
from src.slices import WINDOW
from src.verdict import DRIFT_DETECTED, INSUFFICIENT_DATA

OVER_TIME = ("week", WINDOW)
STATUS = {DRIFT_DETECTED: "drifted", INSUFFICIENT_DATA: "too few songs"}
LINES = 4


@dataclass(frozen=True)
class Chart:
    """Lines over time, with the name of each in the order of their classes."""

    title: str
    names: list[str]
    picture: Markup


@dataclass(frozen=True)
class SegmentTable:
    """All segments of one dimension.

    Attributes
    ----------
    by, name : str
        The dimension, and as people write it.
    summary : str
        How many of them drifted.
    features : list of str
        The columns, the largest effect of the whole first.
    rows : list of dict
        Segments of the report, with label and state.
    repeated : bool
        Some songs were asked about repeatedly, and are worth fewer.
    charts : list of Chart
        Of a dimension of time with more than one segment.
    """

    by: str
    name: str
    summary: str
    features: list[str]
    rows: list[dict[str, Any]]
    repeated: bool
    charts: list[Chart] = field(default_factory=list)


def segment_tables(report: Mapping[str, Any]) -> list[SegmentTable]:
    """A table for each dimension that a report has segments of."""
    features = [feature for feature, _ in wording.by_effect(dict(report))]
    tables = []
    for by in dict.fromkeys(segment["by"] for segment in report["segments"]):
        found = [segment for segment in report["segments"] if segment["by"] == by]
        rows = [segment | _said(segment, _labels(by, found)) for segment in found]
        charts = _charts(rows, report) if by in OVER_TIME and len(rows) > 1 else []
        name = by.replace("_", " ")
        repeated = any(row["samples"] - row["effective_samples"] >= 1 for row in rows)
        summary = _summary(name, rows)
        tables.append(SegmentTable(by, name, summary, features, rows, repeated, charts))
    return tables


def heat(found: Mapping[str, Any], report: Mapping[str, Any]) -> int:
    """How strongly a cell is shaded, 0 to 4; what was not tested is not shaded."""
    if found["p_value_corrected"] is None:
        return 0
    return sum(found["effect"] >= limit for limit in heat_limits(report))


def heat_limits(report: Mapping[str, Any]) -> list[float]:
    """The effects from which on the shade is stronger: what matters, and its doubles."""
    least = report["min_effect"]
    step = least or report["alert_effect"] / 4
    return [least, 2 * step, 4 * step, 8 * step]


def _said(segment: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "label": labels[segment["key"]],
        "state": STATUS.get(segment["status"], "normal"),
        "untested": segment["status"] == INSUFFICIENT_DATA,
    }


def _labels(by: str, found: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Keys as people read them; times without their hour where all are midnights."""
    keys = [segment["key"] for segment in found]
    if by not in OVER_TIME:
        return {key: key for key in keys}
    times = {key: datetime.fromisoformat(key) for key in keys}
    days = all((time.hour, time.minute) == (0, 0) for time in times.values())
    return {
        key: time.strftime("%Y-%m-%d" if days else "%Y-%m-%d %H:%M")
        for key, time in times.items()
    }


def _summary(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    drifted = sum(row["status"] == DRIFT_DETECTED for row in rows)
    few = sum(row["untested"] for row in rows)
    things = name if len(rows) == 1 else f"{name}s"
    text = f"{drifted or 'None'} of {len(rows)} {things} drifted"
    return f"{text}; {few} with too few songs to judge." if few else f"{text}."


def _charts(rows: Sequence[Mapping[str, Any]], report: Mapping[str, Any]) -> list[Chart]:
    tested = [row for row in rows if not row["untested"]]
    starts = [datetime.fromisoformat(row["key"]) for row in rows]
    names = [row["label"] for row in rows]

    def largest(feature: str) -> float:
        return max(row["details"][feature]["effect"] or 0.0 for row in tested)

    charts = []
    if tested:
        most = sorted(report["details"], key=largest, reverse=True)[:LINES]
        series: dict[str, list[float | None]] = {
            f"limit ({report['min_effect']:g})": [report["min_effect"]] * len(rows)
        }
        for feature in most:
            series[feature] = [
                None if row["untested"] else row["details"][feature]["effect"] for row in rows
            ]
        title = f"Effects of the {LINES} features that moved most"
        picture = lines(starts, series, names, f"{title} over time: {', '.join(most)}")
        charts.append(Chart(title, list(series), picture))
    counts = [row["samples"] for row in rows]
    picture = bars(starts, counts, names, "Number of songs over time")
    return [*charts, Chart("Number of songs", [], picture)]
