"""Runs wrk (Debian and Homebrew have it) with a thousand different songs."""

import json
import random
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.schemas import FEATURES, SpotifyFeatures

SONGS = 1000
_SCALE = {"us": 0.001, "ms": 1.0, "s": 1000.0}
_SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local requests, next = {}, 0
function init()
  for body in io.lines("%s") do requests[#requests + 1] = wrk.format(nil, nil, nil, body) end
end
function request()
  next = next %% #requests + 1
  return requests[next]
end
"""


@dataclass(frozen=True)
class Load:
    """What wrk saw: requests per second, and percentiles of the latency in milliseconds."""

    rate: float
    p50: float
    p99: float


def random_songs(count: int = SONGS, seed: int = 2010) -> list[dict[str, Any]]:
    """Songs with every feature anywhere in the range that the page's sliders have.

    The same song again and again would be judged twice as fast, as a processor learns the way
    through the trees by heart.
    """
    rng = random.Random(seed)
    schema = SpotifyFeatures.model_json_schema()["properties"]
    usual = {"tempo": (60, 200), "duration_ms": (60_000, 400_000), "loudness": (-30, 0)}
    songs = []
    for _ in range(count):
        song: dict[str, Any] = {}
        for feature in FEATURES:
            lowest, highest = usual.get(
                feature, (schema[feature]["minimum"], schema[feature]["maximum"])
            )
            whole = schema[feature]["type"] == "integer" or feature == "duration_ms"
            value = rng.uniform(lowest, highest)
            song[feature] = round(value) if whole else round(value, 4)
        songs.append(song)
    return songs


def write_script(folder: Path, name: str, bodies: list[Any]) -> Path:
    """A script for wrk that sends bodies in turn."""
    content = folder / f"{name}.jsonl"
    content.write_text("".join(json.dumps(body) + "\n" for body in bodies))
    script = folder / f"{name}.lua"
    script.write_text(_SCRIPT % content)
    return script


def run_wrk(url: str, script: Path, connections: int, seconds: float) -> Load:
    """Load a service.

    Raises
    ------
    SystemExit
        When it refuses requests, or wrk prints something unknown.
    """
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script)]
    found = subprocess.run(["wrk", *options, url], capture_output=True, text=True, check=True)
    if "Non-2xx" in found.stdout or "Socket errors" in found.stdout:
        raise SystemExit(f"{url} refused requests:\n{found.stdout}")
    rate = re.search(r"Requests/sec: +([\d.]+)", found.stdout)
    shares = dict(re.findall(r"(50|99)% +([\d.]+[mu]?s)", found.stdout))
    if rate is None or len(shares) != 2:
        raise SystemExit(f"wrk answered otherwise than expected:\n{found.stdout}")
    return Load(float(rate[1]), _milliseconds(shares["50"]), _milliseconds(shares["99"]))


def _milliseconds(text: str) -> float:
    number = text.rstrip("mus")
    return float(number) * _SCALE[text[len(number) :]]
