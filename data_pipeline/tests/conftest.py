from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import settings
from ruamel.yaml import YAML

from src.params import Params, read_params
from src.process import process_data
from src.sample import write_sample
from src.songs import FEATURES

pytest_plugins = ["stores"]

# The same examples every time: a run of the tests must not fail by chance.
settings.register_profile("same", derandomize=True, deadline=None, database=None, max_examples=50)
settings.load_profile("same")

PART = Path(__file__).resolve().parents[1]
VALUES = (0.5, 0.6, 5, -7.0, 1, 0.05, 0.2, 0.0, 0.1, 0.5, 120.0, 210000)
SONG = dict(zip(FEATURES, VALUES, strict=True))


@pytest.fixture(scope="session")
def songs_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,500 sample songs in the Kaggle columns."""
    path = tmp_path_factory.mktemp("songs") / "songs.csv"
    write_sample(path, 1500)
    return path


@pytest.fixture(scope="session")
def tables(songs_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with train.csv and prod_sim.csv of the sample songs."""
    folder = tmp_path_factory.mktemp("tables")
    process_data(songs_csv, folder / "train.csv", folder / "prod_sim.csv")
    return folder


@pytest.fixture
def write_songs(tmp_path: Path) -> Callable[..., Path]:
    """Write a CSV of songs that differ from a plain one in the given cells."""

    def write(rows: list[dict[str, Any]], name: str = "raw.csv") -> Path:
        plain = {"year": 2000, "genre": "Rock"} | SONG
        path = tmp_path / name
        columns: dict[str, list[Any]] = {}
        for column in dict.fromkeys(key for row in [plain, *rows] for key in row):
            columns[column] = [(plain | row).get(column) for row in rows]
        pl.DataFrame(columns, strict=False).write_csv(path)
        return path

    return write


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of the processes that run the tests, the first begins with those that need a server.

    So no other one starts a server of its own, which takes longer than most tests.
    """
    items.sort(key=lambda item: "server" not in getattr(item, "fixturenames", ()))


def merge(content: dict[str, Any], changes: dict[str, Any]) -> None:
    """Put the changes into nested dictionaries, where nothing else is touched."""
    for name, change in changes.items():
        if isinstance(change, dict) and isinstance(content.get(name), dict):
            merge(content[name], change)
        else:
            content[name] = change


@pytest.fixture(scope="session")
def params() -> Callable[..., Params]:
    """params.yaml with small models, changed at the given places: params(split={"seed": 1})."""

    def make(**blocks: dict[str, Any]) -> Params:
        content = YAML(typ="safe").load(PART / "params.yaml")
        content["train"]["inner_folds"] = 2
        content["train"]["xgboost"]["n_estimators"] = 5
        content["evaluate"]["min_accuracy"] = 0.2
        merge(content, blocks)
        return Params.model_validate(content)

    return make


@pytest.fixture
def committed_params() -> Params:
    return read_params(PART / "params.yaml")
