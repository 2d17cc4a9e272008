"""A full request log makes way for a new one."""

import fcntl
import os
from datetime import UTC, datetime
from pathlib import Path


def rotate(path: Path, descriptor: int, keep: int) -> None:
    """Rename a full file, unless another process has done so, and remove the oldest full ones.

    Nothing is lost: who still has the file open writes on into it under its new name, and looks at
    the path before its next line.

    Parameters
    ----------
    path : Path
        Of the file. A full one is named by the time: `api_requests.20101231T235959.999999.jsonl`.
    descriptor : int
        Of the file, open.
    keep : int
        How many full files to keep; 0 is all.

    Raises
    ------
    OSError
        When the folder allows no renaming.
    """
    fcntl.flock(descriptor, fcntl.LOCK_EX)  # on the full file: the next one has a lock of its own
    try:
        if not os.path.samestat(os.stat(path), os.fstat(descriptor)):
            return
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
        path.rename(path.with_name(f"{path.stem}.{now}{path.suffix}"))
        full = sorted(path.parent.glob(f"{path.stem}.*{path.suffix}"))
        for old in full[:-keep] if keep else []:
            old.unlink(missing_ok=True)
    except FileNotFoundError:
        pass  # renamed by another process, which has not made the new file yet
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
