"""The Dask cluster that reads a request log, if one is named; without one nothing imports Dask."""

import hashlib
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import compress
from pathlib import Path
from typing import Any

import dotenv

from src.errors import InputError

VARIABLE = "DASK_SCHEDULER_ADDRESS"
ADDRESS = re.compile(r"(tcp|tls|ws|wss)://[^/\s]+:\d+")
PART = Path(__file__).resolve().parents[1]
ANSWER_SECONDS = 10
WORKER_SECONDS = 30
# What is under way when the connection is closed fails in the loop that Dask runs on.
CHATTY = ("distributed", "distributed.client", "tornado.application", "asyncio")


def scheduler_address(option: str | None = None) -> str | None:
    """The scheduler that was named: by the option --scheduler, the environment, or .env.

    Raises
    ------
    InputError
        When what was named is no address.
    """
    dotenv.load_dotenv(PART.parent / ".env")
    address = option or os.environ.get(VARIABLE) or None
    if address and not ADDRESS.fullmatch(address):
        raise InputError(
            f"{address!r} is no address of a Dask scheduler ({VARIABLE} or --scheduler); wanted "
            "something like tcp://127.0.0.1:8786"
        )
    return address


@cache
def code_digest() -> str:
    """SHA-256 of this part's modules: workers must run the same ones.

    It is that of the first call: the modules that a worker has loaded stay what they were when the
    files change under it.
    """
    digest = hashlib.sha256()
    for path in sorted((PART / "src").rglob("*.py")):
        digest.update(path.relative_to(PART).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """A `distributed.Client` of a cluster whose workers run this code.

    What it was told to do and has not done at the end is given up.

    Parameters
    ----------
    address : str
        Of the scheduler: tcp://host:8786.

    Raises
    ------
    InputError
        When Dask is not installed, no scheduler answers, it has no worker, or a worker does not
        answer, or runs other code or other versions.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            f"the scheduler {address} is named ({VARIABLE} or --scheduler), but Dask is not "
            "installed: install requirements-dask.txt, or name none"
        ) from None
    # What goes wrong is raised, and told once; they would log it too, with all that led to it.
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=ANSWER_SECONDS)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"no Dask scheduler answers at {address} ({VARIABLE} or --scheduler): start one with "
            f"'make scheduler', or name none to work on this machine alone ({_first_line(error)})"
        ) from error
    try:
        _check_workers(client, address)
        yield client
    finally:
        client.close(timeout=ANSWER_SECONDS)


def _check_workers(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=WORKER_SECONDS)
    except TimeoutError:
        raise InputError(
            f"the scheduler {address} has had no worker for {WORKER_SECONDS} s; start some with "
            f"'make worker PART={PART.name} SCHEDULER={address}'"
        ) from None
    workers = sorted(client.scheduler_info()["workers"])
    if silent := client.sync(_silent, client, workers):
        raise InputError(
            f"the workers {', '.join(silent)} of {address} have not answered for {WORKER_SECONDS} "
            "s: end them, or start them anew"
        )
    _check_versions(client.get_versions(), address)
    digests = client.run(code_digest, on_error="return")
    others = sorted(worker for worker, digest in digests.items() if digest != code_digest())
    if others:
        raise InputError(
            f"{len(others)} of {len(digests)} workers of {address} do not run the code of this "
            f"{PART.name} ({', '.join(others[:3])}): start them anew from the same commit, with "
            f"'make worker PART={PART.name} SCHEDULER={address}'"
        )


async def _silent(client: Any, workers: list[str]) -> list[str]:
    """Those workers that hang, or cannot be reached from the scheduler."""
    # Here, because it takes a while to load, and who names no scheduler does not need it.
    import asyncio

    async def is_silent(worker: str) -> bool:
        asked = client.run(os.getpid, workers=[worker], on_error="ignore")
        try:
            return worker not in await asyncio.wait_for(asked, WORKER_SECONDS)
        except TimeoutError:
            return True

    return list(compress(workers, await asyncio.gather(*map(is_silent, workers))))


def _check_versions(found: dict[str, Any], address: str) -> None:
    """Refuse workers with another Python, Dask or NumPy, of which Dask itself only warns."""
    own = found["client"]["packages"]
    for worker, about in sorted(found["workers"].items()):
        other = [
            f"{name} {version} instead of {own.get(name)}"
            for name, version in about["packages"].items()
            if version != own.get(name)
        ]
        if other:
            raise InputError(
                f"the worker {worker} of {address} has other versions ({', '.join(other)}): "
                "install the same requirements-dask.txt there, and start it anew"
            )


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
