"""Which files of a request log there are behind a URL that fsspec understands."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from src.errors import InputError
from src.log_files import LOG_NAME
from src.remote_errors import KNOWN, explained, is_http, shown

GLOB = re.compile(r"[*?[]")
# What file systems call the sign by which a file's content is known to be the same as before.
VERSION_KEYS = (
    "ETag", "etag", "Content-MD5", "Last-Modified", "LastModified", "mtime", "md5Hash", "updated",
)  # fmt: skip
IDLE_SECONDS = 60


@dataclass(frozen=True)
class RemoteFile:
    """A file behind a URL.

    Attributes
    ----------
    path : str
        As its file system calls it.
    name : str
        Where it goes, relative to the folder that it is fetched to.
    size : int or None
        In bytes, where the file system says so.
    version : str or None
        Changes with the content; None where the file system gives no sign of it.
    """

    path: str
    name: str
    size: int | None
    version: str | None


def remote_files(url: str) -> tuple[Any, list[RemoteFile]]:
    """The files behind a URL, and the file system that they are in.

    Parameters
    ----------
    url : str
        Of one file; of a folder, whose *.jsonl files are meant, rotated and packed ones too; or a
        glob, whose files keep their folders below the part without wildcards. By http(s) one file
        only, as folders cannot be listed there.

    Raises
    ------
    InputError
        When the URL cannot be understood or reached, or has no such file.
    """
    if not url.strip():
        raise InputError(f"the URL is empty; {KNOWN}")
    with explained(url):
        import fsspec

        system, path = fsspec.core.url_to_fs(url, skip_instance_cache=True, **_options(url))
        if is_http(url):
            found = [system.info(path)]
        elif GLOB.search(path):
            found = list(system.glob(path, detail=True).values())
        elif system.isdir(path):
            listed = system.ls(path, detail=True)
            found = [info for info in listed if LOG_NAME.search(info["name"])]
        else:
            found = [system.info(path)]
    base = _base(path, found)
    files = [_file(url, info, base) for info in found if info["type"] == "file"]
    if not files:
        raise InputError(
            f"{shown(url)}: no request log is there; wanted a file, a folder with *.jsonl files "
            "(also .jsonl.1 and .jsonl.gz), or a glob such as s3://bucket/logs/*/*.jsonl*"
        )
    return system, sorted(files, key=lambda file: file.name)


def _options(url: str) -> dict[str, Any]:
    if url.startswith(("s3://", "s3a://")):
        # One part after the other: ten at once would hold 500 MB.
        return {"max_concurrency": 1, "use_listings_cache": False}
    if not is_http(url):
        return {}
    import aiohttp

    # However long a file takes, as long as something comes; and as it is, packed or not.
    patience = aiohttp.ClientTimeout(total=None, connect=IDLE_SECONDS, sock_read=IDLE_SECONDS)
    asked = {"Accept-Encoding": "identity"}
    return {"client_kwargs": {"timeout": patience, "headers": asked, "auto_decompress": False}}


def _base(path: str, found: list[dict[str, Any]]) -> str:
    """The folder that names of files are relative to."""
    if len(found) == 1 and found[0]["name"] == path:
        return path.rpartition("/")[0]
    wildcard = GLOB.search(path)
    return path[: wildcard.start()].rpartition("/")[0] if wildcard else path.rstrip("/")


def _file(url: str, info: dict[str, Any], base: str) -> RemoteFile:
    path = str(info["name"])
    # Without what a signed URL adds, which is another one each time.
    plain = shown(path) if is_http(url) else path
    name = plain.rpartition("/")[2] if is_http(url) else plain.removeprefix(base).lstrip("/")
    if not name or ".." in PurePosixPath(name).parts:
        raise InputError(f"{shown(url)}: {plain!r} has no name that a file here could have")
    signs = [str(info[key]) for key in VERSION_KEYS if info.get(key)]
    content = "\n".join([plain, str(info.get("size")), *signs])
    version = hashlib.sha256(content.encode()).hexdigest() if signs else None
    return RemoteFile(path, name, info.get("size"), version)
