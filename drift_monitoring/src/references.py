"""Which reference is meant by what the user wrote: a table, a profile, or a window of the log."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from src.errors import InputError
from src.log_files import Places
from src.plan import Plan
from src.profile import SUFFIX, read_profile
from src.readers import Readers, ThisProcess
from src.reference import Reference, reference_of_log, reference_of_table
from src.request_log import read_request_log
from src.slices import Slices, moment


def read_reference(
    meant: str | Path,
    logs: Places | None = None,
    readers: Readers | None = None,
    by_genre: bool = False,
) -> Reference:
    """Read a reference.

    Parameters
    ----------
    meant : str or path
        A CSV file, a profile (.npz), or a window of the log as START/END, two times in ISO 8601.
    logs : path, or a sequence of them, optional
        The request log, for a window of it.
    readers : Readers, optional
        Without them, it is read here.
    by_genre : bool
        The songs of a table are wanted by genre too; a profile has them as it was saved.

    Raises
    ------
    InputError
        When it cannot be read, or a window is meant and holds no songs.
    """
    readers = readers or ThisProcess()
    window = window_of(meant)
    if window is None:
        path = Path(meant)
        if path.suffix == SUFFIX:
            return read_profile(path)
        return readers.while_starting(_read_table, path, by_genre)
    if logs is None:
        raise InputError(f"reference: {meant} is a window of a request log; --mode online has one")
    part, counts = read_request_log(logs, Plan(slices=window), readers)
    reference = reference_of_log(part, counts, f"request log, {meant}")
    if reference is None:
        raise InputError(
            f"reference: the request log has no songs in {meant}; it has "
            f"{counts.outside:,} lines of other times"
        )
    return reference


def _read_table(path: Path, by_genre: bool) -> Reference:
    # Here, so that the processes that read logs do not load the library of tables.
    from src.tables import read_table

    return reference_of_table(read_table(path, by_genre), str(path))


def window_of(meant: str | Path) -> Slices | None:
    """The window START/END of a log; None where a file is meant."""
    start, slash, end = str(meant).partition("/")
    if not slash or not (_is_time(start) and _is_time(end)):
        return None
    return Slices(since=moment(start, "reference"), until=moment(end, "reference"))


def after(window: Slices | None, slices: Slices) -> Slices:
    """The slices of what is compared with a window of the same log: by default, what follows it.

    Raises
    ------
    InputError
        When the two overlap: songs would be compared with themselves.
    """
    if window is None:
        return slices
    slices = slices if slices.since else replace(slices, since=window.until)
    ends_before = slices.until and window.since and slices.until <= window.since
    if slices.since and window.until and slices.since < window.until and not ends_before:
        raise InputError(
            f"since: {slices.since.isoformat()} lies in or before the reference, which ends "
            f"{window.until.isoformat()}: songs would be compared with themselves"
        )
    return slices


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
