import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from src import process
from src.command import PipelineError
from src.process import main, process_data
from src.songs import FEATURES

Write = Callable[..., Path]
NEW = {"year": 2020}


def split(path: Path) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, Any]]:
    train, prod = path.with_name("train.csv"), path.with_name("prod.csv")
    report = process_data(path, train, prod)
    text = {"id": pl.String, "artists": pl.String}
    return *(pl.read_csv(file, schema_overrides=text) for file in (train, prod)), report


def test_five_rows_are_enough(write_songs: Write) -> None:
    """A table of five rows with only year, genre and the features works."""
    train, prod, report = split(write_songs([{}, {}, {}, NEW, NEW]))
    assert (train.height, prod.height) == (3, 2)
    assert train.columns == prod.columns == ["year", "genre", *FEATURES]
    assert report["rows_read"] == report["rows_kept"] == 5


def test_the_threshold_year_is_training(write_songs: Write) -> None:
    """A song released in the threshold year belongs to training, one of the next year does not."""
    train, prod, _ = split(write_songs([{"year": 2010}, {"year": 2011}]))
    assert (train["year"].to_list(), prod["year"].to_list()) == ([2010], [2011])


def test_columns(write_songs: Write) -> None:
    """Id and artists are kept, lyrics never; line breaks and quotes inside cells survive."""
    lyrics = 'one, "two"\nthree\n\nfour'
    artists = '["A ""B"", C"]'
    row = {"lyrics": lyrics, "id": "007", "artists": artists, "name": "None"}
    train, _, _ = split(write_songs([row, NEW | {"lyrics": lyrics, "id": "8", "artists": "x\ny"}]))
    assert train.columns == ["id", "artists", "year", "genre", *FEATURES]
    assert train.row(0)[:2] == ("007", artists)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"year": None}, "no_year"),
        ({"year": 0}, "no_year"),
        ({"year": "soon"}, "no_year"),
        ({"year": 1999.5}, "no_year"),
        ({"genre": None}, "no_genre"),
        ({"genre": "  "}, "no_genre"),
        ({"tempo": None}, "missing_feature"),
        ({"tempo": "fast"}, "missing_feature"),
        ({"energy": "NaN"}, "non_finite_feature"),
        ({"loudness": "-inf"}, "non_finite_feature"),
        ({"danceability": 1.01}, "out_of_range_feature"),
        ({"key": 12}, "out_of_range_feature"),
        ({"key": 4.5}, "out_of_range_feature"),
        ({"mode": 2}, "out_of_range_feature"),
        ({"duration_ms": 0}, "out_of_range_feature"),
    ],
)
def test_unusable_rows_are_dropped_and_counted(
    write_songs: Write, cells: dict[str, Any], reason: str
) -> None:
    """A row that cannot be used is dropped, counted under its reason, and named by feature."""
    train, prod, report = split(write_songs([{}, cells, NEW]))
    assert (train.height, prod.height) == (1, 1)
    assert {r: n for r, n in report["rows_dropped"].items() if n} == {reason: 1}
    feature = next(iter(cells))
    faults = {} if reason in ("no_year", "no_genre") else {f"{reason}.{feature}": 1}
    assert report["faults_by_feature"] == faults


