"""Open, update or close the issue that tells of drift, by what a drift report says.

Usage: drift_issue.py REPORT.json SUMMARY.md

On alert there is one open issue: it is opened, or its text is replaced and a comment says what the
report says today. When the alert is gone it is closed. A report on too few songs changes nothing.
Needs gh, with GH_TOKEN and GH_REPO. Exit codes: 0 done, 1 a file or gh failed, 2 wrong usage.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

LABEL = "drift"
# Only an issue with this in its text is ever changed, whoever else uses the label.
MARK = "<!-- opened by .github/workflows/drift.yml -->"
LONGEST_TITLE, LONGEST_TEXT = 200, 60_000  # GitHub takes 256 and 65,536


def tell(report: dict[str, Any], summary: str, run_url: str, help_url: str) -> str:
    """Bring the issue in line with a report.

    Parameters
    ----------
    report : dict
        As analyze_drift.py writes it.
    summary : str
        The same in Markdown.
    run_url, help_url : str
        Of the run that made the report, and of what is to be done then.

    Returns
    -------
    str
        What was done.
    """
    number = open_issue()
    verdict = report["verdict"]
    if report["alert"]:
        title = f"Drift: {verdict}"[:LONGEST_TITLE]
        text = issue_text(summary, run_url, help_url)
        if number is None:
            described = ("--description", "The music has changed", "--color", "B60205", "--force")
            gh("label", "create", LABEL, *described)
            where = gh(
                *("issue", "create", "--title", title, "--label", LABEL, "--body-file", "-"),
                text=text,
            )
            return f"alert: opened {where.strip()}"
        gh("issue", "edit", number, "--title", title, "--body-file", "-", text=text)
        gh("issue", "comment", number, "--body-file", "-", text=f"Still so: {verdict} {run_url}")
        return f"alert: updated issue {number}"
    if number is None:
        return "no alert, and no issue is open"
    if report["status"] != "NORMAL":
        return f"issue {number} stays as it is: {verdict}"
    gone = f"The alert is gone: {verdict} {run_url}"
    gh("issue", "close", number, "--reason", "completed", "--comment", gone)
    return f"no alert any more: closed issue {number}"


def open_issue() -> str | None:
    """The number of the open issue that this script opened; of several the oldest."""
    listed = gh(
        *("issue", "list", "--label", LABEL, "--state", "open", "--limit", "1000"),
        *("--json", "number,body"),
    )
    numbers = [issue["number"] for issue in json.loads(listed) if MARK in issue["body"]]
    return str(min(numbers)) if numbers else None


def issue_text(summary: str, run_url: str, help_url: str) -> str:
    """The mark, the summary, cut where it is too long, and where to look."""
    if len(summary) > LONGEST_TEXT:
        summary = summary[:LONGEST_TEXT].rpartition("\n")[0] + "\n\n(cut here; the run has all)"
    links = f"The report as a page is with [the run]({run_url}). [What to do now]({help_url})."
    return f"{MARK}\n{summary}\n\n{links}\n"


def gh(*arguments: str, text: str | None = None) -> str:
    """What a gh command prints.

    Raises
    ------
    CalledProcessError
        When it fails; it has said why itself.
    """
    done = subprocess.run(
        ["gh", *arguments], input=text, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
    repository = f"{server}/{os.environ['GH_REPO']}"
    run_url = f"{repository}/actions/runs/{os.environ.get('GITHUB_RUN_ID', '')}"
    help_url = f"{repository}/blob/HEAD/docs/after-an-alert.md"
    try:
        report, summary = (Path(name).read_text(encoding="utf-8") for name in arguments)
        print(tell(json.loads(report), summary, run_url, help_url))
    except (OSError, ValueError) as error:
        print(f"drift_issue: error: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        named = " ".join(error.cmd[:3])
        print(f"drift_issue: error: {named} ended with {error.returncode}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
