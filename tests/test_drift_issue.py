"""The issue that tells of drift: opened, updated and closed by what the report says."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, GitHub

RUN = "https://github.com/me/songs/actions/runs/7"


def report(alert: bool, status: str, verdict: str) -> dict[str, Any]:
    return {"alert": alert, "status": status, "verdict": verdict}


ALERT = report(True, "DRIFT_DETECTED", "7 of 12 features drifted")
CALM = report(False, "NORMAL", "0 of 12 features drifted")
FEW = report(False, "INSUFFICIENT_DATA", "too few songs")


class Issue:
    """Runs the script on a report, beside a GitHub of its own."""

    def __init__(self, github: GitHub, folder: Path) -> None:
        self.github = github
        self.folder = folder

    def run(
        self, report: dict[str, Any], summary: str = "| Feature |\n"
    ) -> subprocess.CompletedProcess[str]:
        (self.folder / "report.json").write_text(json.dumps(report))
        (self.folder / "report.md").write_text(summary)
        return self.command("report.json", "report.md")

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["python3", ROOT / "scripts" / "drift_issue.py", *arguments],
            cwd=self.folder,
            env=self.github.environment | {"GH_REPO": "me/songs", "GITHUB_RUN_ID": "7"},
            capture_output=True,
            text=True,
            check=False,
        )

    def tell(self, report: dict[str, Any], summary: str = "| Feature |\n") -> str:
        done = self.run(report, summary)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def issue(github: GitHub, tmp_path: Path) -> Issue:
    return Issue(github, tmp_path)


def test_the_first_alert_opens_an_issue(issue: Issue) -> None:
    """It has the verdict as its title, the summary, the run, and what to do; the label is made."""
    assert issue.tell(ALERT) == "alert: opened https://github.com/me/songs/issues/1\n"
    (opened,) = issue.github.issues
    assert opened["title"] == "Drift: 7 of 12 features drifted"
    assert (opened["label"], opened["state"], opened["comments"]) == ("drift", "open", [])
    for words in ("| Feature |", RUN, "songs/blob/HEAD/docs/after-an-alert.md"):
        assert words in opened["body"]
    assert (ROOT / "docs" / "after-an-alert.md").exists()


def test_the_next_alert_updates_it(issue: Issue) -> None:
    """There is one issue, with today's text and a comment for each further alert."""
    issue.tell(ALERT)
    more = ALERT | {"verdict": "8 of 12 features drifted"}
    assert issue.tell(more, "| Today |\n") == "alert: updated issue 1\n"
    (updated,) = issue.github.issues
    assert updated["title"] == "Drift: 8 of 12 features drifted"
    assert "| Today |" in updated["body"] and "| Feature |" not in updated["body"]
    assert updated["comments"] == [f"Still so: 8 of 12 features drifted {RUN}"]


def test_it_is_closed_when_the_alert_is_gone(issue: Issue) -> None:
    """The issue is closed with the reason; the alert after that opens another one."""
    issue.tell(ALERT)
    assert issue.tell(CALM) == "no alert any more: closed issue 1\n"
    (closed,) = issue.github.issues
    assert closed["state"] == "closed"
    assert closed["comments"] == [f"The alert is gone: 0 of 12 features drifted {RUN}"]
    issue.tell(ALERT)
    assert [found["state"] for found in issue.github.issues] == ["closed", "open"]


def test_too_few_songs_say_nothing(issue: Issue) -> None:
    """A report that decides nothing neither opens nor closes."""
    assert issue.tell(FEW) == "no alert, and no issue is open\n"
    issue.tell(ALERT)
    assert issue.tell(FEW) == "issue 1 stays as it is: too few songs\n"
    assert issue.github.issues[0]["state"] == "open"


def test_no_alert_and_no_issue(issue: Issue) -> None:
    """Where there is nothing to tell, GitHub is only asked."""
    issue.tell(CALM)
    assert issue.github.calls == [["issue", "list"]]


def test_issues_of_others_are_left_alone(issue: Issue) -> None:
    """An issue with the same label that somebody else opened is neither changed nor closed."""
    theirs = {"number": 1, "title": "Drift?", "body": "Look", "label": "drift"}
    issue.github.put([theirs | {"state": "open", "comments": []}])
    issue.tell(ALERT)
    issue.tell(CALM)
    first, second = issue.github.issues
    assert first == theirs | {"state": "open", "comments": []}
    assert second["state"] == "closed"


def test_a_long_summary_is_cut(issue: Issue) -> None:
    """What GitHub would refuse as too long is cut at a line's end, and says so."""
    issue.tell(ALERT | {"verdict": "v" * 500}, "| row |\n" * 20_000)
    (opened,) = issue.github.issues
    assert len(opened["body"]) < 65_536 and len(opened["title"]) <= 256
    assert "| row |\n\n(cut here; the run has all)\n\nThe report as a page" in opened["body"]


def test_github_fails(issue: Issue) -> None:
    """When gh fails, so does the script; what gh said and which command it was are told."""
    issue.github.put([], down=True)
    done = issue.run(ALERT)
    told = "gh: HTTP 503\ndrift_issue: error: gh issue list ended with 1\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", told)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [(["none.json", "none.md"], 1, "none.json"), (["one.json"], 2, "Usage: drift_issue.py")],
)
def test_files_are_missing(
    issue: Issue, arguments: list[str], code: int, told: str
) -> None:
    """Without a report GitHub is not asked at all."""
    done = issue.command(*arguments)
    assert done.returncode == code and told in done.stderr
    assert issue.github.calls == []
