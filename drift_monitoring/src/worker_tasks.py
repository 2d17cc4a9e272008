"""What the workers of a Dask cluster do for a report, and refuse to do; imports Dask."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from distributed import get_worker

from src.beside import Done
from src.cluster import code_digest
from src.core_turns import a_core
from src.errors import InputError
from src.log_part import LogPart
from src.log_reading import read_blocks
from src.log_tasks import Task
from src.plan import Plan


def read_on_worker(plan: Plan, folder: str, digest: str, packed: bytes) -> LogPart:
    """Read a task, which is packed, where this runs, on a worker.

    Parameters
    ----------
    plan : Plan
    folder : str
        What the paths of the task start from, if they are not absolute.
    digest : str
        Of the code that is to run.
    packed : bytes

    Raises
    ------
    InputError
        When a file is not there, cannot be read, or is shorter than where the task was made; or
        when the worker, which may have come after all were checked, runs other code.
    """
    _check_code(digest)
    task: Task = pickle.loads(packed)
    blocks = [replace(block, path=str(Path(folder, block.path))) for block in task.blocks]
    try:
        for block, size in zip(blocks, task.sizes, strict=True):
            found = Path(block.path).stat().st_size
            if found < size:
                raise _not_seen(block.path, f"it has {found:,} bytes there, and {size:,} here")
        with a_core():
            part = read_blocks(blocks, plan)
    except OSError as error:
        path = str(error.filename or blocks[0].path)
        raise _not_seen(path, error.strerror or str(error)) from None
    # In the report the files are called what they were called where it was asked for.
    counts = [counts for _, counts in part.blocks]
    return replace(part, blocks=list(zip(task.blocks, counts, strict=True)))


def work_on_worker(digest: str, work: Callable[..., Done], *about: Any) -> Done:
    """Do some work where this runs, on a worker, by the code with this digest.

    Raises
    ------
    InputError
        When the worker, which may have come after all were checked, runs other code.
    """
    _check_code(digest)
    return work(*about)


def _check_code(digest: str) -> None:
    if code_digest() != digest:
        raise InputError(
            f"the worker {get_worker().address}, which came after all were checked, runs other "
            "code: start it anew from the same commit"
        )


def _not_seen(path: str, why: str) -> InputError:
    return InputError(
        f"the worker {get_worker().address} cannot read {path} ({why}): workers read the log at "
        "the paths that it has here, so put it on storage that all machines share, or name no "
        "scheduler"
    )
