#!/usr/bin/env python3
"""Stands in for GitHub's gh: issues and labels are in github.json beside it, calls in calls.jsonl.

It knows what the drift workflow uses, and refuses all else, and a label that nobody has made.
"""

import argparse
import json
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
STATE = FOLDER / "github.json"


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("thing", choices=["issue", "label"])
    parser.add_argument("action", choices=["list", "create", "edit", "comment", "close"])
    parser.add_argument("name", nargs="?")
    for option in ("title", "label", "body-file", "state", "limit", "json", "reason", "comment"):
        parser.add_argument(f"--{option}")
    parser.add_argument("--description")
    parser.add_argument("--color")
    parser.add_argument("--force", action="store_true")
    return parser.parse_args(arguments)


def main() -> int:
    options = parse(sys.argv[1:])
    body = sys.stdin.read() if options.body_file == "-" else None
    with open(FOLDER / "calls.jsonl", "a", encoding="utf-8") as calls:
        calls.write(json.dumps(sys.argv[1:3]) + "\n")
    github = json.loads(STATE.read_text()) if STATE.exists() else {"labels": [], "issues": []}
    if github.get("down"):
        print("gh: HTTP 503", file=sys.stderr)
        return 1
    issues = github["issues"]
    if (options.thing, options.action) == ("label", "create"):
        github["labels"].append(options.name)
    elif options.action == "list":
        fields = options.json.split(",")
        shown = [
            {field: issue[field] for field in fields}
            for issue in reversed(issues)
            if issue["state"] == options.state and issue["label"] == options.label
        ]
        print(json.dumps(shown))
    elif options.action == "create":
        if options.label not in github["labels"]:
            print(f"could not add label: '{options.label}' not found", file=sys.stderr)
            return 1
        number = len(issues) + 1
        made = {"number": number, "title": options.title, "body": body, "label": options.label}
        issues.append(made | {"state": "open", "comments": []})
        print(f"https://github.com/me/songs/issues/{number}")
    else:
        issue = issues[int(options.name) - 1]
        if options.action == "edit":
            issue |= {"title": options.title, "body": body}
        elif options.action == "comment":
            issue["comments"].append(body)
        else:
            issue["comments"].append(options.comment)
            issue["state"] = "closed"
    STATE.write_text(json.dumps(github))
    return 0


if __name__ == "__main__":
    sys.exit(main())
