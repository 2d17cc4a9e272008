"""Requests per second of the service and of what else serves such a model: a table in Markdown.

    python benchmarks/serving.py --model_dir models --rivals benchmarks/.venv/bin/python

All services are up at the same time, and are loaded one after the other, in several rounds; a
figure is the median of its rounds. Needs wrk (Debian and Homebrew have it).
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

PART = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PART))

from services import Service, baselines, own
from wrk import Load, random_songs, run_wrk, write_script

CONNECTIONS = (1, 32)
BATCH_CONNECTIONS = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Measure every service and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model_dir", type=Path, default=PART / "models")
    parser.add_argument("--rivals", type=Path, help="the python of requirements-rivals.txt")
    parser.add_argument("--native", type=Path, help="the champion's model.ubj")
    parser.add_argument("--rounds", type=int, default=5, help="(%(default)s)")
    parser.add_argument("--seconds", type=float, default=4, help="of each (%(default)s)")
    chosen = parser.parse_args(argv)
    model_dir = chosen.model_dir.resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        services = [own(model_dir, folder), own(model_dir, folder, workers=2)]
        if chosen.rivals:
            services += baselines(model_dir, folder, chosen.rivals.absolute(), chosen.native)
        try:
            for service in services:
                service.start()
            _compare(services, folder, chosen.rounds, chosen.seconds)
            _batches(services[:2], folder, chosen.rounds, chosen.seconds)
        finally:
            for service in services:
                if hasattr(service, "process"):
                    service.stop()
    return 0


def _compare(services: list[Service], folder: Path, rounds: int, seconds: float) -> None:
    songs = random_songs()
    scripts = {
        service.name: write_script(
            folder, f"{number}", [service.body(song) for song in songs]
        )
        for number, service in enumerate(services)
    }
    found: dict[tuple[str, int], list[Load]] = {}
    for number in range(rounds + 1):  # the first one warms up
        for service in services:
            for connections in CONNECTIONS:
                length = seconds if number else 1
                load = run_wrk(service.url, scripts[service.name], connections, int(length))
                if number:
                    found.setdefault((service.name, connections), []).append(load)
    titles = [
        f"{what}, {connections} conn."
        for connections in CONNECTIONS
        for what in ("req/s", "p50 ms", "p99 ms")
    ]
    print("|", " | ".join(["service", "first answer s", *titles, "worker MB"]), "|")
    print("|---" * (len(titles) + 3) + "|")
    for service in services:
        row = [service.name, f"{service.first_answer:.1f}"]
        for connections in CONNECTIONS:
            loads = found[service.name, connections]
            row.append(f"{median(load.rate for load in loads):,.0f}")
            row.append(f"{median(load.p50 for load in loads):.2f}")
            row.append(f"{median(load.p99 for load in loads):.2f}")
        print("|", " | ".join([*row, f"{service.worker_mb():.0f}"]), "|", flush=True)


def _batches(services: list[Service], folder: Path, rounds: int, seconds: float) -> None:
    songs = random_songs()
    script = write_script(folder, "batches", [{"songs": songs}])
    print("\n| POST /predict/batch, 1,000 songs | songs/s | p50 ms | p99 ms |\n|---|---|---|---|")
    for service in services:
        loads = [
            run_wrk(f"{service.url}/batch", script, BATCH_CONNECTIONS, int(seconds))
            for _ in range(rounds)
        ]
        rate = median(load.rate for load in loads) * len(songs)
        p50, p99 = (median(getattr(load, name) for load in loads) for name in ("p50", "p99"))
        print(f"| {service.name} | {rate:,.0f} | {p50:.1f} | {p99:.1f} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
