import gzip
import os
import sys
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import s3fs
from moto.server import ThreadedMotoServer

from src.errors import InputError
from src.fetch_logs import main
from src.fetching import Fetched, fetch
from src.log_files import log_files

LINE = b'{"status": 200}\n'
PACKED = gzip.compress(LINE)
SECRETS = ("hush", "X-Amz-Signature", "sesame")


def fetched_files(folder: Path) -> dict[str, bytes]:
    """The files that readers see, by their place in the folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A folder with a log, rotated and packed ones, and what is none."""
    folder = tmp_path / "kept"
    for name, content in {
        "api_requests.jsonl": LINE * 3,
        "api_requests.jsonl.1": LINE * 2,
        "api_requests.jsonl.2.gz": PACKED,
        "notes.txt": b"not a log",
        "eu/api_requests.jsonl": LINE * 5,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_folder(logs: Path, tmp_path: Path, scheme: str) -> None:
    """Of a folder the log files come, rotated and packed ones as they are, and nothing else."""
    fetch(f"{scheme}{logs}", tmp_path / "here")
    assert fetched_files(tmp_path / "here") == {
        "api_requests.jsonl": LINE * 3,
        "api_requests.jsonl.1": LINE * 2,
        "api_requests.jsonl.2.gz": PACKED,
    }


def test_a_glob(logs: Path, tmp_path: Path) -> None:
    """Files of one name in different folders keep these, so that none overwrites another."""
    fetch(f"{logs}/**/*.jsonl", tmp_path / "here")
    assert fetched_files(tmp_path / "here") == {
        "api_requests.jsonl": LINE * 3,
        "eu/api_requests.jsonl": LINE * 5,
    }


def test_one_file_of_any_name(logs: Path, tmp_path: Path) -> None:
    """A single file comes whatever its name, such as a profile."""
    fetch(f"{logs}/notes.txt", tmp_path / "here")
    assert fetched_files(tmp_path / "here") == {"notes.txt": b"not a log"}


def test_only_what_has_changed(logs: Path, tmp_path: Path) -> None:
    """What is unchanged stays; what has grown, or was harmed here, comes again."""
    here = tmp_path / "here"
    assert fetch(str(logs), here).new == 3
    assert fetch(str(logs), here) == Fetched(files=3, new=0, bytes=0, removed=0)
    with open(logs / "api_requests.jsonl", "ab") as log:
        log.write(LINE)
    (here / "api_requests.jsonl.1").write_bytes(b"")
    assert fetch(str(logs), here) == Fetched(files=3, new=2, bytes=6 * len(LINE), removed=0)
    assert fetched_files(here)["api_requests.jsonl"] == LINE * 4
    assert fetched_files(here)["api_requests.jsonl.1"] == LINE * 2


def test_what_was_rotated_away(logs: Path, tmp_path: Path) -> None:
    """A file that is gone there goes here too, or its lines would count twice; others stay."""
    here = tmp_path / "here"
    fetch(str(logs), here)
    fetch(f"{logs}/notes.txt", here)
    packed = logs / "api_requests.jsonl.1"
    (logs / "api_requests.jsonl.1.gz").write_bytes(gzip.compress(packed.read_bytes()))
    packed.unlink()
    assert fetch(str(logs), here).removed == 1
    assert set(fetched_files(here)) == {
        "api_requests.jsonl",
        "api_requests.jsonl.1.gz",
        "api_requests.jsonl.2.gz",
        "notes.txt",
    }


class Handler(SimpleHTTPRequestHandler):
    """Files of a folder; a few paths misbehave."""

    def do_GET(self) -> None:
        if self.path.startswith("/denied"):
            self.send_error(403)
        elif self.path.startswith("/cut"):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(LINE)
        elif self.path.startswith("/signed"):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(LINE)
        elif self.path.startswith("/slow"):
            time.sleep(1)
        else:
            super().do_GET()

    def do_HEAD(self) -> None:
        # A signed URL is good for one method only.
        if self.path.startswith(("/denied", "/cut", "/signed", "/slow")):
            self.send_error(403)
        else:
            super().do_HEAD()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def web(logs: Path) -> Iterator[str]:
    """The address of a web server that has the logs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(logs)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_http(web: str, logs: Path, tmp_path: Path) -> None:
    """One file comes by HTTP, packed as it is, and only again when it has changed."""
    here, url = tmp_path / "here", f"{web}/api_requests.jsonl.2.gz"
    assert fetch(url, here).new == 1
    assert fetched_files(here) == {"api_requests.jsonl.2.gz": PACKED}
    assert fetch(url, here).new == 0
    changed = logs / "api_requests.jsonl.2.gz"
    changed.write_bytes(gzip.compress(LINE * 9))
    os.utime(changed, (0, 0))
    assert fetch(url, here).new == 1


def test_a_signed_url(web: str, tmp_path: Path) -> None:
    """The name has nothing of the signature; without a sign of its version it comes each time."""
    here = tmp_path / "here"
    for signature in "12":
        url = f"{web}/signed/api_requests.jsonl?X-Amz-Signature=hush{signature}"
        assert fetch(url, here) == Fetched(files=1, new=1, bytes=len(LINE), removed=0)
    assert fetched_files(here) == {"api_requests.jsonl": LINE}
    assert not any(secret in (here / ".fetched.json").read_text() for secret in SECRETS)


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """The address of an S3 server."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(moto: str, logs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket that has the logs, and the settings by which boto finds it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sesame")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    system = s3fs.S3FileSystem(skip_instance_cache=True)
    system.mkdir("songs")
    system.put(str(logs), "songs/logs", recursive=True)
    yield "s3://songs/logs"
    system.rm("songs", recursive=True)


