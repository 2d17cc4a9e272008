"""What goes wrong when files are fetched from elsewhere, in one sentence without secrets."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from src.errors import InputError

USER = re.compile(r"^([a-z][a-z0-9+.-]*://)([^/]*@)", re.IGNORECASE)
QUERY = re.compile(r"(?<=.)[?#].*")
KNOWN = "wanted a path, or such as s3://bucket/folder or https://host/api_requests.jsonl"


def is_http(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def shown(url: str) -> str:
    """A URL without the parts of it that may be secret: user, password, and a signed query."""
    plain = USER.sub(r"\1", url)
    return QUERY.sub("", plain) if is_http(url) else plain


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn what a file system of fsspec raises into an InputError that names the URL.

    Raises
    ------
    InputError
        When the protocol or its library is not known, nothing is there, or it cannot be read.
    """
    try:
        yield
    except ImportError as error:
        raise InputError(
            f"{shown(url)}: a library is missing ({error}); install requirements-remote.txt"
        ) from error
    except _failures() as error:
        raise InputError(f"{shown(url)}: {_sentence(url, error)}") from None


def _failures() -> tuple[type[Exception], ...]:
    """What the libraries raise; those that no URL has made fsspec load are left alone."""
    failures: list[type[Exception]] = [OSError, ValueError]
    if "aiohttp" in sys.modules:
        from aiohttp import ClientError

        failures.append(ClientError)
    if "botocore" in sys.modules:
        from botocore.exceptions import BotoCoreError

        failures.append(BotoCoreError)
    return tuple(failures)


def _sentence(url: str, error: BaseException) -> str:
    if is_http(url) and isinstance(error, FileNotFoundError) and error.__cause__:
        # fsspec calls all that goes wrong there so.
        error = error.__cause__
    if status := getattr(error, "status", None):
        return f"the server answered {status} {getattr(error, 'message', '')}".rstrip()
    kind = type(error).__name__
    text = _without_secrets(url, str(error)).rstrip(".")
    if kind in ("NoCredentialsError", "PartialCredentialsError"):
        return f"{text}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    if isinstance(error, PermissionError):
        return f"access denied ({text})"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, FileNotFoundError):
        return f"nothing is there ({text})"
    if text.startswith("Protocol not known"):
        return f"{text[0].lower()}{text[1:]}; {KNOWN}"
    return f"it cannot be read: {text or kind}"


def _without_secrets(url: str, text: str) -> str:
    text = text.replace(url, shown(url))
    user, query = USER.match(url), QUERY.search(url)
    secrets = [user[2] if user else "", query[0] if query and is_http(url) else ""]
    for secret in filter(None, secrets):
        text = text.replace(secret, "")
    return text
