"""Containers of the service behind nginx: they share the songs, and may come and go meanwhile."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from baking import baked
from champion import VERSION
from container import Container, docker
from load import Load
from reverse_proxy import ReverseProxy
from server import wait_for

from app.request_log import FILE

pytestmark = pytest.mark.image
NEW_VERSION = "8"
CONNECTIONS = 32
# More than are sent until the test says stop.
REQUESTS = 1_000_000


@pytest.fixture
def promoted(context: Path, tmp_path: Path) -> Iterator[str]:
    """An image of the next version of the model."""
    folder = shutil.copytree(context, tmp_path / "promoted")
    registered = folder / "models" / "registered_model_meta"
    said = registered.read_text()
    assert VERSION in said
    registered.write_text(said.replace(VERSION, NEW_VERSION))
    with baked(folder) as tag:
        yield tag


def lines(folder: Path) -> list[dict[str, str]]:
    """The whole lines of a replica's log; of one that was killed the last may be torn."""
    *whole, rest = (folder / FILE).read_bytes().split(b"\n")
    return [json.loads(line) for line in whole]


def test_replicas_come_and_go_without_a_failed_request(
    image: str, promoted: str, tmp_path: Path
) -> None:
    """Three share the load; one is killed, one gets a new model: each request is answered by 200.

    Each answered one is in one of the logs. In two of them is what a replica had judged and logged
    when it was killed and nginx, which had no answer yet, asked another.
    """
    folders = [tmp_path / name for name in ("killed", "replaced", "kept", "new")]
    for folder in folders:
        folder.mkdir()
    killed, replaced, kept, new = folders
    with ExitStack() as running:
        first, second, third = (
            running.enter_context(Container(image, folder)) for folder in folders[:3]
        )
        ports = [first.port, second.port, third.port]
        proxy = running.enter_context(ReverseProxy(tmp_path, ports))
        load = running.enter_context(Load(proxy.port, REQUESTS, CONNECTIONS))
        load.wait_for(3000)
        shares = [len(lines(folder)) for folder in (killed, replaced, kept)]
        assert proxy.version_served() == VERSION

        docker("kill", "--signal", "KILL", first.name)
        load.wait_for(len(load.outcome.answered) + 2000)

        docker("stop", second.name)
        running.enter_context(Container(promoted, new, port=second.port))
        wait_for(lambda: len(lines(new)) > 500, "songs for the new one", 60)
        versions = {proxy.version_served() for _ in range(10)}
        load.stop()
    outcome = load.outcome
    assert Counter(outcome.answered.values()) == {200: len(outcome.answered)}
    assert outcome.cut_off == []
    assert min(shares) > sum(shares) / 5
    assert versions == {VERSION, NEW_VERSION}
    served = {folder.name: lines(folder) for folder in folders}
    assert {line["model_version"] for line in served["new"]} == {NEW_VERSION}
    logged = Counter(line["request_id"] for log in served.values() for line in log)
    assert outcome.answered.keys() <= logged.keys()
    twice = [request for request, count in logged.items() if count > 1]
    assert set(twice) <= {line["request_id"] for line in served["killed"][-CONNECTIONS:]}
    # It was nginx that hid the kill, not luck.
    assert any("upstream" in said for said in proxy.complaints())
