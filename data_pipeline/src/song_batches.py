"""A CSV table of songs as batches of text cells, each row with its line in the file."""

import csv
import difflib
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from src.ahead import one_ahead
from src.command import PipelineError
from src.csv_chunks import CHUNK, Chunk, read_chunks
from src.part_files import opened
from src.parts import Part
from src.songs import ARTISTS, FEATURES, GENRE, ID, YEAR

HEADER_SIZE = 1 << 16
WANTED = (YEAR, GENRE, *FEATURES)


@dataclass(frozen=True)
class Batch:
    """Some rows of a table.

    Attributes
    ----------
    part : str
        The file that they are in.
    cells : DataFrame
        The kept columns as text, null where empty, of the rows with as many fields as the header.
    lines : ndarray of int, shape (rows of cells,)
        The line of the file, from 1, in which each of these rows starts.
    ragged : ndarray of int
        The lines of the other rows.
    size : int
        How much of the file it is, in bytes.
    """

    part: str
    cells: pl.DataFrame
    lines: npt.NDArray[np.int64]
    ragged: npt.NDArray[np.int64]
    size: int


def read_header(part: Part) -> list[str]:
    """The names of the columns of a table of songs, or of a part of one.

    Raises
    ------
    PipelineError
        When there is no such file, it is empty or no CSV text, or a column that is kept is missing
        or there twice.
    """
    path = part.path
    with opened(part, HEADER_SIZE) as file:
        first = next(read_chunks(file, path, HEADER_SIZE), None)
    if first is None or not first.text.strip():
        raise PipelineError(f"{path} is empty; wanted a CSV table with {', '.join(WANTED)}")
    names = next(csv.reader(io.StringIO(_decoded(path, first), newline="")))
    if len(names) != first.fields[0]:
        raise PipelineError(
            f"{path}: the lines end in carriage returns alone; convert it (tr '\\r' '\\n')"
        )
    missing = [column for column in WANTED if column not in names]
    if missing:
        raise PipelineError(f"{path} has no column {', '.join(missing)}; {_found(missing, names)}")
    for column in kept_columns(names):
        if names.count(column) > 1:
            places = " and ".join(str(n) for n, name in enumerate(names, 1) if name == column)
            raise PipelineError(
                f"{path} has the column {column} more than once (columns {places}): rename or "
                "remove all but the right one"
            )
    return names


def kept_columns(found: list[str]) -> list[str]:
    """The columns that the pipeline keeps of those that a file has."""
    return [column for column in (ID, ARTISTS) if column in found] + list(WANTED)


def read_batches(part: Part, header: list[str], size: int = CHUNK) -> Iterator[Batch]:
    """The rows of a table of songs, or of a part of one, in batches of about `size` bytes.

    Raises
    ------
    PipelineError
        When the file is not a CSV text in UTF-8; the message names the line.
    """
    with opened(part, size) as file:
        for number, chunk in enumerate(one_ahead(read_chunks(file, part.path, size))):
            wanted = np.ones(len(chunk), np.bool_)
            wanted[:1] = number > 0  # the header
            yield _batch(part.path, chunk.take(wanted), header)


def _batch(path: str, chunk: Chunk, header: list[str]) -> Batch:
    regular = chunk.fields == len(header)
    rows = chunk.take(regular)
    kept = kept_columns(header)
    cells = pl.DataFrame(schema=dict.fromkeys(kept, pl.String))
    if len(rows):
        # All columns come as text: Polars would guess that an id is a number, and a value that is
        # no number would stop it; the cleaner turns such a value into a counted row.
        try:
            cells = pl.read_csv(
                rows.text,
                has_header=False,
                columns=[header.index(column) for column in kept],
                n_rows=len(rows),
                infer_schema=False,
                null_values="",  # an empty cell in quotes is no more of an id than one without
            )
        except pl.exceptions.PolarsError as error:
            _decoded(path, chunk)
            raise PipelineError(f"{_lines(path, rows)} cannot be read: {error}") from error
        cells.columns = kept
    if len(cells) != len(rows):
        raise PipelineError(f"{_lines(path, rows)} are {len(rows)}, but {len(cells)} are read")
    return Batch(path, cells, rows.lines, chunk.lines[~regular], chunk.size)


def _lines(path: str, chunk: Chunk) -> str:
    return f"{path}: the rows that begin in lines {chunk.lines[0]} to {chunk.lines[-1]}"


def _decoded(path: str, chunk: Chunk) -> str:
    text = chunk.text[: chunk.size]
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        line = chunk.lines[0] + text.count(b"\n", 0, error.start)
        begin = text.rfind(b"\n", 0, error.start) + 1
        nearby = text[max(begin, error.start - 20) : error.end + 10].split(b"\n")[0]
        raise PipelineError(
            f"{path}, line {line}, byte {error.start - begin + 1}: no UTF-8 text, {nearby!r}. If "
            f"that is Western European, convert it: iconv -f WINDOWS-1252 -t UTF-8 {path} > new.csv"
        ) from None


def _found(missing: list[str], names: list[str]) -> str:
    """What there is instead of missing columns, and which of it may be meant."""
    plain = {name.strip().lower(): name for name in names}
    for column in missing:
        near = difflib.get_close_matches(column, plain, 1, cutoff=0.75)
        if near:
            return f"rename the column {plain[near[0]]!r} if it is {column}"
    commas = "" if len(names) > 1 else " (columns must be separated by commas)"
    return f"found: {', '.join(names[:30])[:500]}{commas}"