def test_s3(bucket: str, logs: Path, tmp_path: Path) -> None:
    """A folder, a glob and a file of a bucket come like those here, and only once."""
    for pattern in ("", "/**/*.jsonl", "/notes.txt"):
        there, here = tmp_path / f"s3{len(pattern)}", tmp_path / f"path{len(pattern)}"
        fetch(f"{logs}{pattern}", here)
        fetched = fetch(f"{bucket}{pattern}", there)
        assert fetched_files(there) == fetched_files(here)
        assert fetched.new == fetched.files > 0
        assert fetch(f"{bucket}{pattern}", there).new == 0


def test_what_a_shipper_stores(bucket: str, tmp_path: Path) -> None:
    """Objects in a folder for each day, declared as packed, come packed and are read."""
    name = "2026-11-26/spotify-api-5d9c-x7k2p.20261126T101500-0b5f.jsonl.gz"
    system = s3fs.S3FileSystem(skip_instance_cache=True)
    system.pipe_file(f"{bucket}/{name}", PACKED, ContentEncoding="gzip")
    fetch(f"{bucket}/*/*.jsonl.gz", tmp_path / "here")
    assert fetched_files(tmp_path / "here") == {name: PACKED}
    assert log_files(f"{tmp_path}/here/**/*") == [tmp_path / "here" / name]


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "the URL is empty; wanted a path"),
        ("{path}/none", "{path}/none: nothing is there"),
        ("{path}/eu/*.gz", "{path}/eu/*.gz: no request log is there; wanted a file, a folder"),
        ("s4://songs/logs", "s4://songs/logs: protocol not known: s4; wanted a path"),
        ("gs://songs/logs", "gs://songs/logs: a library is missing (Please install gcsfs"),
        ("{web}/none.jsonl", "{web}/none.jsonl: the server answered 404"),
        (
            "{web}/denied.jsonl?X-Amz-Signature=hush",
            "{web}/denied.jsonl: the server answered 403 Forbidden",
        ),
        (
            "http://me:sesame@127.0.0.1:9/api_requests.jsonl",
            "http://127.0.0.1:9/api_requests.jsonl: it cannot be read: Cannot connect to host",
        ),
        ("{web}/cut.jsonl", "{web}/cut.jsonl: it cannot be read: Response payload"),
        ("s3://none/logs", "s3://none/logs: nothing is there (The specified bucket does not"),
        ("{bucket}/none.jsonl", "{bucket}/none.jsonl: nothing is there"),
    ],
)
def test_what_goes_wrong(
    url: str,
    sentence: str,
    web: str,
    bucket: str,
    logs: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each failure is one sentence with the URL and without its secrets, and leaves no file."""
    places = {"web": web, "bucket": bucket, "path": str(logs)}
    assert main([url.format(**places), str(tmp_path / "here")]) == 2
    out, err = capsys.readouterr()
    assert err.startswith(f"fetch_logs: error: {sentence.format(**places)}")
    assert err.count("\n") == 1 and out == ""
    assert not any(secret in err for secret in SECRETS)
    assert not [path for path in (tmp_path / "here").rglob("*") if path.is_file()]


def test_no_credentials(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without credentials it says which to set; empty variables, as GitHub sets them, are none."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main([bucket, str(tmp_path / "here")]) == 2
    wanted = "Unable to locate credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n"
    assert capsys.readouterr().err == f"fetch_logs: error: {bucket}: {wanted}"


def test_access_is_denied(
    bucket: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Credentials that S3 does not know are denied, and the keys are not told."""
    with pytest.MonkeyPatch.context() as strict:
        strict.setattr("moto.settings.INITIAL_NO_AUTH_ACTION_COUNT", 0)
        assert main([bucket, str(tmp_path / "here")]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"fetch_logs: error: {bucket}: access denied")
    assert "sesame" not in err and err.count("\n") == 1


def test_a_server_that_stalls(
    web: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A server that sends nothing is waited for so long and no longer."""
    monkeypatch.setattr("src.remote_files.IDLE_SECONDS", 0.2)
    assert main([f"{web}/slow.jsonl", str(tmp_path / "here")]) == 2
    assert capsys.readouterr().err == f"fetch_logs: error: {web}/slow.jsonl: no answer in time\n"


def test_without_the_libraries(
    bucket: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where only the report's own requirements are installed, it says what to install."""
    monkeypatch.setitem(sys.modules, "fsspec", None)
    assert main([bucket, str(tmp_path / "here")]) == 2
    assert "install requirements-remote.txt" in capsys.readouterr().err


def test_an_old_copy_outlives_a_failure(web: str, tmp_path: Path) -> None:
    """When a file ends early, the copy that was here before is still whole."""
    here = tmp_path / "here"
    here.mkdir()
    (here / "cut.jsonl").write_bytes(LINE * 7)
    with pytest.raises(InputError, match="cannot be read"):
        fetch(f"{web}/cut.jsonl", here)
    assert fetched_files(here) == {"cut.jsonl": LINE * 7}


def test_the_command(logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says what there is and what came."""
    assert main([str(logs), str(tmp_path / "here")]) == 0
    said = f"{logs}: in {tmp_path / 'here'} now 3 file(s), of which fetched 3 (0.0 MB); removed 0\n"
    assert capsys.readouterr().out == said
