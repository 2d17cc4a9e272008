import fcntl
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from src import files
from src.files import written_together, written_whole

PART = Path(__file__).resolve().parents[1]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_take_their_names_together(tmp_path: Path) -> None:
    """Until the block has ended the former files are there; then all new ones, readable by all."""
    one, two = tmp_path / "one", tmp_path / "new" / "two"
    one.write_text("former")
    with written_together(one, two) as (first, second):
        first.write(b"1")
        second.write(b"2")
        assert one.read_text() == "former" and not two.exists()
    assert (one.read_text(), two.read_text()) == ("1", "2")
    assert oct(one.stat().st_mode & 0o777) == oct(two.stat().st_mode & 0o777) == "0o644"
    assert names(tmp_path) == ["new", "one"] and names(two.parent) == ["two"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_nothing_changes_after_an_error(tmp_path: Path, error: type[BaseException]) -> None:
    """After an error or Ctrl-C the former file is as it was, and nothing lies beside it."""
    one = tmp_path / "one"
    one.write_text("former")
    with pytest.raises(error), written_together(one, tmp_path / "two") as (first, _):
        first.write(b"half")
        raise error
    assert names(tmp_path) == ["one"] and one.read_text() == "former"


def test_no_file_is_renamed_unless_all_can_be(tmp_path: Path) -> None:
    """When one of the names belongs to a folder, the other file stays as it was too."""
    (tmp_path / "one").write_text("former")
    (tmp_path / "two").mkdir()
    with pytest.raises(IsADirectoryError, match="two is a folder"):
        with written_together(tmp_path / "one", tmp_path / "two"):
            pytest.fail("the block was entered")
    assert (tmp_path / "one").read_text() == "former"


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    """The next run removes the hidden file of a killed one, and no other file."""
    code = (
        "import os, sys; from src.files import written_whole\n"
        "with written_whole(sys.argv[1]) as file: os.kill(os.getpid(), 9)"
    )
    target = tmp_path / "train[1].csv"
    subprocess.run([sys.executable, "-c", code, str(target)], cwd=PART, check=False)
    (left,) = names(tmp_path)
    assert left.startswith(".train[1].csv.") and left.endswith(".part")
    (tmp_path / ".train1.csv.other.part").touch()
    with written_whole(target):
        assert left not in names(tmp_path)
    assert names(tmp_path) == [".train1.csv.other.part", "train[1].csv"]


def test_two_at_once_leave_each_other_alone(tmp_path: Path) -> None:
    """A file that is being written is no leftover; whoever ends last has the name."""
    target = tmp_path / "metrics.json"
    with written_whole(target) as one:
        with written_whole(target) as two:
            one.write(b"one")
            two.write(b"two")
        assert target.read_text() == "two"
    assert target.read_text() == "one" and names(tmp_path) == ["metrics.json"]


def test_a_file_lost_before_it_was_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run that takes the new file for a leftover, before its lock, does no harm."""
    made: list[str] = []
    make = tempfile.mkstemp

    def make_and_lose(*arguments: object) -> tuple[int, str]:
        descriptor, name = make(*arguments)  # type: ignore[call-overload]
        made.append(name)
        if len(made) == 1:
            os.unlink(name)
        return descriptor, name

    monkeypatch.setattr(files.tempfile, "mkstemp", make_and_lose)
    with written_whole(tmp_path / "one") as file:
        file.write(b"whole")
    assert (tmp_path / "one").read_text() == "whole" and len(made) == 2


def test_a_lock_is_held_while_writing(tmp_path: Path) -> None:
    """The hidden file is locked from its first byte to its last."""
    with written_whole(tmp_path / "one"):
        (hidden,) = tmp_path.iterdir()
        with open(hidden, "rb") as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_full_disk(tmp_path: Path) -> None:
    """What cannot be written is named, with the cause, and the former file stays."""
    code = (
        "import resource, signal, sys; from src.command import run\n"
        "from src.files import written_whole\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "def work():\n"
        "    with written_whole(sys.argv[1]) as file: file.write(bytes(2000))\n"
        "    return 'done'\n"
        "sys.exit(run('stage', work))"
    )
    target = tmp_path / "one"
    target.write_text("former")
    done = subprocess.run(
        [sys.executable, "-c", code, str(target)], cwd=PART, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr == f"stage: error: {target} cannot be written: File too large\n"
    assert names(tmp_path) == ["one"] and target.read_text() == "former"
