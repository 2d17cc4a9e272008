"""The report as Markdown, for the summary page of a job on GitHub."""

from typing import Any

from src.model_wording import model_sentences
from src.summary import decision, effect, verdict_line
from src.verdict import segment_name
from src.wording import by_effect, change, log_sentence, p_value, share


def markdown(report: dict[str, Any]) -> str:
    """Verdict, reasons, what to do, and the features in a table, the largest effect first."""
    lines = [f"### {_escaped(verdict_line(report))}", ""]
    lines += [f"- **alert**: {_escaped(sentence)}" for sentence in report["alert_reasons"]]
    lines += [f"- {_escaped(sentence)}" for sentence in report["notes"]]
    lines += ["", "What to do:", ""]
    lines += [f"1. {_escaped(step)}" for step in report["what_to_do"]]
    lines += [
        "",
        f"{report['train_samples']:,} songs of {_escaped(report['reference'])}, "
        f"{report['production_samples']:,} songs in production.",
    ]
    if "request_log" in report:
        lines.append(f"Request log: {_escaped(log_sentence(report['request_log']))}.")
    lines += ["", "| Feature | Effect | p | Change | Drifted |", "|---|---|---|---|---|"]
    lines += [
        f"| {feature} | {effect(detail)} | {p_value(detail['p_value_corrected'])} "
        f"| {_escaped(change(feature, detail))} | {_escaped(decision(report, detail))} |"
        for feature, detail in by_effect(report)
    ]
    rows = [found for found in report["rates"] if found["prod_share"] is not None]
    if rows:
        lines += ["", "| Rows with | before | now |", "|---|---|---|"]
        lines += [
            f"| {found['name']} | {share(found['train_share'])} | {share(found['prod_share'])} |"
            for found in rows
        ]
    lines += ["", *(_escaped(sentence) + "  " for sentence in model_sentences(report["model"]))]
    if report["segments"]:
        lines += ["", "| Part | Songs | Status | Drifted |", "|---|---|---|---|"]
        lines += [
            f"| {found['by']} {_escaped(segment_name(found))} | {found['samples']:,} "
            f"| {found['status']} | {', '.join(found['drifted_features']) or 'none'} |"
            for found in report["segments"]
        ]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """What comes from the data must not become markup."""
    for sign in "\\`*_[]<>|#~":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", " ")
