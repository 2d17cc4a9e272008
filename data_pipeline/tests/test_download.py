from pathlib import Path

import kagglehub
import pytest
import requests

from src import download
from src.download import main


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any Kaggle credentials."""
    monkeypatch.setattr(download, "PART", tmp_path / "data_pipeline")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    for name in ("KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def test_without_credentials(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without credentials it says how to get them, and what to do without."""
    assert main(["--output", str(tmp_path / "songs.csv")]) == 1
    message = capsys.readouterr().err
    assert all(word in message for word in ("kaggle.json", "KAGGLE_KEY", "make sample", "by hand"))
    assert not (tmp_path / "songs.csv").exists()


def test_with_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With credentials in .env the file is fetched under its name (Kaggle itself is played)."""
    (tmp_path / ".env").write_text("KAGGLE_USERNAME=somebody\nKAGGLE_KEY=secret\n")
    # Set first, so that what .env adds is taken out again at the end.
    for name in ("KAGGLE_USERNAME", "KAGGLE_KEY"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    asked = []

    def dataset_download(handle: str, path: str) -> str:
        asked.append((handle, path))
        (tmp_path / "cached.csv").write_text("songs")
        return str(tmp_path / "cached.csv")

    monkeypatch.setattr(kagglehub, "dataset_download", dataset_download)
    assert main(["--output", str(tmp_path / "songs.csv")]) == 0
    assert (tmp_path / "songs.csv").read_text() == "songs"
    assert asked == [("serkantysz/550k-spotify-songs-audio-lyrics-and-genres", "songs.csv")]


def test_kaggle_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """When Kaggle refuses or is out of reach, its words are passed on."""
    monkeypatch.setenv("KAGGLE_USERNAME", "somebody")
    monkeypatch.setenv("KAGGLE_KEY", "secret")

    def dataset_download(handle: str, path: str) -> str:
        raise requests.ConnectionError("no route")

    monkeypatch.setattr(kagglehub, "dataset_download", dataset_download)
    assert main(["--output", str(tmp_path / "songs.csv")]) == 1
    assert "no route" in capsys.readouterr().err
