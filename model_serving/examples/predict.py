"""Ask for the genres of songs with httpx: python predict.py [SONGS.csv]

SERVICE_URL says where; API_KEY is sent where it is set. Without a file, a song stands below.
"""

import csv
import os
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

import httpx

FEATURES = (
    "danceability energy key loudness mode speechiness acousticness instrumentalness liveness "
    "valence tempo duration_ms"
).split()
TAKE_FIVE = dict(
    zip(
        FEATURES,
        [0.454, 0.26, 8, -13.193, 0, 0.0401, 0.539, 0.00078, 0.0675, 0.598, 174.322, 324133],
        strict=True,
    )
)
BATCH = 1000


def client() -> httpx.Client:
    """A client that keeps its connections, tries again when none can be had, and has patience."""
    key = os.environ.get("API_KEY")
    return httpx.Client(
        base_url=os.environ.get("SERVICE_URL", "http://localhost:8000"),
        headers={"Authorization": f"Bearer {key}"} if key else {},
        transport=httpx.HTTPTransport(retries=3),
        timeout=10,
    )


def genres(service: httpx.Client, songs: list[dict[str, float]]) -> Iterator[dict[str, Any]]:
    """What the service says of each song, in their order: a genre, or what is wrong with it."""
    rest = iter(songs)
    while batch := list(islice(rest, BATCH)):
        answer = service.post("/predict/batch", json={"songs": batch})
        if answer.is_error:
            problems = "; ".join(problem["msg"] for problem in answer.json()["detail"])
            sys.exit(f"{answer.status_code}: {problems}")
        yield from answer.json()["results"]


def main() -> None:
    songs = [TAKE_FIVE]
    if len(sys.argv) > 1:
        with open(sys.argv[1], encoding="utf-8", newline="") as file:
            songs = [{f: float(row[f]) for f in FEATURES} for row in csv.DictReader(file)]
    with client() as service:
        for result in genres(service, songs):
            if "errors" in result:
                print("refused:", "; ".join(problem["msg"] for problem in result["errors"]))
            else:
                print(f"{result['genre']} {result['confidence']:.2f}")


if __name__ == "__main__":
    main()
