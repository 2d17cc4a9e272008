"""Tables in parts: what is listed, what is read, and what is refused."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from src import load
from src.command import PipelineError
from src.load import load_data
from src.parts import Part, list_text, read_list, together
from src.pool import Pool
from src.process import main, process_data
from src.songs import FEATURES

VALUES = "0.5,0.6,5,-7.0,1,0.05,0.2,0.0,0.1,0.5,120.0,210000"
HEADER = f"id,year,genre,{','.join(FEATURES)}\n"


def song(number: object, year: int = 2000, genre: str = "Rock") -> str:
    return f"{number},{year},{genre},{VALUES}\n"


TABLES = {
    "a.csv": HEADER + song(1) + song(2, 2020) + "broken\n",
    "b.csv": HEADER + song(2, 1999) + song("") + song(3) + "worse,\n",
    "c.csv": HEADER,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with three parts, one of them without rows, and files that are none."""
    folder = tmp_path / "songs"
    folder.mkdir()
    for name, text in TABLES.items():
        (folder / name).write_text(text)
    for name in ("_SUCCESS", "notes.txt", ".hidden.csv", "_temporary.csv"):
        (folder / name).write_text("no part")
    return folder


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., dict[str, object]]:
    """List the parts of a source, and process them to train.csv and prod.csv."""

    def run(source: str | Path, pool: Pool | None = None) -> dict[str, object]:
        load_data(source, tmp_path / "raw.csv")
        outputs = (tmp_path / "train.csv", tmp_path / "prod.csv")
        return process_data(tmp_path / "raw.csv", *outputs, pool=pool)

    return run


def ids(path: Path) -> list[str]:
    return [line.partition(",")[0] for line in path.read_text().splitlines()[1:]]


def test_a_folder(folder: Path, tmp_path: Path, process: Callable[..., dict[str, object]]) -> None:
    """The parts of a folder are one table, and a dropped row is told by its part and line."""
    report = process(folder)
    assert (ids(tmp_path / "train.csv"), ids(tmp_path / "prod.csv")) == (["1", "", "3"], ["2"])
    assert report["rows_read"] == 7
    assert report["first_dropped_lines"] == {
        "wrong_number_of_fields": {"part": str(folder / "a.csv"), "line": 4},
        "repeated_id": {"part": str(folder / "b.csv"), "line": 2},
    }


@pytest.mark.parametrize("pattern", ["*.csv", "[ab].csv", "**/b.csv"])
def test_a_glob(folder: Path, tmp_path: Path, pattern: str) -> None:
    """A glob lists the files that it matches, in the order of their paths."""
    load_data(folder / pattern, tmp_path / "raw.csv")
    names = [Path(part.path).name for part in read_list(tmp_path / "raw.csv") or []]
    assert names == {
        "*.csv": ["_temporary.csv", "a.csv", "b.csv", "c.csv"],
        "[ab].csv": ["a.csv", "b.csv"],
        "**/b.csv": ["b.csv"],
    }[pattern]


