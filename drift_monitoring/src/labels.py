"""The true genres of some requests, and the answers that the model gave to these."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from src.answers import Answer
from src.errors import InputError

REQUEST_ID, GENRE, ARTIST = "request_id", "genre", "artist"


@dataclass(frozen=True)
class Labels:
    """True genres by request id.

    Attributes
    ----------
    genres : dict of str to str
    artists : dict of str to str
        Empty where the file has none.
    """

    genres: dict[str, str]
    artists: dict[str, str]


@dataclass(frozen=True)
class LabelledAnswers:
    """What the model said of requests whose genre is known.

    Attributes
    ----------
    probabilities : ndarray of float32, shape (requests, genres)
    genres : list of str
        The true ones.
    groups : list of str
        What requests that are not independent have in common: the artist or, where the file names
        none, the request.
    unmatched : int
        Labels without such an answer: of requests that the log does not have, that another model
        version answered, or that asked about several songs, which share one id.
    """

    probabilities: npt.NDArray[np.float32]
    genres: list[str]
    groups: list[str]
    unmatched: int


def read_labels(path: str | Path) -> Labels:
    """Read a CSV file with the columns request_id and genre, and artist where there is one.

    Raises
    ------
    InputError
        When there is no such file, it is no such table, or an id has two genres.
    """
    # Here, so that the processes that read logs do not load the library of tables.
    import polars as pl

    wanted = "wanted a CSV table with request_id and genre"
    path = Path(path)
    if not path.is_file():
        raise InputError(f"labels: there is no file {path}; {wanted}")
    try:
        table = pl.read_csv(path, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise InputError(f"labels: {path} cannot be read as CSV ({error}); {wanted}") from error
    lacking = [name for name in (REQUEST_ID, GENRE) if name not in table.columns]
    if lacking:
        found = ", ".join(table.columns[:30])[:500]
        raise InputError(f"labels: {path} has no column {', '.join(lacking)}; found: {found}")
    known = table.drop_nulls([REQUEST_ID, GENRE]).unique([REQUEST_ID, GENRE], maintain_order=True)
    twice = known.filter(pl.col(REQUEST_ID).is_duplicated())[REQUEST_ID]
    if len(twice):
        raise InputError(f"labels: {path} has two genres for request_id {twice[0]!r}; keep one")
    artists = known.drop_nulls(ARTIST) if ARTIST in table.columns else known.clear()
    return Labels(
        dict(zip(known[REQUEST_ID], known[GENRE], strict=True)),
        dict(zip(artists[REQUEST_ID], artists[ARTIST], strict=True) if len(artists) else ()),
    )


def labelled_answers(
    labels: Labels, answers: list[Answer], version: str, genres: int
) -> LabelledAnswers:
    """Put true genres and the answers of one model version, with so many genres, together."""
    times = Counter(answer.request_id for answer in answers)
    used = sorted(
        (
            answer
            for answer in answers
            if times[answer.request_id] == 1
            and answer.model_version == version
            and not np.isnan(answer.probabilities).any()
        ),
        key=lambda answer: answer.request_id,
    )
    ids = [answer.request_id for answer in used]
    return LabelledAnswers(
        np.array([answer.probabilities for answer in used], np.float32).reshape(-1, genres),
        [labels.genres[id] for id in ids],
        [f"artist {labels.artists[id]}" if id in labels.artists else id for id in ids],
        len(labels.genres) - len(used),
    )
