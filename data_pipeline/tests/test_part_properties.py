"""How the rows are spread over parts changes nothing, tried on tables that Hypothesis makes up."""

import pickle
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_tables import Row, tables, text

from src import process
from src.counts import Counts, Place
from src.load import load_data
from src.pool import Pool
from src.process import process_data

CHUNKS = st.sampled_from([1, 300, 1 << 20])


class Sending(ThreadPoolExecutor):
    """Threads whose results arrive as those of a cluster do: packed, the texts beside the rest."""

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        def sent() -> Any:
            texts: list[pickle.PickleBuffer] = []
            packed = pickle.dumps(function(*arguments, **named), 5, buffer_callback=texts.append)
            return pickle.loads(packed, buffers=[memoryview(bytes(text)) for text in texts])

        return super().submit(sent)


def processed(
    texts: Sequence[str], chunk: int = 1 << 20, at_once: int = 0
) -> tuple[dict[str, Any], bytes, bytes]:
    """The report of the parts with these texts (a single one is a plain file), and both outputs."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "CHUNK", chunk)
        folder = Path(name)
        source = folder / "raw.csv"
        outputs = folder / "train.csv", folder / "prod.csv"
        if len(texts) == 1:
            source.write_text(texts[0], newline="")
        else:
            (folder / "parts").mkdir()
            for number, content in enumerate(texts):
                (folder / "parts" / f"{number:03}.csv").write_text(content, newline="")
            load_data(folder / "parts", source)
        with Sending(2) as executor:
            pool = Pool(executor, at_once) if at_once else None
            report = process_data(source, *outputs, pool=pool)
        return report, *(path.read_bytes() for path in outputs)


@st.composite
def cut_tables(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A table, broken rows in it, and the same cut into two or more parts, some without rows."""
    header, _, _ = text([]).partition("\n")
    rows = [text([row]).removeprefix(header + "\n") for row in draw(tables())]
    for broken in draw(st.lists(st.sampled_from(["\n", "1,2\n"]), max_size=3)):
        rows.insert(draw(st.integers(0, len(rows))), broken)
    cuts = sorted(draw(st.lists(st.integers(0, len(rows)), min_size=1, max_size=8)))
    spans = zip([0, *cuts], [*cuts, len(rows)], strict=True)
    parts = ["".join([header, "\n", *rows[start:end]]) for start, end in spans]
    return "".join([header, "\n", *rows]), parts


@given(cut_tables(), CHUNKS, st.integers(0, 3))
def test_cuts_change_nothing(table: tuple[str, list[str]], chunk: int, at_once: int) -> None:
    """Parts in order give the bytes and counts of one file, whoever reads them in what pieces."""
    whole, parts = table
    report, *outputs = processed(parts, chunk, at_once)
    expected, *expected_outputs = processed([whole])
    assert outputs == expected_outputs
    before = [0]
    for part in parts:
        before.append(before[-1] + part.count("\n") - 1)
    found = {
        reason: before[int(Path(place["part"]).stem)] + place["line"]
        for reason, place in report.pop("first_dropped_lines").items()
    }
    assert found == expected.pop("first_dropped_lines")
    assert report == expected


@settings(max_examples=25)
@given(tables(), st.randoms(use_true_random=False), st.integers(2, 5))
def test_order_of_parts_changes_no_song(rows: list[Row], random: Any, number: int) -> None:
    """Where repeated ids are the same row again, any spread over parts keeps the same songs."""
    first: dict[str, Row] = {}
    rows = [first.setdefault(row["id"], row) if row["id"] else row for row in rows]
    spread: list[list[Row]] = [[] for _ in range(number)]
    for row in random.sample(rows, len(rows)):
        random.choice(spread).append(row)
    report, *outputs = processed([text(part) for part in spread])
    expected, *expected_outputs = processed([text(rows)])
    for side, other in zip(outputs, expected_outputs, strict=True):
        assert sorted(side.splitlines()) == sorted(other.splitlines())
    del report["first_dropped_lines"], expected["first_dropped_lines"]
    assert report == expected


COUNTS = st.builds(
    Counts,
    rows=st.integers(0, 9),
    dropped=st.dictionaries(st.sampled_from("ab"), st.integers(1, 9)).map(Counter),
    first_dropped=st.dictionaries(
        st.sampled_from("ab"), st.builds(Place, st.sampled_from("xy"), st.integers(1, 9))
    ),
)


@given(COUNTS, COUNTS, COUNTS)
def test_counts_add_up(one: Counts, two: Counts, three: Counts) -> None:
    """However parts are put together in their order, the counts are the same; none adds nothing."""
    assert (one + two) + three == one + (two + three)
    assert one + Counts() == one == Counts() + one
