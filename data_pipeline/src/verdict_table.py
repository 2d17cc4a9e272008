"""A verdict as a table for a terminal or a log, at most 100 columns wide."""

import textwrap
from collections.abc import Sequence

from src.bootstrap import CONFIDENCE
from src.gate import Check, Verdict

HEADER = (
    "check", "songs", "candidate", "champion", "change", f"{CONFIDENCE:.0%} interval", "limit", ""
)  # fmt: skip
WIDTH = 100
NAME_WIDTH = 24


def verdict_table(verdict: Verdict) -> str:
    """The checks of a verdict, one a line, with its warnings below.

    Parameters
    ----------
    verdict : Verdict

    Returns
    -------
    str
        Lines of at most 100 columns; empty for a verdict without checks.
    """
    if not verdict.checks:
        return ""
    rows = [HEADER, *(check_cells(check) for check in verdict.checks)]
    names = [_short(row[0]) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join([
            name.ljust(max(map(len, names))),
            *(cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1], strict=True)),
            row[-1],
        ]).rstrip()
        for name, row in zip(names, rows, strict=True)
    ]  # fmt: skip
    lines.insert(1, "-" * max(map(len, lines)))
    for warning in verdict.warnings:
        lines += textwrap.wrap(f"note: {warning}", WIDTH, subsequent_indent="      ")
    return "\n".join(lines)


def check_cells(check: Check) -> Sequence[str]:
    """The cells of a check, in the order of HEADER; the limit is of the change, or a minimum."""
    before = {"era": "accuracy, ", "genre": "recall, "}.get(check.kind, "")
    limit = "" if check.limit is None else f"{check.limit:.3f}"
    if check.difference is None:
        cells = ("", f"{check.candidate:.4f}", "", "", "")
    else:
        cells = (
            f"{check.difference.songs:,}",
            f"{check.candidate:.4f}",
            f"{check.champion:.4f}",
            f"{check.difference.value:+.4f}",
            f"{check.difference.low:+.4f} to {check.difference.high:+.4f}",
        )
    return before + check.name, *cells, limit, check.outcome


def _short(name: str) -> str:
    return name if len(name) <= NAME_WIDTH else name[: NAME_WIDTH - 1] + "…"
