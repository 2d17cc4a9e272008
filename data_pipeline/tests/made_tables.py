"""Tables of songs that Hypothesis makes up, some of whose cells are at fault."""

import csv
import io
from typing import Any

from hypothesis import strategies as st

from src.songs import FEATURES

COLUMNS = ["id", "artists", "lyrics", "year", "genre", *FEATURES]
VALUES = ["0.5", "0.6", "5", "-7.0", "1", "0.05", "0.2", "0.0", "0.1", "0.5", "120.0", "210000"]
LYRICS = st.text(st.sampled_from('la",\n\r\u00e9\U0001f3b5'), max_size=12)
Row = dict[str, str]


@st.composite
def songs(draw: st.DrawFn) -> Row:
    """A song, every other one with a cell at fault."""
    row = dict(zip(FEATURES, VALUES, strict=True))
    row["id"] = draw(st.sampled_from(["", "0", "00", "1"]))
    row["lyrics"] = draw(LYRICS)
    row["year"] = draw(st.sampled_from(["1999", "2010", "2011", "2011.0"]))
    row["genre"] = draw(st.sampled_from(["Rock", " R&B ", "None"]))
    column = draw(st.sampled_from([None, None, None, "year", "genre", *FEATURES[4:7]]))
    if column:
        row[column] = draw(st.sampled_from(["", " ", "0", "NaN", "inf", "soon", "1e9"]))
    return row


@st.composite
def tables(draw: st.DrawFn) -> list[Row]:
    """Songs, each with an artist of its own by which to know it again; both sides have some."""
    rows = draw(st.lists(songs(), max_size=12))
    plain = dict(zip(FEATURES, VALUES, strict=True)) | {"genre": "Rock", "lyrics": ""}
    for year in ("2000", "2020"):
        rows.insert(draw(st.integers(0, len(rows))), plain | {"year": year, "id": f"plain {year}"})
    return [row | {"artists": f"row {number}"} for number, row in enumerate(rows)]


def text(rows: list[Row], quoting: Any = csv.QUOTE_MINIMAL) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n", quoting=quoting)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()