def test_packed_parts(
    folder: Path, tmp_path: Path, process: Callable[..., dict[str, object]]
) -> None:
    """Parts that are packed with gzip give the same outputs as those that are not."""
    process(folder)
    plain = (tmp_path / "train.csv").read_bytes()
    for name, text in TABLES.items():
        (folder / name).unlink()
        (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    process(folder)
    assert (tmp_path / "train.csv").read_bytes() == plain


def test_a_pool_does_the_same(
    folder: Path, tmp_path: Path, process: Callable[..., dict[str, object]]
) -> None:
    """Parts that an executor reads give the bytes that one process gives."""
    alone = process(folder)
    outputs = [(tmp_path / name).read_bytes() for name in ("train.csv", "prod.csv")]
    with ThreadPoolExecutor(2) as executor:
        assert process(folder, Pool(executor, at_once=2)) == alone
    assert [(tmp_path / name).read_bytes() for name in ("train.csv", "prod.csv")] == outputs


def test_a_name_with_brackets_is_a_file(tmp_path: Path) -> None:
    """A file that is there is copied, be its name a glob."""
    source = tmp_path / "songs[1].csv"
    source.write_text("any")
    load_data(source, tmp_path / "raw.csv")
    assert (tmp_path / "raw.csv").read_text() == "any"


def test_the_list_is_pinned(folder: Path, tmp_path: Path) -> None:
    """The MD5 of the list changes with the bytes of a part, and another one is refused."""
    md5 = load_data(folder, tmp_path / "raw.csv")
    assert load_data(folder, tmp_path / "raw.csv", md5) == md5
    (folder / "c.csv").write_text(HEADER + song(9))
    with pytest.raises(PipelineError, match="not the expected list of parts") as error:
        load_data(folder, tmp_path / "raw.csv", md5)
    assert "data.source_md5: " in str(error.value)


@pytest.mark.parametrize("change", ["length", "bytes", "gone"])
def test_a_part_that_changed(
    folder: Path, tmp_path: Path, change: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A part that is not what was listed is refused by name, and former outputs stay."""
    load_data(folder, tmp_path / "raw.csv")
    part = folder / "b.csv"
    if change == "gone":
        part.unlink()
    else:
        part.write_text(part.read_text().replace("Rock", "Jazz" if change == "bytes" else "R&B"))
    (tmp_path / "t.csv").write_text("former")
    outputs = ["--train_output", str(tmp_path / "t.csv"), "--prod_output", str(tmp_path / "p.csv")]
    assert main(["--input_path", str(tmp_path / "raw.csv"), *outputs]) == 1
    words = "is not there" if change == "gone" else "has changed since the parts were listed"
    assert f"process: error: {part} {words}" in capsys.readouterr().err
    assert (tmp_path / "t.csv").read_text() == "former"
    assert not (tmp_path / "p.csv").exists()


CORRUPT = {
    "no UTF-8": ((HEADER + song(5)).encode() + b"6,2000,Caf\xe9\n", "line 3, byte 11: no UTF-8"),
    "an open quote": ((HEADER + song(5, genre='"Ro')).encode(), "line 2: a quote opens a field"),
    "no column": ((HEADER.replace("tempo,", "") + song(5)).encode(), "has no column tempo"),
    "empty": (b"", "is empty"),
}


@pytest.mark.parametrize("fault", CORRUPT)
@pytest.mark.parametrize("workers", [0, 2])
def test_a_corrupt_part(folder: Path, tmp_path: Path, fault: str, workers: int) -> None:
    """One part that cannot be read is named with the line, and nothing is written."""
    content, words = CORRUPT[fault]
    (folder / "b.csv").write_bytes(content)
    load_data(folder, tmp_path / "raw.csv")
    with ThreadPoolExecutor(2) as executor, pytest.raises(PipelineError, match=words) as error:
        pool = Pool(executor, at_once=2) if workers else None
        process_data(tmp_path / "raw.csv", tmp_path / "t.csv", tmp_path / "p.csv", pool=pool)
    assert str(error.value).startswith(str(folder / "b.csv"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["raw.csv", "songs"]


@pytest.mark.parametrize("fault", ["cut off", "no gzip", "garbled"])
def test_a_damaged_packed_part(folder: Path, tmp_path: Path, fault: str) -> None:
    """A part that cannot be unpacked to its end is named, with the line up to which it was read."""
    packed = gzip.compress("".join([HEADER, *(song(number) for number in range(9000))]).encode())
    half = len(packed) // 2
    content = {
        "cut off": packed[:half],
        "no gzip": b"not packed",
        "garbled": packed[:half] + bytes(200) + packed[half + 200 :],
    }[fault]
    (folder / "b.csv.gz").write_bytes(content)
    load_data(folder, tmp_path / "raw.csv")
    with pytest.raises(PipelineError, match=r"b.csv.gz, line \d+ or later: .* damaged or cut off"):
        process_data(tmp_path / "raw.csv", tmp_path / "t.csv", tmp_path / "p.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["raw.csv", "songs"]


def test_parts_of_two_tables(
    folder: Path, tmp_path: Path, process: Callable[..., dict[str, object]]
) -> None:
    """A part without ids among parts with ids is refused: which songs repeat could not be told."""
    (folder / "b.csv").write_text((HEADER + song("")).replace("id,", "").replace("\n,", "\n"))
    with pytest.raises(PipelineError, match="b.csv and .*a.csv have not the same columns: id is"):
        process(folder)


@pytest.mark.parametrize("source", ["", "none/*.csv"])
def test_no_parts(tmp_path: Path, source: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder or glob without parts is refused with what is wanted; nothing is written."""
    arguments = ["--output_path", str(tmp_path / "raw.csv"), "--source_path"]
    assert load.main([*arguments, str(tmp_path / source)]) == 1
    assert "wanted a CSV file, a folder with files *.csv" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_load_says_how_many(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command tells parts from a file: how many were listed, and where."""
    output = tmp_path / "raw.csv"
    assert load.main(["--source_path", str(folder), "--output_path", str(output)]) == 0
    assert f"load: 3 parts listed in {output}, MD5 of the list" in capsys.readouterr().out


def test_the_command_names_part_and_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the command prints of dropped rows leads to the part and the line."""
    load_data(folder, tmp_path / "raw.csv")
    outputs = ["--train_output", str(tmp_path / "t.csv"), "--prod_output", str(tmp_path / "p.csv")]
    assert main(["--input_path", str(tmp_path / "raw.csv"), *outputs]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["repeated_id", "1", "2", "of", str(folder / "b.csv")] in lines
    report = json.loads((tmp_path / "data_quality.json").read_text())
    assert report["first_dropped_lines"]["repeated_id"]["line"] == 2


def test_a_list_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Whatever the paths are, the list gives back the same parts."""
    parts = [Part('a, "b"\n.csv', 1, "sha256:" + "0" * 64), Part("s3://b/c", 2, "etag:1-2")]
    (tmp_path / "list").write_bytes(list_text(parts))
    assert read_list(tmp_path / "list") == parts
    (tmp_path / "songs.csv").write_text(HEADER)
    assert read_list(tmp_path / "songs.csv") is None


@pytest.mark.parametrize(
    "lines",
    ["", "a.csv,1\n", "a.csv,one,etag:1\n", "a.csv,1,\n", "a.csv,1,etag:1\na.csv,1,etag:1\n"],
)
def test_a_damaged_list(tmp_path: Path, lines: str) -> None:
    """A list that was damaged is refused with the line, and never taken for a table or for less."""
    (tmp_path / "raw.csv").write_text("part,bytes,version\n" + lines)
    line = f"raw.csv, line {lines.count(chr(10)) + 1}: " if lines else "raw.csv lists no part"
    with pytest.raises(PipelineError, match=line):
        read_list(tmp_path / "raw.csv")


def test_nothing_else_is_imported(folder: Path, tmp_path: Path) -> None:
    """Without a scheduler and a URL neither Dask nor fsspec is imported, installed or not."""
    code = (
        "import sys; from src import load, process\n"
        "raw, train, prod = sys.argv[2:]\n"
        "load.main(['--source_path', sys.argv[1], '--output_path', raw])\n"
        "outputs = ['--train_output', train, '--prod_output', prod]\n"
        "code = process.main(['--input_path', raw, *outputs])\n"
        "there = {'dask', 'distributed', 'fsspec', 's3fs'} & {*sys.modules}\n"
        "sys.exit(f'{code} {there}' if code or there else 0)"
    )
    paths = [str(tmp_path / name) for name in ("raw.csv", "train.csv", "prod.csv")]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DASK_")}
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), *paths],
        cwd=Path(load.__file__).parents[1], env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_small_parts_are_read_together() -> None:
    """What is small and follows each other is one piece of work, and there is some for all."""

    def read(sizes: list[int], shares: int, ending: str = ".csv") -> list[list[int]]:
        parts = [Part(f"{number}{ending}", size, "x:y") for number, size in enumerate(sizes)]
        found = together(parts, shares)
        assert [part for own in found for part in own] == parts
        return [[part.size or 0 for part in own] for own in found]

    mega = 1 << 20
    assert read([20 * mega, 12 * mega, mega, 40 * mega, mega], 2) == [
        [20 * mega, 12 * mega], [mega], [40 * mega], [mega],
    ]  # fmt: skip
    assert read([10] * 8, 4) == [[10, 10]] * 4
    assert read([10] * 8, 100) == [[10]] * 8
    assert read([4 * mega] * 8, 1, ".csv.gz") == [[4 * mega] * 2] * 4
    assert read([0, 0], 1) == [[0, 0]]


def test_a_part_of_unknown_length() -> None:
    """A file that no list has pinned is read by itself."""
    assert together([Part("songs.csv")], 4) == [[Part("songs.csv")]]