def test_a_row_with_several_faults_counts_once(write_songs: Write) -> None:
    """Rows read are rows kept plus rows dropped, however many faults a row has."""
    worst = {"genre": None, "tempo": None, "key": 99, "energy": "NaN"}
    _, _, report = split(write_songs([{}, worst, NEW]))
    assert report["rows_dropped"]["no_genre"] == sum(report["rows_dropped"].values()) == 1
    assert len(report["faults_by_feature"]) == 3


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_repeated_ids(write_songs: Write, batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of rows with one id the first usable one is kept, in whatever batches the file is read."""
    monkeypatch.setattr(process, "CHUNK", batch)
    rows = [
        {"id": "01", "year": None},
        {"id": "01", "tempo": 100.0},
        {"id": "1", "tempo": 101.0},
        {"id": None, "tempo": 102.0},
        {"id": None, "tempo": 103.0},
        {"id": "01", "tempo": 104.0, "year": 2020},
        {"id": "2", "year": 2020},
    ]
    train, prod, report = split(write_songs(rows))
    assert train["tempo"].to_list() == [100.0, 101.0, 102.0, 103.0]
    assert prod["id"].to_list() == ["2"]
    assert report["rows_dropped"] | {"no_year": 1, "repeated_id": 1} == report["rows_dropped"]


def test_years_and_whole_numbers_with_a_point(write_songs: Write) -> None:
    """A column with gaps is written with points (1999.0); it is read as whole numbers."""
    row = {"year": "1999.0", "key": "5.0", "duration_ms": "200000.0", "genre": " Rock "}
    train, _, _ = split(write_songs([row, NEW]))
    kept = train.row(0, named=True)
    assert (kept["year"], kept["key"], kept["duration_ms"]) == (1999, 5, 200000)
    assert kept["genre"] == "Rock"


def test_data_quality(write_songs: Write) -> None:
    """The report says how many rows were read, kept and dropped, and genres and years per side."""
    path = write_songs([{"year": 1960}, {"genre": "Jazz"}, {"genre": None}, NEW])
    _, _, report = split(path)
    assert json.loads(path.with_name("data_quality.json").read_text()) == report
    assert report["train"] == {
        "rows": 2,
        "first_year": 1960,
        "last_year": 2000,
        "genres": {"Rock": 1, "Jazz": 1},
    }
    assert (report["rows_read"], report["rows_kept"], report["prod_sim"]["rows"]) == (4, 3, 1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["is empty", "danceability"]),
        (b" \n", ["is empty"]),
        (b"PK\x03\x04\x00\x00", ["ZIP archive", "unzip"]),
        (b"year;genre\n2000;Rock\n", ["no column year", "year;genre", "commas"]),
        (b"year,genre,tempo\n2000,Rock,1\n", ["no column danceability", "found: year, genre"]),
        (b"<html>\n<p>404</p>\n", ["no column year"]),
    ],
)
def test_no_table_of_songs(tmp_path: Path, content: bytes, words: list[str]) -> None:
    """An empty file, no CSV, missing columns: the error says what was found and is wanted."""
    path = tmp_path / "raw.csv"
    path.write_bytes(content)
    with pytest.raises(PipelineError) as error:
        split(path)
    assert all(word in str(error.value) for word in words)
    assert list(tmp_path.iterdir()) == [path]


def test_bytes_that_are_no_utf8(write_songs: Write) -> None:
    """A file in another encoding is refused by name, and former outputs stay as they were."""
    path = write_songs([{}, {"genre": "Chanson"}, NEW])
    path.write_bytes(path.read_bytes().replace(b"Chanson", b"Vari\xe9t\xe9"))
    path.with_name("train.csv").write_text("former")
    with pytest.raises(PipelineError, match="raw.csv, line 3, byte .* iconv"):
        split(path)
    assert path.with_name("train.csv").read_text() == "former"


@pytest.mark.parametrize(
    ("years", "words"),
    [
        ([1990, 2005], "no usable song is newer than 2010: .* 1990 to 2005; .* 1990 to 2004"),
        ([2015, 2020], "no usable song is of or before 2010: .* 2015 to 2019"),
        ([2000], "cannot be split by year"),
        ([None], "none of the 1 rows can be used .no_year: 1"),
    ],
)
def test_a_side_without_songs(write_songs: Write, years: list[int | None], words: str) -> None:
    """A threshold that leaves a side empty is refused with the thresholds that would not."""
    with pytest.raises(PipelineError, match=words):
        split(write_songs([{"year": year} for year in years]))


def test_command(write_songs: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The literal command splits at its threshold, and says so in one line."""
    path = write_songs([{"year": 1980}, {"year": 1990}, {"tempo": None}])
    outputs = ["--train_output", str(tmp_path / "t.csv"), "--prod_output", str(tmp_path / "p.csv")]
    assert main(["--input_path", str(path), *outputs, "--year_threshold", "1985"]) == 0
    assert "3 songs read, 1 for training, 1 for simulated production, 1 dropped" in (
        capsys.readouterr().out
    )
    assert main(["--input_path", str(tmp_path / "none.csv"), *outputs]) == 1
    assert "none.csv is not there" in capsys.readouterr().err


def test_a_full_disk(songs_csv: Path, tmp_path: Path) -> None:
    """When there is no room for train.csv, the error names it, and all former files stay."""
    code = (
        "import resource, signal, sys; from src.process import main\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    outputs = [tmp_path / name for name in ("data_quality.json", "prod_sim.csv", "train.csv")]
    for path in outputs:
        path.write_text("former")
    options = ["--train_output", str(outputs[2]), "--prod_output", str(outputs[1])]
    done = subprocess.run(
        [sys.executable, "-c", code, "--input_path", str(songs_csv), *options],
        cwd=Path(process.__file__).parents[1], capture_output=True, text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"process: error: {outputs[2]} cannot be written: File too large")
    assert sorted(tmp_path.iterdir()) == outputs
    assert [path.read_text() for path in outputs] == ["former"] * 3
