"""Send songs of a table to POST /predict, one after the other, and say what came back.

Usage: send_songs.py URL TABLE COUNT OUTPUT
"""

import csv
import http.client
import json
import sys
import time
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FEATURES = (
    "danceability energy key loudness mode speechiness acousticness instrumentalness liveness "
    "valence tempo duration_ms"
).split()
PATIENCE_SECONDS = 60


def wait_until_ready(url: str) -> dict[str, Any]:
    """Wait for /ready, and return what /model says.

    Raises
    ------
    SystemExit
        When the service is not ready within a minute.
    """
    host = urlsplit(url).netloc
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        connection = http.client.HTTPConnection(host, timeout=5)
        try:
            connection.request("GET", "/ready")
            answer = connection.getresponse()
            said = answer.read().decode()
            if answer.status == 200:
                connection.request("GET", "/model")
                model: dict[str, Any] = json.load(connection.getresponse())
                return model
        except (OSError, http.client.HTTPException) as error:
            said = str(error)
        finally:
            connection.close()
        if time.monotonic() > deadline:
            sys.exit(f"{url} was not ready within {PATIENCE_SECONDS} s: {said}")
        time.sleep(0.1)


def send(url: str, songs: list[dict[str, Any]]) -> dict[str, Any]:
    """Send songs over one connection.

    Parameters
    ----------
    url : str
        Of the service.
    songs : list of dict
        The twelve features of each.

    Returns
    -------
    dict
        `statuses` and `genres`, both counted, and the median and 99th percentile of the latency in
        milliseconds, as the client saw it.
    """
    statuses: Counter[int] = Counter()
    genres: Counter[str] = Counter()
    milliseconds = []
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    for song in songs:
        start = time.perf_counter()
        connection.request(
            "POST", "/predict", json.dumps(song), {"Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        body = json.load(answer)
        milliseconds.append((time.perf_counter() - start) * 1000)
        statuses[answer.status] += 1
        if answer.status == 200:
            genres[body["genre"]] += 1
    connection.close()
    milliseconds.sort()
    return {
        "statuses": dict(statuses),
        "genres": dict(genres.most_common()),
        "p50_ms": milliseconds[len(milliseconds) // 2],
        "p99_ms": milliseconds[len(milliseconds) * 99 // 100],
    }


def main(url: str, table: str, count: str, output: str) -> None:
    with open(table, encoding="utf-8", newline="") as file:
        songs = [
            {feature: float(row[feature]) for feature in FEATURES}
            for row in islice(csv.DictReader(file), int(count))
        ]
    model = wait_until_ready(url)
    result = {"model": model} | send(url, songs)
    Path(output).write_text(json.dumps(result, indent=2), encoding="utf-8")
    answers = ", ".join(f"{number} x {status}" for status, number in result["statuses"].items())
    print(
        f"{len(songs)} songs to {model['name']} version {model['version']}: {answers}; "
        f"p50 {result['p50_ms']:.1f} ms, p99 {result['p99_ms']:.1f} ms"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
