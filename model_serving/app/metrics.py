"""What Prometheus may ask: GET /metrics adds up all workers."""

import os
from functools import cache

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

# prometheus_client keeps the figures of several processes in files of this folder; it looks at the
# variable when it is imported.
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
PATHS = frozenset({"/predict", "/predict/batch", "/health", "/ready", "/model", "/metrics", "/"})
# Seconds. A song takes under one millisecond when the service is idle.
_BUCKETS = (.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5)  # fmt: skip


class Metrics:
    """The counters of this process."""

    def __init__(self) -> None:
        disable_created_metrics()  # a second series for each, of when it was first counted
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "spotify_requests", "Answers by path and status.", ["path", "status"], registry=registry
        )
        self._seconds = Histogram(
            "spotify_request_seconds",
            "From a request's headers to its answer.",
            ["path"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._predictions = Counter(
            "spotify_predictions", "Songs by predicted genre.", ["genre"], registry=registry
        )
        self._model = Gauge(
            "spotify_model_info",
            "1 for the model that is served.",
            ["name", "version", "run_id"],
            multiprocess_mode="livemax",
            registry=registry,
        )
        self._priors = Gauge(
            "spotify_genre_priors_info",
            "1 for the genre priors that answers are adapted to; no series where there are none.",
            ["priors"],
            multiprocess_mode="livemax",
            registry=registry,
        )
        self.lines_written = Counter(
            "spotify_request_log_lines_written", "Lines of the request log.", registry=registry
        )
        self.lines_lost = Counter(
            "spotify_request_log_lines_lost",
            "Lines that the request log could not take.",
            registry=registry,
        )
        self._by_status: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self._by_genre: dict[str, Counter] = {}

    def answered(self, path: str, status: int, seconds: float) -> None:
        """Count an answer and the time that it took."""
        found = self._by_status.get((path, status))
        if found is None:
            known = path if path in PATHS else "other"
            found = self._requests.labels(known, str(status)), self._seconds.labels(known)
            if known == path:
                self._by_status[path, status] = found
        requests, latency = found
        requests.inc()
        latency.observe(seconds)

    def predicted(self, genre: str, songs: int) -> None:
        """Count songs of a genre."""
        found = self._by_genre.get(genre)
        if found is None:
            found = self._by_genre[genre] = self._predictions.labels(genre)
        found.inc(songs)

    def serves(self, name: str, version: str, run_id: str) -> None:
        """Say which model is served."""
        self._model.labels(name, version, run_id).set(1)

    def adapts(self, priors: str) -> None:
        """Say which genre priors answers are adapted to, by their id."""
        self._priors.labels(priors).set(1)

    def exposed(self, accept: str) -> tuple[bytes, str]:
        """All figures, of all workers, and the content type that fits an Accept header."""
        encode, content_type = choose_encoder(accept)
        registry = self._registry
        if SHARED_FOLDER in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)
        return encode(registry), content_type


@cache
def metrics() -> Metrics:
    """The metrics of this process."""
    return Metrics()
