"""What the command prints: the verdict in one line, then one screen of what it rests on."""

from pathlib import Path
from typing import Any

from src.model_wording import model_sentences
from src.verdict import INSUFFICIENT_DATA, segment_name
from src.wording import ABSENT, by_effect, log_sentence, number, p_value, share

ROW = "{:<17} {:>9}  {:>10} {:>10} {:>10}  {}"
RED, YELLOW, GREEN, PLAIN = "\033[31m", "\033[33m", "\033[32m", "\033[0m"


def summary(
    report: dict[str, Any], report_path: Path, page_path: Path, colour: bool = False
) -> str:
    """Verdict, songs, a table of the features by effect, and where the reports are.

    Parameters
    ----------
    colour : bool
        The verdict is red for an alert, yellow for too few songs, green otherwise.
    """
    lines = [_coloured(report, verdict_line(report)) if colour else verdict_line(report)]
    lines += [f"  alert: {sentence}" for sentence in report["alert_reasons"]]
    lines += [f"  note: {sentence}" for sentence in report["notes"]]
    lines.append(
        f"Songs: {report['train_samples']:,} in training, "
        f"{report['production_samples']:,} in production"
    )
    if "request_log" in report:
        log = report["request_log"]
        lines.append(f"Request log: {log_sentence(log)}")
        lines += [
            f"  {found['file']}:{found['line']}: {found['fault']}"
            for found in log["unusable_lines"][:3]
        ]
    lines += ["", ROW.format("feature", "effect", "p", "train mean", "prod mean", "drifted")]
    lines += [_row(report, feature, detail) for feature, detail in by_effect(report)]
    lines += [
        "Effect: KS statistic D, or Cramer's V of key and mode (V). "
        f"p: corrected for {report['tests']} tests.",
        f"Drifted: effect >= {report['min_effect']:g} and p < {report['alpha']:g}.",
        "",
        *_parts(report),
        f"Reports: {report_path}, {page_path}",
    ]
    return "\n".join(lines)


def verdict_line(report: dict[str, Any]) -> str:
    """Status, alert and verdict."""
    alert = "alert" if report["alert"] else "no alert"
    return f"{report['status']}, {alert}: {report['verdict']}"


def _coloured(report: dict[str, Any], line: str) -> str:
    unsure = report["status"] == INSUFFICIENT_DATA
    colour = RED if report["alert"] else YELLOW if unsure else GREEN
    return f"{colour}{line}{PLAIN}"


def _row(report: dict[str, Any], feature: str, detail: dict[str, Any]) -> str:
    return ROW.format(feature, effect(detail), *_numbers(detail), decision(report, detail))


def _numbers(detail: dict[str, Any]) -> tuple[str, str, str]:
    return (
        p_value(detail["p_value_corrected"]),
        number(detail["train_mean"]),
        number(detail["prod_mean"]),
    )


def effect(detail: dict[str, Any]) -> str:
    """The effect that decides, with a V where it is Cramer's V."""
    if detail["effect"] is None:
        return ABSENT
    sign = "V " if detail["test"] == "chi_square" else ""
    return f"{sign}{detail['effect']:.4f}"


def decision(report: dict[str, Any], detail: dict[str, Any]) -> str:
    """Whether a feature drifted, and if not, why."""
    if detail["p_value_corrected"] is None:
        return "not tested: too few values"
    if detail["drift_detected"]:
        return "yes"
    unmet = []
    if not detail["effect_large_enough"]:
        unmet.append(f"effect < {report['min_effect']:g}")
    if not detail["significant"]:
        unmet.append(f"p >= {report['alpha']:g}")
    return f"no: {', '.join(unmet)}"


def _parts(report: dict[str, Any]) -> list[str]:
    lines = []
    apart = report["multivariate"]
    if apart:
        lines.append(
            f"All features together: AUC {apart['auc']:.3f} of a classifier that tells both sides "
            f"apart, p {p_value(apart['p_value_corrected'])}"
        )
    shares = [
        f"{found['name']} {share(found['prod_share'])}"
        for found in report["rates"]
        if found["prod_share"]
    ]
    if shares:
        lines.append(f"Rows with faults: {', '.join(shares)}")
    lines += model_sentences(report["model"])
    lines += [
        f"{found['by'].replace('_', ' ')} {segment_name(found)}: {found['status']}, "
        f"{found['samples']:,} songs, {len(found['drifted_features'])} features drifted"
        for found in report["segments"]
    ]
    return [*lines, ""] if lines else lines
