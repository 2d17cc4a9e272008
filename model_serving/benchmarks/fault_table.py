"""What is lost when something goes wrong under load: a table in Markdown.

    python benchmarks/fault_table.py --model_dir models [--image spotify-api] [--times N]

Each fault happens to a real service while requests come over 32 connections. With --image, which
needs Docker, it happens to containers too.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

PART = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PART))

from container_faults import close_folder, fill_container, kill_containers, stop_container
from faults import SCENARIOS, Result, try_process


def main(argv: Sequence[str] | None = None) -> int:
    """Try every fault and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model_dir", type=Path, default=PART / "models")
    parser.add_argument("--image", help="an image of the service, to try containers too")
    parser.add_argument("--requests", type=int, default=20_000, help="(%(default)s)")
    parser.add_argument("--times", type=int, default=10, help="containers killed (%(default)s)")
    chosen = parser.parse_args(argv)
    trials: dict[str, Callable[[Path], Result]] = {
        name: partial(
            try_process, scenario, chosen.model_dir.resolve(), requests=chosen.requests
        )
        for name, scenario in SCENARIOS.items()
    }
    if chosen.image:
        trials |= {
            f"container killed {chosen.times} times": lambda folder: kill_containers(
                chosen.image, folder, chosen.requests, chosen.times
            ),
            "container stopped": lambda f: stop_container(chosen.image, f, chosen.requests),
            "log folder full, container": lambda f: fill_container(chosen.image, chosen.requests),
            "log folder read-only, container": lambda f: close_folder(
                chosen.image, f, chosen.requests
            ),
        }
    print("| fault | answered | cut off | answered without a line | counted as lost | torn |")
    print("|---|---|---|---|---|---|")
    for name, attempt in trials.items():
        with tempfile.TemporaryDirectory() as folder:
            found = attempt(Path(folder))
        numbers = (found.answered, found.cut_off, found.missing, found.counted, found.torn)
        print(f"| {name} |", " | ".join(f"{number:,}" for number in numbers), "|", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
