import csv
import json
from pathlib import Path

import polars as pl
import pytest
from scipy.stats import ks_2samp

from src import sample
from src.candidate import fit_candidate
from src.counts import REASONS
from src.params import Params
from src.process import process_data
from src.sample import main, write_sample
from src.sample_features import GENRE_SHARES
from src.songs import FEATURES
from src.table import read_songs
from src.training_data import training_data

COLUMNS = (
    "id name album_name artists danceability energy key loudness mode speechiness acousticness "
    "instrumentalness liveness valence tempo duration_ms lyrics year genre popularity "
    "total_artist_followers avg_artist_popularity artist_ids niche_genres"
).split()
# Kolmogorov-Smirnov distance across 2010, mean up to 2010, mean after, of the Kaggle file.
PUBLISHED = {
    "danceability": (0.0521, 0.5167, 0.5378),
    "energy": (0.0811, 0.6499, 0.6932),
    "key": (0.0178, 5.282, 5.269),
    "loudness": (0.1746, -8.651, -7.092),
    "mode": (0.0642, 0.6992, 0.6350),
    "speechiness": (0.0659, 0.0813, 0.0899),
    "acousticness": (0.0769, 0.2717, 0.2142),
    "instrumentalness": (0.0396, 0.1115, 0.1036),
    "liveness": (0.0217, 0.2299, 0.2181),
    "valence": (0.1139, 0.4969, 0.4318),
    "tempo": (0.0543, 121.91, 123.73),
    "duration_ms": (0.0677, 241602, 233155),
}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100,000 songs without lyrics, which take longer than all the rest."""
    path = tmp_path_factory.mktemp("many") / "songs.csv"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sample.Lyricist, "lyrics", lambda self, songs: [""] * songs)
        write_sample(path, 100_000)
    return path


@pytest.fixture(scope="module")
def table(many: Path) -> pl.DataFrame:
    return pl.read_csv(many)


def test_columns_and_lists(songs_csv: Path) -> None:
    """The 24 Kaggle columns; artists are JSON lists; lyrics hold quotes, commas and line breaks."""
    with open(songs_csv, encoding="utf-8", newline="") as file:
        songs = list(csv.DictReader(file))
    assert list(songs[0]) == COLUMNS
    assert len(songs) == 1500
    assert all(isinstance(json.loads(song["artists"]), list) for song in songs)
    assert all(mark in songs[0]["lyrics"] for mark in '",\n')
    assert len({song["id"] for song in songs}) == 1500


def test_same_seed_same_bytes(tmp_path: Path, songs_csv: Path) -> None:
    """The same rows and seed give the same file; another seed gives another."""
    write_sample(tmp_path / "again.csv", 1500)
    write_sample(tmp_path / "other.csv", 1500, seed=1)
    assert (tmp_path / "again.csv").read_bytes() == songs_csv.read_bytes()
    assert (tmp_path / "other.csv").read_bytes() != songs_csv.read_bytes()


def test_streams_in_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More songs than fit a chunk are all there, under one header, with ids of their own."""
    monkeypatch.setattr(sample, "CHUNK", 100)
    write_sample(tmp_path / "songs.csv", 250)
    assert pl.read_csv(tmp_path / "songs.csv")["id"].n_unique() == 250


def test_shares(table: pl.DataFrame) -> None:
    """Genres, years and songs of several artists have the published shares."""
    assert table["year"].min() >= 1900 and table["year"].max() <= 2025
    assert (table["year"] <= 2010).mean() == pytest.approx(0.504, abs=0.02)
    several = table["artists"].map_elements(lambda cell: len(json.loads(cell)) > 1, pl.Boolean)
    assert several.mean() == pytest.approx(0.15, abs=0.01)
    total = sum(GENRE_SHARES.values())
    for genre, songs in GENRE_SHARES.items():
        assert (table["genre"] == genre).mean() == pytest.approx(songs / total, abs=0.01)


@pytest.mark.parametrize("feature", FEATURES)
def test_drift_across_2010(table: pl.DataFrame, feature: str) -> None:
    """At 100,000 songs each KS distance is within 0.02, each mean within 2 % of the published."""
    distance, before, after = PUBLISHED[feature]
    old = table.filter(pl.col("year") <= 2010)[feature].to_numpy()
    new = table.filter(pl.col("year") > 2010)[feature].to_numpy()
    assert ks_2samp(old, new).statistic == pytest.approx(distance, abs=0.02)
    assert old.mean() == pytest.approx(before, rel=0.02)
    assert new.mean() == pytest.approx(after, rel=0.02)


def test_genres_can_be_learnt(tmp_path: Path, committed_params: Params) -> None:
    """XGBoost names the genre of 55 to 65 % of the songs of artists that it has not seen."""
    write_sample(tmp_path / "songs.csv", 20_000)
    process_data(tmp_path / "songs.csv", tmp_path / "train.csv", tmp_path / "prod.csv")
    data = training_data(read_songs(tmp_path / "train.csv"), committed_params.split)
    # One fit is enough to tell; by default so few songs are fitted six times.
    train = committed_params.train.model_copy(update={"one_fit_from_songs": 1})
    params = committed_params.model_copy(update={"train": train})
    assert 0.55 < fit_candidate("xgboost", data, params).metrics["accuracy"] < 0.65


def test_faulty_songs(tmp_path: Path) -> None:
    """A share of unusable songs is made on request, of every kind but broken rows."""
    write_sample(tmp_path / "songs.csv", 2000, faulty=0.1)
    report = process_data(tmp_path / "songs.csv", tmp_path / "t.csv", tmp_path / "p.csv")
    made = {reason for reason, rows in report["rows_dropped"].items() if rows}
    assert made == set(REASONS) - {"wrong_number_of_fields"}
    assert sum(report["rows_dropped"].values()) == pytest.approx(200, abs=50)


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command writes the songs; impossible wishes are refused by name with exit code 2."""
    output = ["--output", str(tmp_path / "songs.csv")]
    assert main([*output, "--rows", "50"]) == 0
    for wish in (["--rows", "0"], ["--faulty", "2"]):
        with pytest.raises(SystemExit, match="2"):
            main([*output, *wish])
    errors = capsys.readouterr().err
    assert "--rows: 0" in errors and "--faulty: 2.0" in errors
