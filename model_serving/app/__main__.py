"""Serve: python -m app [--host HOST] [--check], from the part's folder."""

import argparse
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn

from app.app_log import log_config
from app.connection import Connection
from app.errors import ServingError
from app.request_log import request_log
from app.settings import Settings, described_settings, settings
from app.workers import run_workers

SHARED_METRICS = "PROMETHEUS_MULTIPROC_DIR"
# Always there and writable in a container, also in one whose own files are read-only.
MEMORY = Path("/dev/shm")
OPEN_FILES = 65536


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C.

    Returns
    -------
    int
        0 after a quiet end; 1 when a setting, the log folder, the model or its priors are refused;
        1 or 3, from uvicorn, when the address cannot be listened on.
    """
    parser = argparse.ArgumentParser(
        prog="python -m app",
        description="Serve the champion of MODEL_DIR on PORT with WEB_CONCURRENCY processes.",
        epilog="Settings, from the environment or .env, with their defaults:\n"
        + described_settings(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--check", action="store_true", help="load the model, say what it is, end")
    arguments = parser.parse_args(argv)
    try:
        chosen = settings()
        if arguments.check:
            print(_model())
            return 0
        request_log().open()
        if chosen.web_concurrency == 1:
            _model()  # the lifespan finds it loaded
        elif _check_apart():
            return 1
    except ServingError as error:
        return _refused(error)
    # uvicorn raises the signal again when it has finished; by default that ends in exit code 143.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    _allow_many_connections()
    try:
        with _metrics_shared(chosen.web_concurrency):
            _serve(arguments.host, chosen)
    except ServingError as error:
        return _refused(error)
    return 0


def _refused(error: ServingError) -> int:
    print(f"Cannot start: {error}", file=sys.stderr)
    return 1


def _serve(host: str, chosen: Settings) -> None:
    config = uvicorn.Config(
        "app.main:app",
        host=host,
        port=chosen.port,
        workers=chosen.web_concurrency,
        http=Connection,
        ws="none",
        log_level=chosen.log_level,
        log_config=log_config(chosen.log_level),
        access_log=False,  # the request log says more
        server_header=False,
        timeout_keep_alive=chosen.keep_alive_seconds,
        timeout_graceful_shutdown=chosen.finish_seconds,
    )
    if chosen.web_concurrency > 1:
        run_workers(config)
    else:
        with suppress(KeyboardInterrupt):  # uvicorn raises it again when it has finished
            uvicorn.Server(config).run()


def _check_apart() -> int:
    """Look at the model in a process of its own, as each worker loads it for itself.

    uvicorn ends with 0 when all of its workers fail.
    """
    check = [sys.executable, "-m", "app", "--check"]
    return subprocess.run(check, stdout=subprocess.DEVNULL, check=False).returncode


def _model() -> str:
    from app.classifier import load_classifier  # onnxruntime costs a parent of workers 50 MB

    model = load_classifier().description
    adapted = f", and genre priors {model.priors.id} adapt its answers" if model.priors else ""
    return f"{model.name} version {model.version} answers the known song as recorded{adapted}"


def _allow_many_connections() -> None:
    """Many shells allow 1,024 open files, and each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@contextmanager
def _metrics_shared(workers: int) -> Iterator[None]:
    """Give several workers a folder in which they add up their metrics."""
    if workers == 1:
        yield
        return
    folder = tempfile.mkdtemp(prefix="spotify-metrics-", dir=MEMORY if MEMORY.is_dir() else None)
    os.environ[SHARED_METRICS] = folder
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
