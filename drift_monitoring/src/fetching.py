"""Files from elsewhere in a folder here: whole or not there, and none twice."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from src.errors import InputError
from src.files import draft_of, write_whole
from src.remote_errors import explained, shown
from src.remote_files import RemoteFile, remote_files

# What was fetched, so that it need not be again; hidden, so that no reader takes it for a log.
RECORD = ".fetched.json"


@dataclass(frozen=True)
class Fetched:
    """What a folder holds now.

    Attributes
    ----------
    files : int
        Those behind the URL.
    new : int
        Those of them that were fetched, as they were not there or have changed.
    bytes : int
        Of these.
    removed : int
        Files that were fetched from this URL before, and are gone there.
    """

    files: int
    new: int
    bytes: int
    removed: int


@dataclass(frozen=True)
class Entry:
    """What is known of a file that was fetched: from which URL (its hash), how long, and what."""

    source: str
    size: int
    version: str | None


def fetch(url: str, folder: Path) -> Fetched:
    """Copy the files behind a URL into a folder, and remove those that are gone there.

    A file that was rotated away would otherwise be counted twice, under its old and new name.

    Parameters
    ----------
    url : str
        As `remote_files` takes it.
    folder : path
        Is made.

    Raises
    ------
    InputError
        When something cannot be read; files that were fetched until then stay.
    OSError
        When a file cannot be written.
    """
    system, files = remote_files(url)
    source = hashlib.sha256(shown(url).encode()).hexdigest()
    record = _read(folder / RECORD)
    sizes = []
    for file in files:
        if not _unchanged(file, folder, record.get(file.name)):
            size = _fetch_file(url, system, file, folder)
            sizes.append(size)
            record[file.name] = Entry(source, size, file.version)
            _write(folder / RECORD, record)
    names = {file.name for file in files}
    gone = [name for name in record if record[name].source == source and name not in names]
    for name in gone:
        (folder / name).unlink(missing_ok=True)
        del record[name]
    _write(folder / RECORD, record)
    return Fetched(len(files), len(sizes), sum(sizes), len(gone))


def _unchanged(file: RemoteFile, folder: Path, entry: Entry | None) -> bool:
    if entry is None or file.version is None or file.version != entry.version:
        return False
    here = folder / file.name
    return here.is_file() and here.stat().st_size == entry.size


def _fetch_file(url: str, system: Any, file: RemoteFile, folder: Path) -> int:
    with draft_of(folder / file.name) as draft:
        with explained(url):
            system.get_file(file.path, str(draft))
        size = draft.stat().st_size
        # A log may have grown since it was listed.
        if file.size is not None and size < file.size:
            raise InputError(
                f"{shown(url)}: of the {file.size:,} bytes of {file.name} only {size:,} came"
            )
    return size


def _read(path: Path) -> dict[str, Entry]:
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_bytes())
        return {name: Entry(**entry) for name, entry in content.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is damaged ({error}); remove it and fetch again") from error


def _write(path: Path, record: dict[str, Entry]) -> None:
    write_whole(path, json.dumps({name: asdict(entry) for name, entry in record.items()}))
