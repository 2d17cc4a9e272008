"""One evaluation of a store at a time: none decides about a champion that another is replacing."""

import hashlib
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from src import tracking
from src.lock import locked

CLAIM = "evaluating."
PAUSE_SECONDS = 0.5
# A claim that stands this long was left by a process that was killed.
PATIENCE_SECONDS = 300.0


@contextmanager
def one_at_a_time(version: ModelVersion) -> Iterator[ModelVersion]:
    """Wait until no other evaluation decides about the champion, and keep others waiting.

    On one machine, for one SQLite file or one clone, by a lock that ends with the process. Between
    machines that share a server, by a claim: a tag on the version that is judged.

    Parameters
    ----------
    version : ModelVersion
        The registered candidate.

    Yields
    ------
    ModelVersion
        The same version as it is by now, whose tags another evaluation may have changed.
    """
    uri = tracking.tracking_uri()
    embedded = uri.startswith("sqlite:///")
    store = Path(uri.removeprefix("sqlite:///")) if embedded else tracking.PART / "mlflow.db"
    with ExitStack() as held:
        waiting = "evaluate: waiting for another evaluation with this store"
        held.enter_context(locked(store.with_name(f"{store.name}.lock"), waiting))
        if not embedded:
            held.enter_context(claimed(version, _workspace()))
        yield MlflowClient().get_model_version(version.name, version.version)


@contextmanager
def claimed(
    version: ModelVersion, claimant: str, patience: float = PATIENCE_SECONDS
) -> Iterator[None]:
    """Hold the only claim on the registered model of a version.

    A registry has no lock, but tags that everybody writes and reads. Whoever has put up its claim
    and then sees no other may go on; of two that see each other, the one whose name comes first in
    the alphabet keeps its claim, and the other withdraws and waits: Lamport (1986), "The mutual
    exclusion problem: part II", the one-bit algorithm.

    Parameters
    ----------
    version : ModelVersion
    claimant : str
        A name that no other evaluation has at the same time. A claim that it left earlier, when it
        was killed, is its own again.
    patience : float
        Seconds after which somebody else's unchanged claim is taken to be left behind.
    """
    claim = _Claim(version, CLAIM + claimant, patience)
    try:
        while True:
            claim.put_up()
            while (others := claim.others()) and claim.key < min(others):
                time.sleep(PAUSE_SECONDS)
            if not others:
                break
            claim.withdraw()
            while claim.key > min(claim.others(), default=claim.key):
                time.sleep(PAUSE_SECONDS)
        yield
    except BaseException:
        # It may be the server that fails; a claim that stays is this claimant's own the next time.
        with suppress(MlflowException):
            claim.withdraw()
        raise
    claim.withdraw()


class _Claim:
    """A tag that says: this version is being judged."""

    def __init__(self, version: ModelVersion, key: str, patience: float) -> None:
        self.key = key
        self._version = version
        self._patience = patience
        self._client = MlflowClient()
        self._seen: dict[tuple[str, str, str], float] = {}

    def put_up(self) -> None:
        since = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._client.set_model_version_tag(
            self._version.name, self._version.version, self.key, since
        )

    def withdraw(self) -> None:
        self._client.delete_model_version_tag(
            self._version.name, self._version.version, self.key
        )

    def others(self) -> set[str]:
        """The keys of the others' claims, but for those that were left behind: these go."""
        name, now = self._version.name, time.monotonic()
        found = [
            (str(version.version), key, since)
            for version in self._client.search_model_versions(f"name = '{name}'")
            for key, since in version.tags.items()
            if key.startswith(CLAIM) and key != self.key
        ]
        if found and not self._seen:
            print("evaluate: waiting for another evaluation with this server", flush=True)
        self._seen = {claim: self._seen.get(claim, now) for claim in found}
        stale = {claim for claim in found if now - self._seen[claim] > self._patience}
        for number, key, since in stale:
            print(f"evaluate: version {number} was left in the middle of being judged, {since}")
            self._client.delete_model_version_tag(name, number, key)
        return {key for _, key, _ in set(found) - stale}


def _workspace() -> str:
    """A name for this clone on this machine, where the lock lets one evaluation run."""
    place = f"{socket.gethostname()}:{tracking.PART}"
    return hashlib.sha256(place.encode()).hexdigest()[:16]
