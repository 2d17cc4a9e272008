from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import read_log
from fastapi.testclient import TestClient

from app.api_keys import main, read_api_keys
from app.errors import ServingError
from app.schemas import TAKE_FIVE, Problems

MakeKey = Callable[[str], str]


@pytest.fixture
def keys_file(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def make_key(
    keys_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> MakeKey:
    """Makes a key as a person does, and lets the service ask for keys."""

    def make(name: str) -> str:
        assert main([name]) == 0
        printed = capsys.readouterr()
        with open(keys_file, "a", encoding="utf-8") as file:
            file.write(printed.out)
        return printed.err.rpartition(" ")[2].strip()

    monkeypatch.setenv("API_KEYS_FILE", str(keys_file))
    return make


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_a_known_key_opens(client: TestClient, make_key: MakeKey, log_file: Path) -> None:
    """Who shows a key is served, and the log says who it was."""
    keys = {name: make_key(name) for name in ("alice", "bob")}
    for key in keys.values():
        assert client.post("/predict", json=TAKE_FIVE, headers=bearer(key)).status_code == 200
    assert [line["client"] for line in read_log(log_file)] == ["alice", "bob"]


def test_the_key_itself_is_nowhere(make_key: MakeKey, keys_file: Path) -> None:
    """The file holds a digest, from which the key does not follow."""
    assert make_key("alice") not in keys_file.read_text()


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic KEY", "KEY", "Bearer KEY x"],
)
def test_anything_else_stays_out(
    client: TestClient, make_key: MakeKey, log_file: Path, authorization: str | None
) -> None:
    """Without a known key the answer is a 401 that says how to show one, and a line."""
    key = make_key("alice")
    headers = {"Authorization": authorization.replace("KEY", key)} if authorization else {}
    answer = client.post("/predict", json=TAKE_FIVE, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    assert Problems.model_validate(answer.json()).detail[0].type == "unauthorized"
    assert [line["status"] for line in read_log(log_file)] == [401]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/health", 200), ("/ready", 200), ("/model", 401), ("/metrics", 401), ("/docs", 401),
     ("/openapi.json", 401), ("/nowhere", 401)],
)  # fmt: skip
def test_only_health_and_ready_stay_open(
    client: TestClient, make_key: MakeKey, path: str, status: int
) -> None:
    """Whoever watches the service needs no key; everything that it tells does."""
    make_key("alice")
    assert client.get(path).status_code == status


BAD_FILES = {
    "no digest": "alice",
    "a key instead of its digest": "alice 1234",
    "short digest": "alice sha256:abc",
    "two names": f"alice sha256:{'a' * 64}\nalice sha256:{'b' * 64}",
    "one key twice": f"alice sha256:{'a' * 64}\nbob sha256:{'a' * 64}",
    "no key": "# nobody\n\n",
}


@pytest.mark.parametrize("content", BAD_FILES.values(), ids=BAD_FILES)
def test_an_unsound_file_is_refused(keys_file: Path, content: str) -> None:
    """A file that would let in others than meant, or nobody, is refused by its name."""
    keys_file.write_text(content)
    with pytest.raises(ServingError) as refused:
        read_api_keys(keys_file)
    assert str(keys_file) in str(refused.value)
    assert "python -m app.api_keys" in str(refused.value)


def test_a_missing_file_is_refused(keys_file: Path) -> None:
    """A service that is to ask for keys does not start without them."""
    with pytest.raises(ServingError, match="No such file"):
        read_api_keys(keys_file)


def test_a_name_that_the_log_cannot_hold_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A name is short and plain."""
    with pytest.raises(SystemExit):
        main(["alice smith"])
    assert "'alice smith' is no name" in capsys.readouterr().err


def test_who_asks_too_often_waits(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, log_file: Path
) -> None:
    """Beyond the rate the answer is a 429 that says when to come again; health stays open."""
    monkeypatch.setenv("RATE_LIMIT", "2/hour")
    answers = [client.post("/predict", json=TAKE_FIVE) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600
    assert Problems.model_validate(answers[-1].json()).detail[0].type == "too_many_requests"
    assert [line["status"] for line in read_log(log_file)] == [200, 200, 429]
    assert client.get("/ready").status_code == 200


def test_each_key_has_a_rate_of_its_own(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, make_key: MakeKey
) -> None:
    """One caller's haste costs others nothing, and guessing keys is slowed down too."""
    monkeypatch.setenv("RATE_LIMIT", "1/hour")
    keys = [make_key("alice"), make_key("bob"), "wrong"]
    statuses = [client.get("/model", headers=bearer(key)).status_code for key in keys * 2]
    assert statuses == [200, 200, 401, 429, 429, 429]
