"""The service and what it is measured against, as processes on ports of this machine."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from server import free_port

from app.schemas import FEATURES, TAKE_FIVE

PART = Path(__file__).resolve().parents[1]


@dataclass
class Service:
    """A command that serves on a port of its own, and how one asks it for the genre of a song."""

    name: str
    command: list[str]
    variables: dict[str, str]
    path: str = "/predict"
    columns: bool = False  # asked as MLflow's server is
    port: str = field(default_factory=lambda: str(free_port()))
    first_answer: float = 0.0  # seconds after the start

    @property
    def url(self) -> str:
        """Where to ask."""
        return f"http://127.0.0.1:{self.port}{self.path}"

    def body(self, song: dict[str, Any]) -> Any:
        """A song as this service wants it."""
        if not self.columns:
            return song
        row = [float(song[feature]) for feature in FEATURES]
        return {"dataframe_split": {"columns": list(FEATURES), "data": [row]}}

    def start(self) -> None:
        """Start it, and wait for its first answer.

        Raises
        ------
        SystemExit
            When it does not come, or refuses the song.
        """
        begin = time.monotonic()
        self.process = subprocess.Popen(
            [word.replace("PORT", self.port) for word in self.command],
            cwd=PART,
            env=os.environ | self.variables | {"PORT": self.port},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # mlflow starts the server behind a shell
        )
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() - begin > 120:
                raise SystemExit(f"{self.name} does not start: {' '.join(self.command)}")
            time.sleep(0.01)
        self.first_answer = time.monotonic() - begin

    def stop(self) -> None:
        """End it and everything that it has started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(30)

    def worker_mb(self) -> float:
        """Resident memory, in MB, of the largest of its processes."""
        return max(map(_resident, _family(self.process.pid)))

    def _answers(self) -> bool:
        request = urllib.request.Request(
            self.url,
            json.dumps(self.body(dict(TAKE_FIVE))).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{self.name} refuses the song: {error.read().decode()}") from None
        except OSError:
            return False


def own(model_dir: Path, folder: Path, workers: int = 1) -> Service:
    """This service, with one worker or more."""
    return Service(
        "this service" if workers == 1 else f"this service, {workers} workers",
        [sys.executable, "-m", "app"],
        {
            "MODEL_DIR": str(model_dir),
            "LOG_DIR": str(folder / f"logs-{workers}"),
            "WEB_CONCURRENCY": str(workers),
            "LOG_LEVEL": "error",
        },
    )


def baselines(model_dir: Path, folder: Path, python: Path, native: Path | None) -> list[Service]:
    """What the service is measured against.

    Parameters
    ----------
    model_dir : Path
        The champion that all of them serve.
    folder : Path
        For their logs.
    python : Path
        Of an environment with `requirements-rivals.txt`.
    native : Path or None
        XGBoost's own file of the champion; without it that baseline is left out.
    """
    variables = {
        "MODEL_DIR": str(model_dir),
        "LOG_DIR": str(folder),
        "PYTHONPATH": f"{PART}:{PART / 'benchmarks'}",
        "PATH": f"{python.parent}:{os.environ['PATH']}",
        "NATIVE_MODEL": str(native),
    }
    names = {
        "bare ASGI, constant": "bare",
        "FastAPI, constant": "constant",
        "FastAPI, the same graph and a log": "plain",
        "FastAPI, XGBoost's own predictor": "native",
        "FastAPI, mlflow.pyfunc": "pyfunc",
    }
    uvicorn = [str(python), "-m", "uvicorn", "--port", "PORT", "--no-access-log"]
    serve = [str(python.parent / "mlflow"), "models", "serve", "-m", str(model_dir)]
    serve += ["--env-manager", "local", "--host", "127.0.0.1", "--port", "PORT", "--workers", "1"]
    return [
        Service(name, [*uvicorn, f"baselines.{module}:app"], variables)
        for name, module in names.items()
        if module != "native" or native
    ] + [Service("mlflow models serve", serve, variables, "/invocations", columns=True)]


def _family(pid: int) -> list[int]:
    """A process and all that it has started (Linux)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in _family(int(child)))]


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0
