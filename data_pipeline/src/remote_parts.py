"""Parts on object storage, by fsspec, which is imported only where a URL asks for it."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from src.command import PipelineError
from src.parts import Part, changed

USER = re.compile(r"(?<=://)[^/]*@")
# By which storage tells content: of S3 and Azure, of Google; otherwise the time of the last change.
VERSION_KEYS = ("ETag", "etag", "md5Hash", "LastModified", "mtime", "created")


def remote_parts(url: str, is_part: re.Pattern[str]) -> list[Part]:
    """The parts behind a URL, in the order of their names.

    Parameters
    ----------
    url : str
        Of one file, of a folder, or a glob.
    is_part : pattern
        What in the path of a file says that it is a part, where a folder is meant.

    Raises
    ------
    PipelineError
        When the URL cannot be understood or reached.
    """
    with explained(url):
        system, path = _file_system(url)
        if re.search(r"[*?[]", path):
            found = list(system.glob(path, detail=True).values())
        elif system.isdir(path):
            listed = system.ls(path, detail=True)
            found = [info for info in listed if is_part.search(info["name"])]
        else:
            found = [system.info(path)]
        parts = [
            Part(system.unstrip_protocol(info["name"]), info["size"], _version(url, info))
            for info in found
            if info["type"] == "file"
        ]
    return sorted(parts, key=lambda part: part.path)


@contextmanager
def open_remote(part: Part, ahead: int) -> Iterator[Any]:
    """Open a part on object storage; see `src.part_files.opened`."""
    with explained(part.path):
        system, path = _file_system(part.path)
        info = system.info(path)
        found = Part(part.path, info["size"], _version(part.path, info))
        if part.version and (found.size, found.version) != (part.size, part.version):
            then = f"{part.size:,} bytes, {part.version} then"
            raise changed(part, f"{then}, {found.size:,} bytes, {found.version} now")
        with system.open(path, "rb", block_size=ahead, cache_type="readahead") as file:
            yield file


def shown(url: str) -> str:
    """A URL without user and password."""
    return USER.sub("", url)


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn what fsspec and its file systems raise into a PipelineError that names the URL."""
    try:
        yield
    except ImportError as error:
        raise PipelineError(
            f"{shown(url)}: a library is missing ({error}); install requirements-dask.txt"
        ) from error
    except _failures() as error:
        raise PipelineError(f"{shown(url)}: {_sentence(error)}") from error


def _file_system(url: str) -> tuple[Any, str]:
    import fsspec

    # What is there now counts, not what was there when this process looked first.
    options = {"use_listings_cache": False} if url.startswith(("s3://", "s3a://")) else {}
    system, path = fsspec.core.url_to_fs(url, **options)
    return system, str(path)


def _version(url: str, info: dict[str, Any]) -> str:
    for key in VERSION_KEYS:
        if value := info.get(key):
            return key.lower() + ":" + str(value).strip('"')
    raise PipelineError(
        f"{shown(url)}: the storage does not say by what a changed file could be told ("
        f"{', '.join(VERSION_KEYS)}); copy the parts to a folder, or to another storage"
    )


def _failures() -> tuple[type[Exception], ...]:
    """What the libraries raise; one that no URL has made fsspec load is left alone."""
    failures: list[type[Exception]] = [OSError, ValueError]
    if "botocore" in sys.modules:
        from botocore.exceptions import BotoCoreError

        failures.append(BotoCoreError)
    return tuple(failures)


def _sentence(error: BaseException) -> str:
    text = str(error).rstrip(".") or type(error).__name__
    if type(error).__name__ in ("NoCredentialsError", "PartialCredentialsError"):
        return f"{text}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    if isinstance(error, PermissionError):
        return f"access denied ({text})"
    if isinstance(error, FileNotFoundError):
        return f"nothing is there ({text})"
    return f"it cannot be read: {text}"
