from pathlib import Path

import pytest

from src.files import write_whole


def test_makes_the_folder(tmp_path: Path) -> None:
    """The folder is made, and others may read the file."""
    path = tmp_path / "new" / "folder" / "report.json"
    write_whole(path, "Chanson é")
    assert path.read_text(encoding="utf-8") == "Chanson é"
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_former_file_survives_a_failure(tmp_path: Path) -> None:
    """When writing fails, the former file is there as it was, and nothing beside it."""
    path = tmp_path / "report.json"
    path.write_text("former")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "half \ud800")
    assert path.read_text() == "former"
    assert list(tmp_path.iterdir()) == [path]
