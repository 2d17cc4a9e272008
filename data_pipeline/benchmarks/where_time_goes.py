"""Run the stage `train`, and write down where its time went.

Usage: where_time_goes.py STARTED OUTPUT [arguments of train.py]; STARTED is the time in seconds
since the epoch at which this process was started.
"""

import dataclasses
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path.cwd()))

from src import families, train

# What is timed in the module src.train, and what that time is called.
PARTS = {
    "read_songs": "reading",
    "training_data": "splitting",
    "fingerprint": "splitting",
    "connect": "connecting to MLflow",
    "fit_candidate": "fitting, converting, scoring",
    "log_candidate": "recording in MLflow",
}
FITS = ("fit", "refit")


class Clock:
    """Seconds by name; what is timed inside something else is not counted there."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inner = [0.0]

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, whose time is added up under a name."""

        def run(*arguments: Any, **options: Any) -> Any:
            self._inner.append(0.0)
            start = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                whole = time.perf_counter() - start
                own = whole - self._inner.pop()
                self._inner[-1] += whole
                self.seconds[name] = self.seconds.get(name, 0.0) + own

        return run


def main(started: float, output: str, arguments: list[str]) -> int:
    clock = Clock()
    clock.seconds["starting Python, importing"] = time.time() - started
    for attribute, name in PARTS.items():
        setattr(train, attribute, clock.timed(name, getattr(train, attribute)))
    for family, recipe in families.FAMILIES.items():
        fits = {
            field.name: clock.timed(f"bare fit, {family}", getattr(recipe, field.name))
            for field in dataclasses.fields(recipe)
            if field.name in FITS
        }
        families.FAMILIES[family] = dataclasses.replace(recipe, **fits)
    code = train.main(arguments)
    clock.seconds["all the rest"] = time.time() - started - sum(clock.seconds.values())
    Path(output).write_text(json.dumps(clock.seconds), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2], sys.argv[3:]))
