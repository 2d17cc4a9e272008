"""The service's settings, from the environment or from .env at the repository's root."""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

from dotenv import dotenv_values
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

from app.errors import ServingError

PART = Path(__file__).resolve().parents[1]
LEVELS = ("critical", "error", "warning", "info", "debug", "trace")


def _whole(lowest: int, highest: int) -> BeforeValidator:
    def parse(text: str) -> int:
        # isdecimal also holds for digits of other scripts, and int takes thousands of them.
        if text.isascii() and text.isdecimal() and len(text) < 10:
            if lowest <= int(text) <= highest:
                return int(text)
        raise ValueError(f"a whole number from {lowest} to {highest}")

    return BeforeValidator(parse)


def _level(text: str) -> str:
    if text.lower() not in LEVELS:
        raise ValueError(f"one of {', '.join(LEVELS)}")
    return text.lower()


def _rate(text: str) -> str:
    from limits import parse  # who sets no limit does not wait for the import

    try:
        parse(text)
    except ValueError:
        raise ValueError("a rate such as 100/second or 2000/minute") from None
    return text


Location = Annotated[Path, AfterValidator(lambda path: PART / path)]


class Settings(BaseModel, frozen=True):
    """What can be set, each by the variable of its name in capitals.

    Relative paths count from the part's folder, wherever the service is started.
    """

    model_dir: Location = Field(PART / "models", description="the model's folder")
    log_dir: Location = Field(PART / "logs", description="the request log's folder")
    genre_priors_file: Location | None = Field(
        None, description="the mix of genres to adapt answers to; unset: the model's own"
    )
    web_concurrency: Annotated[int, _whole(1, 64)] = Field(
        1, description="processes, each with a model of its own"
    )
    port: Annotated[int, _whole(1, 65535)] = Field(8000, description="the port to listen on")
    log_level: Annotated[str, BeforeValidator(_level)] = Field(
        "info", description=f"what stderr tells: {', '.join(LEVELS)}"
    )
    log_rotate_mib: Annotated[int, _whole(0, 1_000_000)] = Field(
        0, description="MiB after which a new request log is begun; 0 is never"
    )
    log_keep: Annotated[int, _whole(0, 100_000)] = Field(
        0, description="full request logs that are kept, the newest; 0 is all"
    )
    api_keys_file: Location | None = Field(
        None, description="who may ask (python -m app.api_keys); unset: everybody"
    )
    rate_limit: Annotated[str, AfterValidator(_rate)] | None = Field(
        None, description="for each key or address, such as 100/second; unset: none"
    )
    max_body_kib: Annotated[int, _whole(1, 1024)] = Field(64, description="KiB of a song's body")
    max_batch_kib: Annotated[int, _whole(1, 65536)] = Field(
        1024, description="KiB of a batch's body"
    )
    max_header_kib: Annotated[int, _whole(1, 1024)] = Field(
        16, description="KiB of a request's first line and headers"
    )
    request_seconds: Annotated[int, _whole(1, 600)] = Field(
        10, description="within which a request must have come in"
    )
    keep_alive_seconds: Annotated[int, _whole(1, 3600)] = Field(
        15, description="that a connection without requests is kept"
    )
    drain_seconds: Annotated[int, _whole(0, 600)] = Field(
        2, description="of SIGTERM with /ready at no, before the port is closed"
    )
    finish_seconds: Annotated[int, _whole(1, 600)] = Field(
        6, description="for open requests after that"
    )


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
        Of the variables of `Settings`; others are ignored.

    Raises
    ------
    ServingError
    """
    given = {name: text for name in Settings.model_fields if (text := values.get(name.upper()))}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        expected = first["ctx"]["error"]
    raise ServingError(
        f"{name.upper()}: {given[name]!r} is not {expected} (environment or .env)"
    )


def described_settings() -> str:
    """A line for every setting: its variable, default and meaning."""
    return "\n".join(
        f"  {name.upper():<18} {_shown(field.default):<6} {field.description}"
        for name, field in Settings.model_fields.items()
    )


def _shown(default: object) -> str:
    if isinstance(default, Path):
        return str(default.relative_to(PART))
    return "-" if default is None else str(default)
