"""The pictures of the model card: SVG that takes the text colour of the page around it."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from src.appraisal import Appraisal
from src.bootstrap import CONFIDENCE, Estimate

INK = "#010203"  # stands for the page's text colour, light or dark, until the SVG is written
BLUE, ORANGE, GREY = "#3b7dc8", "#d9822b", "#888888"
INTERVAL = f"{CONFIDENCE:.0%} interval over artists"
MOST_NUMBERED = 16  # genres; beyond, numbers in the confusion matrix cannot be read
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "model card",
    "text.parse_math": False,
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def pictures(appraisal: Appraisal) -> dict[str, str]:
    """Draw what was measured.

    Parameters
    ----------
    appraisal : Appraisal

    Returns
    -------
    dict of str to str
        SVG elements by name: confusion, calibration, genres, importance, decades. The same
        appraisal gives the same text.
    """
    count = len(appraisal.genres)
    with matplotlib.rc_context(STYLE):
        return {
            "confusion": _svg(_confusion(appraisal), "confusion", 2 + 0.45 * count),
            "calibration": _svg(_calibration(appraisal), "calibration", 4.2, 5.4),
            "genres": _svg(_genres(appraisal.by_genre), "genres", 1.2 + 0.36 * count),
            "importance": _svg(_importance(appraisal.importance), "importance", 3.6),
            "decades": _svg(_decades(appraisal), "decades", 3.4),
        }


def _confusion(appraisal: Appraisal) -> Figure:
    figure, axes = _figure()
    counts = appraisal.confusion
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    places = range(len(appraisal.genres))
    for (row, column), share in np.ndenumerate(shares):
        axes.add_patch(
            Rectangle(
                (column - 0.5, row - 0.5), 1, 1, facecolor=BLUE, alpha=0.04 + 0.7 * share
            )
        )
        if len(places) <= MOST_NUMBERED:
            axes.text(column, row, f"{share:.0%}", ha="center", va="center", fontsize=8)
    axes.set(xlim=(-0.5, len(places) - 0.5), ylim=(len(places) - 0.5, -0.5))
    axes.set(xlabel="predicted genre", ylabel="true genre (rows sum to 100%)")
    axes.set_xticks(places, appraisal.genres, rotation=45, ha="right")
    axes.set_yticks(places, appraisal.genres)
    return figure


def _calibration(appraisal: Appraisal) -> Figure:
    figure, axes = _figure()
    confidence, accuracy, songs = (np.array(x) for x in zip(*appraisal.calibration, strict=True))
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="confidence means what it says")
    axes.plot(confidence, accuracy, color=BLUE, marker="o", markersize=4, label="this model")
    axes.bar(
        confidence, songs / songs.sum(), 0.04, color=ORANGE, alpha=0.6, label="share of the songs"
    )
    axes.set(xlabel="confidence", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1))
    axes.legend(frameon=False, loc="upper left")
    return figure


def _genres(by_genre: Mapping[str, Mapping[str, float]]) -> Figure:
    figure, axes = _figure()
    places = np.arange(len(by_genre))
    marks = {"precision": (ORANGE, "D"), "recall": (BLUE, "o"), "f1": (GREY, "|")}
    for name, (colour, mark) in marks.items():
        values = [row[name] for row in by_genre.values()]
        label = name.replace("f1", "F1")
        axes.plot(values, places, mark, color=colour, label=label, markersize=7, alpha=0.9)
    labels = [f"{genre} ({row['songs']:,})" for genre, row in by_genre.items()]
    axes.set_yticks(places, labels)
    axes.grid(axis="x", color=GREY, alpha=0.3)
    axes.set(xlim=(-0.02, 1.02), ylim=(len(places) - 0.5, -0.5), xlabel="score (songs in brackets)")
    axes.legend(frameon=False, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1))
    return figure


def _importance(importance: Mapping[str, Estimate]) -> Figure:
    figure, axes = _figure()
    estimates = list(importance.values())
    values = np.array([e.value for e in estimates])
    axes.barh(
        list(importance), values, color=BLUE, alpha=0.8, xerr=_reach(estimates), ecolor=INK,
        error_kw={"elinewidth": 1},
    )  # fmt: skip
    axes.invert_yaxis()
    axes.set(xlabel=f"accuracy lost when the feature is shuffled ({INTERVAL})")
    return figure


def _decades(appraisal: Appraisal) -> Figure:
    figure, axes = _figure()
    sides = {
        "validation songs": (appraisal.slices.validation, BLUE, -0.08),
        "newer songs": (appraisal.slices.newer, ORANGE, 0.08),
    }
    decades = sorted({decade for found, _, _ in sides.values() for decade in found})
    for label, (found, colour, aside) in sides.items():
        if found:
            axes.errorbar(
                [decades.index(decade) + aside for decade in found],
                [e.value for e in found.values()],
                _reach(list(found.values())),
                color=colour,
                fmt="o",
                capsize=3,
                label=label,
            )
    axes.set_xticks(range(len(decades)), decades)
    axes.grid(axis="y", color=GREY, alpha=0.3)
    axes.set(ylim=(0, 1), ylabel=f"accuracy ({INTERVAL})")
    axes.legend(frameon=False)
    return figure


def _reach(estimates: Sequence[Estimate]) -> list[list[float]]:
    """Distances from values to the ends of their intervals."""
    below = [max(e.value - e.low, 0.0) for e in estimates]
    return [below, [max(e.high - e.value, 0.0) for e in estimates]]


def _figure() -> tuple[Figure, Axes]:
    figure = Figure(layout="constrained")
    return figure, figure.add_subplot()


def _svg(figure: Figure, name: str, height: float, width: float = 6.4) -> str:
    figure.set_size_inches(width, height)
    text = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": name}):  # ids differ between pictures of a page
        figure.savefig(
            text, format="svg", transparent=True, metadata=dict.fromkeys(["Date", "Creator"])
        )
    svg = text.getvalue()
    return svg[svg.index("<svg") :].replace(INK, "currentColor").strip()
