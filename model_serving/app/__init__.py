"""The champion as an HTTP service: POST /predict answers the genre of a song."""

import os

# Since 1.29 onnxruntime leaves a device id in ~/.cache and reports to its makers. It must be told
# before it is first imported, so this is the one thing that importing the app does by itself.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
