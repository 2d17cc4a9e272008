"""Parts on object storage: a real S3 server on this machine."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from dask_cluster import cluster

from src.command import PipelineError
from src.load import load_data, main
from src.parts import read_list
from src.process import process_data
from src.sample import write_sample

# The server, fsspec and s3fs are in requirements-dask.txt only.
pytestmark = pytest.mark.dask


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three parts, one of them packed."""
    folder = tmp_path_factory.mktemp("parts")
    for number in range(3):
        write_sample(folder / f"{number}.csv", 200, seed=number, faulty=0.1)
    packed = gzip.compress((folder / "1.csv").read_bytes())
    (folder / "1.csv.gz").write_bytes(packed)
    (folder / "1.csv").unlink()
    return folder


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def settings(server: str) -> dict[str, str]:
    """By what boto finds the server."""
    return {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": "sesame",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


@pytest.fixture
def bucket(
    folder: Path, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A bucket that has the parts, and beside them what is none."""
    import s3fs

    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    system = s3fs.S3FileSystem(skip_instance_cache=True)
    system.mkdir("bucket")
    system.put(str(folder), "bucket/songs", recursive=True)
    system.pipe_file("bucket/songs/_SUCCESS", b"")
    yield "s3://bucket/songs"
    system.rm("bucket", recursive=True)


def processed(source: str | Path, folder: Path) -> list[bytes]:
    load_data(source, folder / "raw.csv")
    outputs = folder / "train.csv", folder / "prod.csv"
    process_data(folder / "raw.csv", *outputs)
    return [path.read_bytes() for path in outputs]


@pytest.mark.parametrize("ending", ["", "/", "/*.csv*"])
def test_s3(bucket: str, folder: Path, tmp_path: Path, ending: str) -> None:
    """A folder or glob on S3 gives what the same parts on this machine give."""
    local = processed(folder, tmp_path)
    assert processed(bucket + ending, tmp_path) == local
    listed = read_list(tmp_path / "raw.csv") or []
    names = [f"{bucket}/{name}" for name in ("0.csv", "1.csv.gz", "2.csv")]
    assert [part.path for part in listed] == names
    assert all((part.version or "").startswith("etag:") for part in listed)


def test_one_file_on_s3(bucket: str, folder: Path, tmp_path: Path) -> None:
    """A single file on S3 gives what it gives on this machine, where it is copied first."""
    assert processed(f"{bucket}/0.csv", tmp_path) == processed(folder / "0.csv", tmp_path)


def test_workers_read_s3(
    bucket: str, folder: Path, settings: dict[str, str], tmp_path: Path
) -> None:
    """Workers of a cluster read parts on S3 themselves."""
    from src.dask_pool import dask_pool

    local = processed(folder, tmp_path)
    load_data(bucket, tmp_path / "raw.csv")
    outputs = tmp_path / "t.csv", tmp_path / "p.csv"
    with cluster(tmp_path, 1, **settings) as dask, dask_pool(dask.address) as pool:
        process_data(tmp_path / "raw.csv", *outputs, pool=pool)
    assert [path.read_bytes() for path in outputs] == local


def test_a_part_on_s3_that_changed(bucket: str, folder: Path, tmp_path: Path) -> None:
    """A part that was written again since it was listed is refused by name."""
    import s3fs

    load_data(bucket, tmp_path / "raw.csv")
    content = (folder / "2.csv").read_bytes()
    s3fs.S3FileSystem(skip_instance_cache=True).pipe_file("bucket/songs/2.csv", content[::-1])
    with pytest.raises(PipelineError, match="songs/2.csv has changed since .* etag:"):
        process_data(tmp_path / "raw.csv", tmp_path / "t.csv", tmp_path / "p.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["raw.csv"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("s3://bucket/none", "s3://bucket/none: nothing is there"),
        ("s3://nobody/songs/", "s3://nobody/songs/: nothing is there"),
        ("s3://bucket/none*.csv", "is no place with parts of a table"),
        ("nowhere://bucket/songs", "nowhere://bucket/songs: it cannot be read: Protocol not known"),
    ],
)
def test_nothing_there(
    bucket: str, tmp_path: Path, url: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A URL behind which there is nothing is named, in one sentence."""
    assert main(["--source_path", url, "--output_path", str(tmp_path / "raw.csv")]) == 1
    error = capsys.readouterr().err
    assert words in error and len(error.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_no_keys(bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without keys, what is missing is said, and never a password that is in the URL."""
    import s3fs

    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(PipelineError, match="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        load_data(bucket, tmp_path / "raw.csv")
    s3fs.S3FileSystem.clear_instance_cache()
