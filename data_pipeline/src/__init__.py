"""From songs.csv to a champion in the model registry.

What follows must be said before the libraries concerned are first imported, so it is said here.
"""

import os

# Threads that spin while they wait make XGBoost ten times slower when the machine has other work.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# onnxruntime leaves a device id in ~/.cache, and both report to their makers.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
