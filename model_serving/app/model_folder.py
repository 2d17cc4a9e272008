"""The folder of the champion, as MLflow downloads it: what its files say of the model."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, Field, ValidationError

from app.errors import ServingError
from app.schemas import FEATURES

WAY_OUT = (
    "Download the champion into an empty folder: mlflow artifacts download "
    "-u models:/spotify-genre-classifier@champion -d FOLDER"
)
TRAIN_AGAIN = (
    "A former pipeline made this model. Train again, by 'make pipeline' or 'dvc repro --force', "
    "and download the new champion"
)

Content = TypeVar("Content", bound=BaseModel)


class _Profile(BaseModel):
    accuracy: float
    rows: int
    mean_probabilities: dict[str, float]


class _KnownSong(BaseModel):
    features: dict[str, float]
    probabilities: dict[str, float]


class _Metadata(BaseModel):
    genres: Annotated[list[str], Field(min_length=2)]
    reference_profile: _Profile
    known_song: _KnownSong
    onnx_sha256: Annotated[str | None, Field(pattern="^[0-9a-f]{64}$")] = None


class _OnnxFlavor(BaseModel):
    data: str


class _Flavors(BaseModel):
    onnx: _OnnxFlavor


class _Signature(BaseModel):
    inputs: str  # JSON in YAML


class _MLmodel(BaseModel):
    run_id: str
    utc_time_created: datetime
    flavors: _Flavors
    signature: _Signature
    metadata: _Metadata


class _Registered(BaseModel, coerce_numbers_to_str=True):
    model_name: str
    model_version: str


@dataclass(frozen=True)
class ModelFolder:
    """A model's graph and what is known of it.

    Attributes
    ----------
    genres : tuple of str
        In the order of the graph's probabilities.
    accuracy, rows
        Of and on the songs that the model was validated on.
    mean_probabilities : dict of str to float
        Its mean prediction on those songs: how common it takes each genre to be.
    known_features, known_probabilities : tuple of float
        A song and what the model said of it, in the orders of FEATURES and of `genres`.
    """

    folder: Path
    graph: bytes
    name: str
    version: str
    run_id: str
    created: datetime
    genres: tuple[str, ...]
    accuracy: float
    rows: int
    mean_probabilities: dict[str, float]
    known_features: tuple[float, ...]
    known_probabilities: tuple[float, ...]


def read_model_folder(folder: Path) -> ModelFolder:
    """Read a model folder and check that its files agree with each other and with the API.

    Raises
    ------
    ServingError
        When a file is missing, unreadable or at odds with the rest, or the graph is not the one
        that was registered.
    """
    described = _parse(_MLmodel, folder / "MLmodel")
    registered = _parse(_Registered, folder / "registered_model_meta")
    metadata = described.metadata
    known = metadata.known_song
    inputs = _input_names(described.signature.inputs)
    if inputs != FEATURES:
        raise _damaged(
            folder / "MLmodel",
            f"its inputs are {_listed(inputs)}, not the features of the API in their order: "
            f"{_listed(FEATURES)}",
        )
    if len(set(metadata.genres)) != len(metadata.genres):
        raise _damaged(folder / "MLmodel", f"genres repeat: {_listed(metadata.genres)}")
    if set(known.features) != set(FEATURES) or set(known.probabilities) != set(metadata.genres):
        raise _damaged(
            folder / "MLmodel", "known_song does not hold the 12 features and every genre"
        )
    if set(metadata.reference_profile.mean_probabilities) != set(metadata.genres):
        raise _damaged(
            folder / "MLmodel", "reference_profile.mean_probabilities does not hold every genre"
        )
    return ModelFolder(
        folder=folder,
        graph=_graph(folder, described.flavors.onnx.data, metadata.onnx_sha256),
        name=registered.model_name,
        version=registered.model_version,
        run_id=described.run_id,
        created=described.utc_time_created.replace(tzinfo=UTC),
        genres=tuple(metadata.genres),
        accuracy=metadata.reference_profile.accuracy,
        rows=metadata.reference_profile.rows,
        mean_probabilities=metadata.reference_profile.mean_probabilities,
        known_features=tuple(known.features[feature] for feature in FEATURES),
        known_probabilities=tuple(known.probabilities[genre] for genre in metadata.genres),
    )


def _parse(schema: type[Content], path: Path) -> Content:
    try:
        return schema.model_validate(yaml.safe_load(path.read_bytes()))
    except OSError as error:
        raise _damaged(path, str(error.strerror)) from None
    except yaml.YAMLError as error:
        raise _damaged(path, f"it is no YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise _damaged(path, f"{where}: {first['msg']}") from None


def _input_names(inputs: str) -> tuple[Any, ...]:
    try:
        return tuple(column["name"] for column in json.loads(inputs))
    except (ValueError, TypeError, KeyError):
        return ()


def _graph(folder: Path, name: str, registered: str | None) -> bytes:
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise _damaged(folder / name, str(error.strerror)) from None
    if registered is None:
        raise unusable(
            folder,
            f"MLmodel: metadata.onnx_sha256 is missing, so nothing tells whether {name} is the "
            "graph that was registered",
            TRAIN_AGAIN,
        )
    found = hashlib.sha256(content).hexdigest()
    if found != registered:
        raise _damaged(
            folder / name,
            f"its SHA-256 is {found[:12]}..., and {registered[:12]}... was registered (MLmodel, "
            "metadata.onnx_sha256): the file is damaged, or of another version",
        )
    return content


def unusable(folder: Path, problem: str, way_out: str = WAY_OUT) -> ServingError:
    """The refusal of a model folder, with the way out."""
    return ServingError(f"no model can be served from {folder} (MODEL_DIR): {problem}. {way_out}")


def _damaged(path: Path, problem: str) -> ServingError:
    return unusable(path.parent, f"{path.name}: {problem}")


def _listed(names: Any) -> str:
    return ", ".join(map(str, names)) or "unreadable"
