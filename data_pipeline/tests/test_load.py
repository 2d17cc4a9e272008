import hashlib
from pathlib import Path

import pytest

from src.command import PipelineError
from src.load import load_data, main


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "songs.csv"
    path.write_bytes(b'any,columns\r\n"a ""b""\nc",1\n\xff\n')
    return path


def test_copies_bytes(source: Path, tmp_path: Path) -> None:
    """The copy has the same bytes, whatever the columns are, in a folder made for it."""
    output = tmp_path / "new" / "folder" / "raw.csv"
    assert load_data(source, output) == hashlib.md5(source.read_bytes()).hexdigest()
    assert output.read_bytes() == source.read_bytes()


def test_accepts_the_expected_file(source: Path, tmp_path: Path) -> None:
    """A file with the expected MD5 is copied."""
    md5 = hashlib.md5(source.read_bytes()).hexdigest()
    load_data(source, tmp_path / "raw.csv", expected_md5=md5)
    assert (tmp_path / "raw.csv").exists()


def test_refuses_another_file(source: Path, tmp_path: Path) -> None:
    """A file with another MD5 is refused with both hashes and both ways out; nothing is written."""
    output = tmp_path / "out" / "raw.csv"
    with pytest.raises(PipelineError) as error:
        load_data(source, output, expected_md5="0" * 32)
    found = hashlib.md5(source.read_bytes()).hexdigest()
    for part in ("0" * 32, found, "make download", f"data.source_md5: {found}"):
        assert part in str(error.value)
    assert list(output.parent.iterdir()) == []


def test_a_former_copy_survives_a_refusal(source: Path, tmp_path: Path) -> None:
    """What was copied before stays when the next file is refused."""
    output = tmp_path / "raw.csv"
    output.write_text("former")
    with pytest.raises(PipelineError):
        load_data(source, output, expected_md5="0" * 32)
    assert output.read_text() == "former"


def test_command(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The literal command copies and exits with 0; without a source it names what helps, with 1."""
    arguments = ["--output_path", str(tmp_path / "raw.csv"), "--source_path"]
    assert main([*arguments, str(source)]) == 0
    assert main([*arguments, str(tmp_path / "none.csv")]) == 1
    assert "make download" in capsys.readouterr().err


def test_command_reads_the_expected_md5(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the repository's params.yaml only the Kaggle file is accepted."""
    params = Path(__file__).resolve().parents[1] / "params.yaml"
    arguments = ["--source_path", str(source), "--output_path", str(tmp_path / "raw.csv")]
    assert main([*arguments, "--params_path", str(params)]) == 1
    assert "0e71e2c46244acac485bd8c245aa6e56" in capsys.readouterr().err
