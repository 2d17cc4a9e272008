"""From songs.csv to a champion in the model registry.

What follows must be said before the libraries concerned are first imported, so it is said here.
"""

import os
import sys
from types import TracebackType

# Threads that spin while they wait make XGBoost several times slower beside other work.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# onnxruntime leaves a device id in ~/.cache, and both report to their makers.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")


def _without_trace(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Let Ctrl-C end a program in one line already while it imports its libraries."""
    if issubclass(kind, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _without_trace
