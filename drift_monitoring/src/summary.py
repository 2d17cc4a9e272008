"""What the command prints: one screen, the verdict first."""

from pathlib import Path
from typing import Any

from src.wording import ABSENT, by_effect, log_sentence, number, p_value, reason

ROW = "{:<17} {:>6}  {:>9}  {:>10} {:>10}  {}"


def summary(report: dict[str, Any], report_path: Path, page_path: Path) -> str:
    """Verdict, songs, a table of the features by effect, and where the reports are."""
    alert = "alert" if report["alert"] else "no alert"
    lines = [f"{report['status']}, {alert}: {reason(report)}"]
    lines += [f"  alert: {sentence}" for sentence in report["alert_reasons"]]
    lines.append(
        f"Songs: {report['train_samples']:,} in training, "
        f"{report['production_samples']:,} in production"
    )
    if "request_log" in report:
        lines.append(f"Request log: {log_sentence(report['request_log'])}")
    lines += ["", ROW.format("feature", "D", "p", "train mean", "prod mean", "drifted")]
    lines += [_row(report, feature, detail) for feature, detail in by_effect(report)]
    lines += [
        f"D: KS statistic. p: corrected for {len(report['details'])} tests. "
        f"Drifted: D >= {report['min_effect']:g} and p < {report['alpha']:g}.",
        "",
        f"Reports: {report_path}, {page_path}",
    ]
    return "\n".join(lines)


def _row(report: dict[str, Any], feature: str, detail: dict[str, Any]) -> str:
    statistic = detail["ks_statistic"]
    return ROW.format(
        feature,
        ABSENT if statistic is None else f"{statistic:.4f}",
        p_value(detail["p_value_corrected"]),
        number(detail["train_mean"]),
        number(detail["prod_mean"]),
        _decision(report, detail),
    )


def _decision(report: dict[str, Any], detail: dict[str, Any]) -> str:
    if detail["p_value_corrected"] is None:
        return "not tested: too few values"
    if detail["drift_detected"]:
        return "yes"
    unmet = []
    if not detail["effect_large_enough"]:
        unmet.append(f"D < {report['min_effect']:g}")
    if not detail["significant"]:
        unmet.append(f"p >= {report['alpha']:g}")
    return f"no: {', '.join(unmet)}"
