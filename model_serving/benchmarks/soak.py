"""Whether the memory of the service stays flat under load: a table in Markdown.

    python benchmarks/soak.py --model_dir models [--minutes 10] [--workers 1]

Songs, batches and bad requests come over 32 connections all the time, and the log is rotated. Ends
with 1 when a worker's memory in the last tenth of the time is more than 5 % over that in the second
tenth; in the first one everything is used for the first time. Needs wrk.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

PART = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PART))

import httpx2
from services import Service, own
from wrk import random_songs, run_wrk, write_script

PARTS = 10
ALLOWED = 1.05
ROTATION = {"LOG_ROTATE_MIB": "64", "LOG_KEEP": "2"}


def main(argv: Sequence[str] | None = None) -> int:
    """Load the service and watch its memory.

    Returns
    -------
    int
        0 when it stays flat, 1 when it grows.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model_dir", type=Path, default=PART / "models")
    parser.add_argument("--minutes", type=float, default=10, help="(%(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="(%(default)s)")
    chosen = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        service = own(chosen.model_dir.resolve(), folder, chosen.workers)
        service.variables |= ROTATION
        script = write_script(folder, "songs", random_songs())
        service.start()
        stopped = threading.Event()
        aside = threading.Thread(target=_ask_aside, args=(service.url, stopped))
        try:
            aside.start()
            memory = _watch(service, script, chosen.minutes * 60 / PARTS)
        finally:
            stopped.set()
            aside.join()
            service.stop()
        kept = len(list(folder.rglob("api_requests.*.jsonl")))
    growth = memory[-1] / memory[1]
    print(f"\nMemory {growth - 1:+.1%} since the second tenth; {kept} full logs kept.")
    return 0 if growth <= ALLOWED else 1


def _watch(service: Service, script: Path, seconds: float) -> list[float]:
    """The median memory of each part of the time, in MB."""
    memory = []
    print("| minutes | requests/s | p99 ms | worker MB |\n|---|---|---|---|")
    for number in range(PARTS):
        samples: list[float] = []
        done = threading.Event()
        sampler = threading.Thread(target=_sample, args=(service, samples, done))
        sampler.start()
        load = run_wrk(service.url, script, 32, int(seconds))
        done.set()
        sampler.join()
        memory.append(median(samples))
        minutes = (number + 1) * seconds / 60
        row = f"| {minutes:.1f} | {load.rate:,.0f} | {load.p99:.1f} | {memory[-1]:.1f} |"
        print(row, flush=True)
    return memory


def _sample(service: Service, samples: list[float], done: threading.Event) -> None:
    while not done.is_set():
        samples.append(service.worker_mb())
        done.wait(0.5)


def _ask_aside(url: str, stopped: threading.Event) -> None:
    """What else comes: batches with bad songs, bad bodies, the metrics, new connections."""
    songs = random_songs(100)
    while not stopped.is_set():
        httpx2.post(f"{url}/batch?top_k=3", json={"songs": [*songs, {}]}, timeout=30)
        httpx2.post(url, json={"tempo": -1}, timeout=30)
        httpx2.get(url.replace("/predict", "/metrics"), timeout=30)
        httpx2.get(url.replace("/predict", f"/{time.monotonic()}"), timeout=30)
        stopped.wait(0.2)


if __name__ == "__main__":
    sys.exit(main())
