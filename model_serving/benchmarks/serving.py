"""Requests per second of the service, beside `mlflow models serve` of the same model.

    python benchmarks/serving.py --model_dir models --mlflow ../data_pipeline/.venv/bin/mlflow

Needs wrk (Debian and Homebrew have it). Both services run with one worker, one after the other.
"""

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PART = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PART))

from app.schemas import FEATURES, TAKE_FIVE

CONNECTIONS = (1, 32)
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Service:
    """A command that serves on `port`, and how one asks it for the genre of a song."""

    name: str
    command: list[str]
    variables: dict[str, str]
    url: str
    body: dict[str, Any]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure both services and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model_dir", type=Path, default=PART / "models")
    parser.add_argument("--mlflow", type=Path, help="an mlflow command, to compare with")
    parser.add_argument("--seconds", type=int, default=10, help="of each measurement (%(default)s)")
    arguments = parser.parse_args(argv)
    model_dir = arguments.model_dir.resolve()
    with tempfile.TemporaryDirectory() as folder:
        services = [_own(model_dir, folder)]
        if arguments.mlflow:
            services.append(_mlflow(model_dir, arguments.mlflow.absolute()))
        titles = [
            f"{name}, {connections} conn."
            for connections in CONNECTIONS
            for name in ("req/s", "p50 ms", "p99 ms")
        ]
        print("|", " | ".join(["service", "first answer s", *titles, "worker MB"]), "|")
        print("|---" * (len(titles) + 3) + "|")
        for service in services:
            print("|", " | ".join(_measure(service, arguments.seconds, folder)), "|", flush=True)
    return 0


def _own(model_dir: Path, folder: str) -> Service:
    port = _free_port()
    return Service(
        "this service",
        [sys.executable, "-m", "app"],
        {"MODEL_DIR": str(model_dir), "LOG_DIR": folder, "PORT": port, "WEB_CONCURRENCY": "1"},
        f"http://127.0.0.1:{port}/predict",
        dict(TAKE_FIVE),
    )


def _mlflow(model_dir: Path, mlflow: Path) -> Service:
    port = _free_port()
    options = ["--env-manager", "local", "--host", "127.0.0.1", "--port", port, "--workers", "1"]
    row = [float(str(TAKE_FIVE[feature])) for feature in FEATURES]
    return Service(
        "mlflow models serve",
        [str(mlflow), "models", "serve", "-m", str(model_dir), *options],
        {"PATH": f"{mlflow.parent}:{os.environ['PATH']}"},
        f"http://127.0.0.1:{port}/invocations",
        {"dataframe_split": {"columns": list(FEATURES), "data": [row]}},
    )


def _measure(service: Service, seconds: int, folder: str) -> list[str]:
    script = Path(folder) / "song.lua"
    script.write_text(
        'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
        f"wrk.body = [==[{json.dumps(service.body)}]==]\n"
    )
    start = time.monotonic()
    process = subprocess.Popen(
        service.command,
        cwd=PART,
        env=os.environ | service.variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # mlflow starts the server behind a shell
    )
    try:
        while not _answers(service):
            if process.poll() is not None or time.monotonic() - start > 120:
                raise SystemExit(f"{service.name} does not start: {' '.join(service.command)}")
            time.sleep(0.01)
        row = [service.name, f"{time.monotonic() - start:.1f}"]
        _wrk(service, script, 32, 1)  # warm up
        for connections in CONNECTIONS:
            row += _wrk(service, script, connections, seconds)
        row.append(f"{max(map(_resident, _family(process.pid))):.0f}")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
    return row


def _wrk(service: Service, script: Path, connections: int, seconds: int) -> list[str]:
    load = ["-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script)]
    found = subprocess.run(["wrk", *load, service.url], capture_output=True, text=True, check=True)
    if "Non-2xx" in found.stdout or "Socket errors" in found.stdout:
        raise SystemExit(f"{service.name} refused requests:\n{found.stdout}")
    rate = re.search(r"Requests/sec: +([\d.]+)", found.stdout)
    shares = dict(re.findall(r"(50|99)% +([\d.]+[mu]?s)", found.stdout))
    if rate is None or len(shares) != 2:
        raise SystemExit(f"wrk answered otherwise than expected:\n{found.stdout}")
    return [f"{float(rate[1]):,.0f}", _milliseconds(shares["50"]), _milliseconds(shares["99"])]


def _milliseconds(text: str) -> str:
    number = text.rstrip("mus")
    return f"{float(number) * MILLISECONDS[text[len(number) :]]:.2f}"


def _answers(service: Service) -> bool:
    request = urllib.request.Request(
        service.url, json.dumps(service.body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{service.name} refuses the song: {error.read().decode()}") from None
    except OSError:
        return False


def _family(pid: int) -> list[int]:
    """A process and all that it has started (Linux)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in _family(int(child)))]


def _resident(pid: int) -> float:
    """Resident memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
