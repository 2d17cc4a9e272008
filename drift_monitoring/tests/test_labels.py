from pathlib import Path

import numpy as np
import pytest

from src.answers import Answer
from src.errors import InputError
from src.labels import labelled_answers, read_labels


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "labels.csv"
    path.write_text(text, encoding="utf-8")
    return path


def answer(request_id: str, version: str = "3", *probabilities: float) -> Answer:
    shares = np.array(probabilities or (0.2, 0.3, 0.5), dtype=np.float32)
    return Answer(request_id, "Rock", version, shares)


def test_labels(tmp_path: Path) -> None:
    """Genres, and artists where they are known, by request id; ids are text, gaps are left out."""
    rows = ['007,R&B,"A, B",1', "b,Folk,,2", "c,,X,3", "007,R&B,,"]
    labels = read_labels(written(tmp_path, "\n".join(["request_id,genre,artist,more", *rows])))
    assert labels.genres == {"007": "R&B", "b": "Folk"}
    assert labels.artists == {"007": "A, B"}
    assert read_labels(written(tmp_path, "genre,request_id\nPop,a\n")).artists == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot be read as CSV"),
        ("id,genre\na,Pop\n", "no column request_id; found: id, genre"),
        ("request_id,genre\na,Pop\na,Rock\n", "two genres for request_id 'a'"),
    ],
)
def test_no_labels(tmp_path: Path, text: str, words: str) -> None:
    """Another table, and an id with two genres, are refused by name."""
    with pytest.raises(InputError, match=f"labels: .*labels.csv .*{words}"):
        read_labels(written(tmp_path, text))


def test_no_file(tmp_path: Path) -> None:
    """A file that is not there is named, with what is wanted."""
    with pytest.raises(InputError, match="labels: there is no file .*none.csv; wanted a CSV table"):
        read_labels(tmp_path / "none.csv")


def test_answers_and_labels_together(tmp_path: Path) -> None:
    """Only single answers of the version, with probabilities, count; order plays no part."""
    labels = read_labels(
        written(tmp_path, "request_id,genre,artist\na,Pop,X\nb,Folk,\nc,Pop,X\nd,Pop,X\ne,Pop,X\n")
    )
    answers = [
        answer("b"),
        answer("a"),
        answer("c", "2"),  # of another version
        answer("d"),
        answer("d"),  # a batch: which of its songs is meant?
        answer("e", "3", np.nan, np.nan, np.nan),
    ]
    found = labelled_answers(labels, answers, "3", 3)
    assert (found.genres, found.groups, found.unmatched) == (["Pop", "Folk"], ["artist X", "b"], 3)
    assert found.probabilities.shape == (2, 3)
    assert labelled_answers(labels, answers[::-1], "3", 3).groups == found.groups
