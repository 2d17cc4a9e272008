"""The service's settings, from the environment or from .env at the repository's root."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dotenv import dotenv_values

from app.errors import ServingError

PART = Path(__file__).resolve().parents[1]
LOG_LEVELS = ("critical", "error", "warning", "info", "debug", "trace")


@dataclass(frozen=True)
class Settings:
    """What can be set; relative folders count from the part's folder, wherever it is started."""

    model_dir: Path
    log_dir: Path
    workers: int
    port: int
    log_level: str


@cache
def settings() -> Settings:
    """The settings of this process; the environment wins over .env.

    Raises
    ------
    ServingError
        When a value makes no sense; the message names the variable and the value.
    """
    return parse_settings({**dotenv_values(PART.parent / ".env"), **os.environ})


def parse_settings(values: Mapping[str, str | None]) -> Settings:
    """Turn variables into settings; an empty variable counts as unset.

    Parameters
    ----------
    values : mapping
        Of MODEL_DIR, LOG_DIR, WEB_CONCURRENCY, PORT and LOG_LEVEL; others are ignored.

    Raises
    ------
    ServingError
    """
    return Settings(
        model_dir=PART / (values.get("MODEL_DIR") or "models"),
        log_dir=PART / (values.get("LOG_DIR") or "logs"),
        workers=_whole(values, "WEB_CONCURRENCY", 1, 1, 64),
        port=_whole(values, "PORT", 8000, 1, 65535),
        log_level=_level(values),
    )


def _whole(
    values: Mapping[str, str | None], name: str, default: int, lowest: int, highest: int
) -> int:
    text = values.get(name) or str(default)
    # isdecimal also holds for digits of other scripts, and int takes thousands of them.
    if text.isascii() and text.isdecimal() and len(text) < 10:
        number = int(text)
        if lowest <= number <= highest:
            return number
    raise ServingError(
        f"{name}: {text!r} is not a whole number from {lowest} to {highest} (environment or .env)"
    )


def _level(values: Mapping[str, str | None]) -> str:
    text = values.get("LOG_LEVEL") or "info"
    if text.lower() not in LOG_LEVELS:
        raise ServingError(
            f"LOG_LEVEL: {text!r} is none of {', '.join(LOG_LEVELS)} (environment or .env)"
        )
    return text.lower()
