"""What the service tells of itself on stderr: one JSON object a line, whatever a request holds."""

from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS

# JSON escapes line breaks and control characters, so that nobody can add a line of his own.
_FORMATTER = {
    "()": "pythonjsonlogger.json.JsonFormatter",
    "fmt": ["asctime", "levelname", "name", "process", "message"],
    "rename_fields": {"asctime": "timestamp", "levelname": "level", "name": "logger"},
    "datefmt": "%Y-%m-%dT%H:%M:%S%z",
    "reserved_attrs": [*RESERVED_ATTRS, "color_message"],  # uvicorn says it twice for terminals
}


def log_config(level: str) -> dict[str, Any]:
    """The configuration of `logging`, also of uvicorn's part in it.

    Parameters
    ----------
    level : str
        LOG_LEVEL.

    Returns
    -------
    dict
        For `logging.config.dictConfig`.
    """
    # uvicorn has a level of its own below debug
    own = "DEBUG" if level == "trace" else level.upper()
    logger = {"handlers": ["stderr"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": _FORMATTER},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "loggers": {"app": logger | {"level": own}, "uvicorn": logger | {"level": own}},
    }
