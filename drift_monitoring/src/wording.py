"""What the terminal and the page say in the same words: numbers and the verdict."""

from typing import Any

from src.features import FEATURES
from src.report import DRIFT_DETECTED, INSUFFICIENT_DATA

ABSENT = "-"


def number(value: float | None) -> str:
    """A value of a feature in four digits, or a dash where there is none."""
    if value is None:
        return ABSENT
    if value == 0:
        return "0"
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e12 else f"{value:#.4g}"


def axis_number(value: float) -> str:
    """A value at the end of an axis, in three digits."""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e12 else f"{value:.3g}"


def p_value(value: float | None) -> str:
    """A p-value, with its order of magnitude where it is small."""
    if value is None:
        return ABSENT
    if value >= 0.001:
        return f"{value:.3f}"
    return f"{value:.0e}" if value >= 1e-300 else "0"


def moment(timestamp: str) -> str:
    """An ISO 8601 timestamp in UTC, to the second."""
    return f"{timestamp[:19].replace('T', ' ')} UTC"


def headline(report: dict[str, Any]) -> str:
    """The verdict in a few words."""
    if report["status"] == INSUFFICIENT_DATA:
        return "Not enough songs to judge"
    if report["status"] == DRIFT_DETECTED:
        return "Drift detected"
    return "Normal as a whole, but alert" if report["alert"] else "Normal"


def reason(report: dict[str, Any]) -> str:
    """What the verdict rests on, in one sentence."""
    if report["status"] == INSUFFICIENT_DATA:
        return (
            f"training has {report['train_samples']:,} songs and production "
            f"{report['production_samples']:,}; "
            f"{report['min_samples']:,} are needed on either side."
        )
    return (
        f"{report['features_with_drift']} of {len(FEATURES)} features drifted "
        f"({report['drift_percentage']:.1f} %; "
        f"up to {report['tolerated_percentage']:g} % is normal)."
    )


def by_effect(report: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The features with their details, the largest effect first, those without one last."""
    details = report["details"].items()
    return sorted(details, key=lambda item: -(item[1]["ks_statistic"] or 0.0))


def log_sentence(log: dict[str, Any]) -> str:
    """What was found in the request log."""
    kinds = ", ".join(f"{log[kind]:,} {kind}" for kind in ("used", "rejected", "invalid", "torn"))
    files = log["files"][0] if len(log["files"]) == 1 else f"{len(log['files'])} files"
    span = (
        f"; {moment(log['first_timestamp'])} to {moment(log['last_timestamp'])}"
        if log["first_timestamp"]
        else ""
    )
    damaged = f"; damaged: {', '.join(log['damaged_files'])}" if log["damaged_files"] else ""
    return f"{log['lines']:,} lines in {files}: {kinds}{span}{damaged}"
