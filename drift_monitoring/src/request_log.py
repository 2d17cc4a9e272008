"""A request log of any number of files, read task by task."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from src.log_files import Places, log_files
from src.log_lines import NAMED
from src.log_part import LogPart
from src.log_tasks import tasks_of
from src.plan import Plan
from src.readers import Readers, ThisProcess


@dataclass
class LogCounts:
    """What was found in a request log; every line that is not blank counts as one kind.

    Attributes
    ----------
    files, damaged_files : list of str
        All files, and those of them whose packed data are damaged or end early; what comes before
        the damage is used.
    lines : int
        Lines read: used, rejected, invalid, torn and outside ones.
    used : int
        Songs that were answered.
    rejected : int
        Requests that were answered by an error (status 400 and above); no song is taken from them.
    invalid : int
        No JSON object, or a feature that is missing, no number, or outside its range; of these:
    missing, out_of_range : int
        Answered requests with a feature that is missing or no number, and outside its range.
    torn : int
        Last lines of files that were cut off, or were just being written.
    outside : int
        Used and rejected ones of another time than asked for, or of none that can be read.
    unusable_lines : list of dict
        file, line (from 1) and fault of the first invalid and torn lines.
    first_timestamp, last_timestamp : str or None
        Of the used and rejected lines, ISO 8601 in UTC.
    """

    files: list[str] = field(default_factory=list)
    damaged_files: list[str] = field(default_factory=list)
    lines: int = 0
    used: int = 0
    rejected: int = 0
    invalid: int = 0
    missing: int = 0
    out_of_range: int = 0
    torn: int = 0
    outside: int = 0
    unusable_lines: list[dict[str, Any]] = field(default_factory=list)
    first_timestamp: str | None = None
    last_timestamp: str | None = None


def read_request_log(
    places: Places, plan: Plan, readers: Readers | None = None
) -> tuple[LogPart, LogCounts]:
    """Read the songs that the service was asked about; lines that hold none are counted.

    Parameters
    ----------
    places : path, or a sequence of them
        Files, folders and globs, as `log_files` takes them.
    plan : Plan
    readers : Readers, optional
        Without them, it is read here. What is found is the same.

    Raises
    ------
    InputError
        When there is no log, or readers cannot read it.
    """
    files = log_files(places)
    part = (readers or ThisProcess()).sum_of(tasks_of(files), plan)
    return part, _counts(files, part)


def _counts(files: list[Path], part: LogPart) -> LogCounts:
    found = LogCounts(files=list(map(str, files)))
    found.first_timestamp, found.last_timestamp = _utc(part.first), _utc(part.last)
    before: dict[str, int] = {}
    for block, counts in part.blocks:
        first = before.get(block.path, 0)
        before[block.path] = first + counts.numbered
        for kind in ("used", "rejected", "invalid", "torn", "missing", "out_of_range"):
            setattr(found, kind, getattr(found, kind) + getattr(counts, kind))
        if counts.damaged:
            found.damaged_files.append(block.path)
        found.unusable_lines += [
            {"file": block.path, "line": first + number, "fault": fault}
            for number, fault in counts.unusable
        ][: NAMED - len(found.unusable_lines)]
    found.lines = found.used + found.rejected + found.invalid + found.torn
    found.outside = part.outside
    found.used -= part.outside - (found.rejected - part.rejected)
    found.rejected = part.rejected
    return found


def _utc(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat(timespec="milliseconds") if time else None
