"""The examples for clients, run as they stand against the real service."""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from champion import expected_probabilities
from server import PART, Server

from app.api_keys import main
from app.schemas import TAKE_FIVE

EXAMPLES = PART / "examples"
SHARES = expected_probabilities(TAKE_FIVE)
BEST = max(SHARES, key=lambda genre: SHARES[genre])
COMMANDS = {
    "curl": ["bash", str(EXAMPLES / "predict.sh")],
    "httpx": [sys.executable, str(EXAMPLES / "predict.py")],
    "fetch": ["node", str(EXAMPLES / "predict.mjs")],
}


@pytest.fixture(scope="module")
def key(shared_folder: Path) -> str:
    """A key that the service knows."""
    told = StringIO()
    with open(shared_folder / "keys", "w") as keys, redirect_stdout(keys), redirect_stderr(told):
        main(["examples"])
    return told.getvalue().split()[-1]


@pytest.fixture(scope="module")
def server(shared_folder: Path, key: str) -> Iterator[Server]:
    """The service that all examples ask."""
    keys = str(shared_folder / "keys")
    with Server(
        shared_folder / "models", shared_folder / "logs", API_KEYS_FILE=keys
    ) as started:
        yield started


def run(
    name: str, server: Server, key: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    if shutil.which(COMMANDS[name][0]) is None:
        pytest.skip(f"there is no {COMMANDS[name][0]} here")
    return subprocess.run(
        [*COMMANDS[name], *arguments],
        env=os.environ | {"SERVICE_URL": server.url, "API_KEY": key},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_an_example_gets_a_genre(name: str, server: Server, key: str) -> None:
    """Each example prints the genre of its song."""
    done = run(name, server, key)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)["genre"] if name == "curl" else done.stdout.split()[0]
    assert said == BEST


@pytest.mark.parametrize("name", COMMANDS)
def test_an_example_says_what_is_wrong(name: str, server: Server, key: str) -> None:
    """Each example ends with an error that holds the service's own words."""
    done = run(name, server, key + "x")
    assert done.returncode != 0
    assert "send an API key" in done.stdout + done.stderr


def test_the_python_example_takes_a_table(server: Server, key: str, tmp_path: Path) -> None:
    """All songs of a file are judged in their order, those that are none are told."""
    table = tmp_path / "songs.csv"
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["id", *TAKE_FIVE])
        writer.writeheader()
        for number in range(1500):
            writer.writerow({"id": number} | TAKE_FIVE | {"tempo": -1 if number == 1200 else 100})
    lines = run("httpx", server, key, str(table)).stdout.splitlines()
    assert len(lines) == 1500
    assert [n for n, line in enumerate(lines) if line.startswith("refused: tempo")] == [1200]
