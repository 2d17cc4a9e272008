"""What a service that is killed under load leaves, as the drift report counts it."""

import json
import os
import re
import subprocess
from pathlib import Path

from conftest import ROOT, Workspace, environment

KILL = """
import json, sys
from pathlib import Path
sys.path.insert(0, "benchmarks")
from faults import SCENARIOS, try_process
found = try_process(SCENARIOS["kill -9"], Path(sys.argv[1]), Path(sys.argv[2]), 4000)
print(json.dumps([found.answered, found.missing]))
"""


def killed(models: Path, folder: Path) -> int:
    """Kill a service under load; how many requests it had answered."""
    done = subprocess.run(
        ["python", "-c", KILL, str(models), str(folder)],
        cwd=ROOT / "model_serving",
        env=environment("model_serving"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answered, missing = json.loads(done.stdout)
    assert missing == 0
    return int(answered)


def test_the_drift_report_counts_what_a_killed_service_left(
    workspace: Workspace, tmp_path: Path
) -> None:
    """Every whole line is used; the one that a kill has torn is counted and spoils no other."""
    models = workspace.folder / "model_serving" / "models"
    log = tmp_path / "logs" / "api_requests.jsonl"
    answered = killed(models, tmp_path)
    os.truncate(log, log.stat().st_size - 20)  # a kill seldom hits the middle of a write
    answered += killed(models, tmp_path)  # the next service goes on with the same file
    lines = sum(1 for line in log.read_bytes().split(b"\n") if line)
    told = workspace.run(
        "drift_monitoring", "python", "src/analyze_drift.py", "--mode", "online",
        "--train_data", "../data_pipeline/data/train.csv",
        "--api_logs", str(log.parent), "--output", str(tmp_path / "report.json"),
    )  # fmt: skip
    counts = re.search(r"([\d,]+) used, ([\d,]+) rejected, ([\d,]+) invalid, ([\d,]+) torn", told)
    assert counts is not None, told
    used, rejected, invalid, torn = (int(count.replace(",", "")) for count in counts.groups())
    assert (rejected, used + invalid + torn) == (0, lines)
    assert used >= answered - 1
    assert 1 <= invalid + torn <= 2
