"""The README's marked command blocks, run as they stand, in one terminal and in the order given."""

import os
import re
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import (
    PARTS,
    ROOT,
    SMALL_MODELS,
    copy_of_the_repository,
    environment,
    set_params,
)

BLOCK = re.compile(r"<!-- (tested[^>]*) -->\n```\n(.*?)```\n", re.DOTALL)
# What a block starts and leaves running: the address that answers once it is there.
READY = {"service": "http://localhost:8000/ready", "server": "http://localhost:5000/health"}


def session(text: str, with_docker: bool) -> str:
    """One script of all marked blocks; what keeps running goes to the background."""
    script = "set -euo pipefail\n"
    for mark, commands in BLOCK.findall(text):
        kind = mark.removeprefix("tested").lstrip(": ")
        running = kind.removesuffix(" with Docker")
        if kind.endswith("with Docker") and not with_docker:
            continue
        if running in READY:
            if running == "service" and with_docker != kind.endswith("with Docker"):
                continue
            # A terminal of its own, at the root.
            script += f'(cd "$ROOT"\n{commands}) &\n'
            script += (
                "curl -fsS --retry 300 --retry-delay 1 --retry-connrefused --retry-all-errors "
                f"-o ready {READY[running]}\n"
            )
        else:
            script += commands
    return script


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone in which sample songs stand in for the download, and models are small."""
    copy = copy_of_the_repository(tmp_path / "clone")
    subprocess.run(
        ["python", "src/sample.py", "--rows", "4000", "--output", "songs.csv"],
        cwd=copy / "data_pipeline",
        env=environment("data_pipeline"),
        check=True,
    )
    params = copy / "data_pipeline" / "params.yaml"
    set_params(params, source_md5="null", **SMALL_MODELS)
    subprocess.run(["git", "init", "--quiet"], cwd=copy, check=True)
    return copy


def run_readme(clone: Path, with_docker: bool) -> None:
    for port in (8000, 5000):
        with socket.socket() as probe:
            taken = probe.connect_ex(("127.0.0.1", port)) == 0
        assert not taken, f"something listens on port {port}, which the README's commands need"
    script = session((ROOT / "README.md").read_text(encoding="utf-8"), with_docker)
    plain = environment("data_pipeline") | {"PATH": os.environ["PATH"], "ROOT": str(clone)}
    output = clone / "output.txt"
    with open(output, "wb") as file:
        process = subprocess.Popen(
            ["bash", "-c", script],
            cwd=clone,
            env=plain,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(timeout=500)
        finally:
            with suppress(ProcessLookupError):  # a script that failed early has left nobody
                os.killpg(process.pid, signal.SIGTERM)
    said = output.read_text()
    assert code == 0, said
    for words in ('"genre":', "macro_f1", "DRIFT_DETECTED", "INSUFFICIENT_DATA"):
        assert words in said
    for path in (
        "model_serving/logs/api_requests.jsonl",
        "drift_monitoring/reports/batch.html",
        "drift_monitoring/reports/online.html",
        "data_pipeline/champion/MLmodel",
    ):
        assert (clone / path).exists(), said


def test_readme(clone: Path) -> None:
    """Every marked block works as it stands, with the service by uvicorn."""
    run_readme(clone, with_docker=False)


@pytest.mark.image
def test_readme_with_docker(clone: Path) -> None:
    """Every marked block works as it stands, with the service out of the image."""
    run_readme(clone, with_docker=True)


def test_all_parts_are_tested() -> None:
    """No part is without a block that is run."""
    blocks = "".join(commands for _, commands in BLOCK.findall((ROOT / "README.md").read_text()))
    assert all(part in blocks for part in PARTS)
