"""What the terminal, the page and the summary say in the same words: numbers and the verdict."""

from typing import Any

from src.features import FEATURES
from src.verdict import DRIFT_DETECTED, INSUFFICIENT_DATA

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


def share(value: float | None) -> str:
    """A share in percent."""
    return ABSENT if value is None else f"{100 * value:.1f} %"


def moment(timestamp: str) -> str:
    """An ISO 8601 timestamp in UTC, to the second."""
    return f"{timestamp[:19].replace('T', ' ')} UTC"


def verdict(report: dict[str, Any]) -> str:
    """The verdict in one sentence of plain words."""
    if report["status"] == INSUFFICIENT_DATA:
        return (
            f"Not enough songs to judge: {_songs(report, 'train')} of the reference and "
            f"{_songs(report, 'production')} now; {report['min_samples']:,} are needed on "
            "either side."
        )
    drifted = report["drifted_features"]
    if not drifted:
        nothing = f"None of {len(FEATURES)} features drifted"
        return f"{nothing}, but see why this is an alert." if report["alert"] else f"{nothing}."
    first = drifted[0]
    most = f"{first} most: {change(first, report['details'][first])}"
    return f"{len(drifted)} of {len(FEATURES)} features drifted; {most}."


def _songs(report: dict[str, Any], side: str) -> str:
    samples, independent = report[f"{side}_samples"], report[f"{side}_effective_samples"]
    if samples - independent < 1:
        return f"{samples:,}"
    return f"{samples:,} (worth {independent:,.0f} independent ones)"


def change(feature: str, detail: dict[str, Any]) -> str:
    """What happened to a feature: its mean, or the category that changed most."""
    bins = detail["histogram"]
    if detail["test"] == "chi_square" and bins:
        changes = [now - was for was, now in zip(bins["reference"], bins["current"], strict=True)]
        most = max(range(len(changes)), key=lambda index: abs(changes[index]))
        edges = bins["edges"]
        name = f"{edges[most]:g}" if most < len(edges) else "other values"
        was, now = bins["reference"][most], bins["current"][most]
        return f"{feature} {name}: {share(was)} of songs, now {share(now)}"
    was, now = detail["train_mean"], detail["prod_mean"]
    if was is None or now is None:
        return ABSENT
    unit = f" {detail['unit']}" if detail["unit"] else ""
    text = f"{now - was:+,.0f}" if abs(now - was) >= 1000 else f"{now - was:+.2g}"
    return f"{text}{unit} on average"


def headline(report: dict[str, Any]) -> str:
    """The status in a few words."""
    if report["status"] == INSUFFICIENT_DATA:
        return "Not enough songs to judge"
    if report["status"] == DRIFT_DETECTED:
        return "Drift detected"
    return "Normal as a whole, but alert" if report["alert"] else "Normal"


def what_to_do(report: dict[str, Any]) -> list[str]:
    """What to do next, a sentence each."""
    if report["status"] == INSUFFICIENT_DATA:
        return ["Come back when more songs have been asked about, or lower --min-samples."]
    if not report["alert"]:
        return ["Nothing. Look again with the next songs."]
    steps = []
    if any(found["drift_detected"] for found in report["rates"]):
        steps.append("Ask who sends what is rejected or lacks values: that is no change of music.")
    far = [f for f, found in report["details"].items() if (found["effect"] or 0) >= 0.5]
    if far:
        steps.append(f"Check the unit and the source of {', '.join(far)} first: music moves less.")
    return steps + _what_to_do_about_accuracy(report["model"])


def _what_to_do_about_accuracy(model: dict[str, Any] | None) -> list[str]:
    train = "add newer labelled songs, train again (dvc repro), serve the winner."
    accept = "take newer songs as the reference (--reference)."
    if model is None or model["labels"] is None:
        return [
            "Get genres for some of the songs and look at the true accuracy (--labels).",
            f"If it fell: {train}",
            f"If it did not: {accept}",
        ]
    if model["labels"]["accuracy"] < model["accuracy"]["training_accuracy"]:
        steps = [f"The accuracy is lower than it was: {train}"]
    else:
        steps = [f"The accuracy is no lower than it was: {accept}"]
    if model["adaptation"] and model["adaptation"]["low"] > 0:
        steps.append("Until then, adapt the service to the current genres (--export-priors).")
    return steps


def by_effect(report: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The features with their details, the largest effect first, those without one last."""
    details = report["details"].items()
    return sorted(details, key=lambda item: -(item[1]["effect"] or 0.0))


def log_sentence(log: dict[str, Any]) -> str:
    """What was found in the request log."""
    shown = ["used", "rejected", "invalid", "torn", *(["outside"] if log["outside"] else [])]
    kinds = ", ".join(f"{log[kind]:,} {kind}" for kind in shown)
    files = log["files"][0] if len(log["files"]) == 1 else f"{len(log['files'])} files"
    span = (
        f"; {moment(log['first_timestamp'])} to {moment(log['last_timestamp'])}"
        if log["first_timestamp"]
        else ""
    )
    damaged = f"; damaged: {', '.join(log['damaged_files'])}" if log["damaged_files"] else ""
    return f"{log['lines']:,} lines in {files}: {kinds}{span}{damaged}"
