"""A reference in one file: all that is needed of millions of songs to compare others with them."""

import io
import json
import math
import zipfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from src.answers import Predictions
from src.distribution import Counts, Distribution
from src.errors import InputError
from src.features import FEATURES
from src.files import write_whole
from src.moments import Moments
from src.population import Population
from src.reference import Reference, Requests
from src.repeats import Repeats
from src.row_sample import RowSample
from src.songs import Quality

FORMAT = 1
SUFFIX = ".npz"


def save_profile(reference: Reference, path: Path) -> None:
    """Write a reference to a file.

    Raises
    ------
    InputError
        When the name does not end in .npz.
    """
    if path.suffix != SUFFIX:
        raise InputError(f"save-profile: {path} does not end in {SUFFIX}")
    populations = [reference.population, *reference.by_genre.values()]
    distributions = [d for p in populations for d in p.distributions.values()]
    header = {
        "format": FORMAT,
        "features": FEATURES,
        "name": reference.name,
        "genres": list(reference.by_genre),
        "rows": [population.rows for population in populations],
        "quality": reference.quality and asdict(reference.quality),
        "requests": reference.requests and asdict(reference.requests),
        "predictions": {
            version: {"genres": found.genres, "confidence": found.confidence.tolist()}
            for version, found in reference.predictions.items()
        },
    }
    content = io.BytesIO()
    np.savez(
        content,
        header=np.frombuffer(json.dumps(header).encode(), dtype=np.uint8),
        lengths=np.array([len(d.values) for d in distributions]),
        values=np.concatenate([d.values for d in distributions]),
        at_or_below=np.concatenate([d.at_or_below for d in distributions]),
        below=np.concatenate([d.below for d in distributions]),
        moments=np.array([_floats(d.moments) for d in distributions]),
        repeats=_buckets(reference.population.repeats),
        sample_hashes=reference.sample.hashes,
        sample_columns=reference.sample.columns,
    )
    write_whole(path, content.getvalue())


def _floats(moments: Moments) -> list[float]:
    known = (moments.average, moments.deviations)
    mean, deviations = (math.inf if number is None else number for number in known)
    if not moments.count:
        mean = 0.0
    return [moments.count, mean, deviations, moments.lowest, moments.highest]


def _buckets(repeats: Repeats | None) -> Counts:
    return np.zeros(0, dtype=np.int64) if repeats is None else repeats.buckets


def read_profile(path: Path) -> Reference:
    """Read a reference that `save_profile` wrote; nothing in the file is executed.

    Raises
    ------
    InputError
        When there is no such file, or it is no profile, or of another format.
    """
    way_out = "make one with --save-profile"
    if not path.is_file():
        raise InputError(f"there is no profile {path}; {way_out}")
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as content:
            arrays = {name: content[name] for name in content.files}
        header = json.loads(arrays.pop("header").tobytes())
        if header["format"] != FORMAT or tuple(header["features"]) != FEATURES:
            raise InputError(
                f"profile {path} has format {header['format']}, and {FORMAT} is read; {way_out}"
            )
        return _reference(header, arrays)
    except (ValueError, KeyError, TypeError, OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is no profile, or damaged ({error}); {way_out}") from error


def _reference(header: dict[str, Any], arrays: dict[str, Any]) -> Reference:
    ends = np.cumsum(arrays["lengths"])[:-1]
    parts = [np.split(arrays[name], ends) for name in ("values", "at_or_below", "below")]
    moments = [Moments.known(int(row[0]), *map(float, row[1:])) for row in arrays["moments"]]
    distributions = list(map(Distribution, *parts, moments))
    populations = [
        Population(
            rows,
            dict(zip(FEATURES, distributions[index * len(FEATURES) :], strict=False)),
            Repeats(arrays["repeats"]) if len(arrays["repeats"]) and not index else None,
        )
        for index, rows in enumerate(header["rows"])
    ]
    hashes = arrays["sample_hashes"]
    nothing = np.empty((len(hashes), 0), dtype=np.float32)
    return Reference(
        header["name"],
        populations[0],
        RowSample(hashes, arrays["sample_columns"], nothing),
        by_genre=dict(zip(header["genres"], populations[1:], strict=True)),
        quality=header["quality"] and Quality(**header["quality"]),
        requests=header["requests"] and Requests(**header["requests"]),
        predictions={
            version: Predictions(Counter(found["genres"]), np.array(found["confidence"]))
            for version, found in header["predictions"].items()
        },
    )
