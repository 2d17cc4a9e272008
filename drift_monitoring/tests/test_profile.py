from pathlib import Path

import numpy as np
import polars as pl
import pytest

from src.analyze_drift import analyze_batch_drift, analyze_online_drift
from src.errors import InputError
from src.profile import read_profile, save_profile
from src.reference import reference_of_table
from src.tables import songs_from_frame
from tests.conftest import log_line


def test_a_profile_takes_the_place_of_the_songs(
    train: pl.DataFrame, prod_csv: Path, tmp_path: Path
) -> None:
    """Against a profile the report is the one against the songs, by genre too."""
    path, output = tmp_path / "train.csv", tmp_path / "report.json"
    genres = np.where(np.arange(len(train)) % 2, "Rock", "R&B")
    train.with_columns(genre=pl.Series(genres)).write_csv(path)
    prod = tmp_path / "prod.csv"
    pl.read_csv(prod_csv).with_columns(genre=pl.lit("Rock")).write_csv(prod)
    songs = analyze_batch_drift(
        path, prod, output, by=["genre"], save_profile=tmp_path / "train.npz"
    )
    profile = analyze_batch_drift(tmp_path / "train.npz", prod, output, by=["genre"])
    for report in (songs, profile):
        del report["timestamp"], report["inputs"]
    assert songs == profile
    assert [part["key"] for part in profile["segments"]] == ["Rock"]


def test_a_profile_of_the_log(tmp_path: Path) -> None:
    """A window of the log can be kept as a profile, with its repeats and rejections."""
    log = tmp_path / "api_requests.jsonl"
    lines = [
        log_line(timestamp=f"2026-11-0{1 + n // 300}T00:00:00Z", tempo=100 + (n % 150) / 10)
        for n in range(600)
    ]
    log.write_text("\n".join(lines) + "\n")
    report = analyze_online_drift(
        "2026-11-01/2026-11-02", log, tmp_path / "r.json", save_profile=tmp_path / "log.npz"
    )
    assert (report["train_samples"], report["production_samples"]) == (300, 300)
    assert report["train_effective_samples"] == pytest.approx(150, abs=1)
    found = read_profile(tmp_path / "log.npz")
    assert found.requests is not None and found.requests.answered == 300
    assert found.predictions["1"].genres == {"Rock": 300}
    assert found.population.design_effect == pytest.approx(2, abs=0.02)


def test_the_name_of_a_profile(train: pl.DataFrame, tmp_path: Path) -> None:
    """A profile must be called .npz, or it could not be told from a table."""
    reference = reference_of_table(songs_from_frame(train, "train"), "train")
    with pytest.raises(InputError, match=r"save-profile: .*x.json does not end in .npz"):
        save_profile(reference, tmp_path / "x.json")


@pytest.mark.parametrize("damage", ["cut", "text", "other arrays", "pickle", "format"])
def test_no_profile(train: pl.DataFrame, tmp_path: Path, damage: str) -> None:
    """A damaged, foreign or older file is refused with its name and the way out."""
    path = tmp_path / "x.npz"
    reference = reference_of_table(songs_from_frame(train.head(200), "train"), "train")
    save_profile(reference, path)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-3000])
    elif damage == "text":
        path.write_text("danceability,energy\n")
    elif damage == "other arrays":
        np.savez(path, x=np.zeros(3))
    elif damage == "pickle":
        np.savez(path, header=np.array([object()], dtype=object))
    else:
        content = path.read_bytes().replace(b'"format": 1', b'"format": 9')
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"x\.npz.*make one with --save-profile"):
        read_profile(path)


def test_no_such_profile(tmp_path: Path) -> None:
    """A profile that is not there is named."""
    with pytest.raises(InputError, match="there is no profile .*none.npz; make one"):
        read_profile(tmp_path / "none.npz")
