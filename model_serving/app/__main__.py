"""Serve: python -m app [--host HOST] [--check], from the part's folder."""

import argparse
import copy
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from app.errors import ServingError
from app.request_log import request_log
from app.settings import Settings, settings

# With DRAIN_SECONDS before it well within the 10 s after which Docker kills.
FINISH_SECONDS = 6


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C.

    Returns
    -------
    int
        0 after a quiet end; 1 when a setting, the log folder or the model is refused; 1 or 3, from
        uvicorn, when the address cannot be listened on.
    """
    parser = argparse.ArgumentParser(
        prog="python -m app",
        description="Serve the champion of MODEL_DIR on PORT with WEB_CONCURRENCY processes.",
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
        if chosen.workers == 1:
            _model()  # the lifespan finds it loaded
        elif subprocess.run([sys.executable, "-m", "app", "--check"], check=False).returncode:
            # Asked of a process of its own, because each worker loads the model for itself, and
            # uvicorn ends with 0 when all of them fail.
            return 1
    except ServingError as error:
        print(f"Cannot start: {error}", file=sys.stderr)
        return 1
    # uvicorn raises the signal again when it has finished; by default that ends in exit code 143.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    uvicorn.run(
        "app.main:app",
        host=arguments.host,
        port=chosen.port,
        workers=chosen.workers,
        log_level=chosen.log_level,
        log_config=_log_config(chosen),
        access_log=False,  # the request log says more
        server_header=False,
        timeout_graceful_shutdown=FINISH_SECONDS,
    )
    return 0


def _model() -> str:
    from app.classifier import load_classifier  # onnxruntime costs a parent of workers 50 MB

    model = load_classifier().description
    return f"{model.name} version {model.version} answers the known song as recorded"


def _log_config(chosen: Settings) -> dict[str, Any]:
    config: dict[str, Any] = copy.deepcopy(LOGGING_CONFIG)
    level = "DEBUG" if chosen.log_level == "trace" else chosen.log_level.upper()
    config["loggers"]["app"] = {"handlers": ["default"], "level": level, "propagate": False}
    return config


if __name__ == "__main__":
    sys.exit(main())
