from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from src.command import PipelineError
from src.params import Params, read_params

PARAMS = Path(__file__).resolve().parents[1] / "params.yaml"


def refuse(tmp_path: Path, block: str, changes: dict[str, Any]) -> str:
    content = YAML(typ="safe").load(PARAMS)
    inner = content
    for name in block.split("."):
        inner = inner[name]
    inner.update(changes)
    path = tmp_path / "params.yaml"
    YAML().dump(content, path)
    with pytest.raises(PipelineError) as error:
        read_params(path)
    return str(error.value)


def test_the_committed_parameters(committed_params: Params) -> None:
    """params.yaml names the Kaggle file, its MD5 and the year 2010."""
    assert committed_params.data.source_path == "songs.csv"
    assert committed_params.data.source_md5 == "0e71e2c46244acac485bd8c245aa6e56"
    assert committed_params.data.train_year_threshold == 2010


@pytest.mark.parametrize(
    ("block", "changes", "words"),
    [
        ("split", {"validation_fraction": 1.4}, "split.validation_fraction: 1.4 is refused"),
        ("split", {"validation_fraction": 0}, "split.validation_fraction: 0 is refused"),
        ("split", {"seed": "x"}, "split.seed: 'x' is refused"),
        ("data", {"source_md5": "abc"}, "data.source_md5: 'abc' is refused"),
        ("train.xgboost", {"n_estimators": 0}, "train.xgboost.n_estimators: 0 is refused"),
        ("train.xgboost", {"learning_rate": float("nan")}, "train.xgboost.learning_rate: nan"),
        (
            "train.logistic_regression",
            {"max_iters": 1},
            "train.logistic_regression.max_iters is not a parameter; did you mean max_iter?",
        ),
        ("evaluate", {"minimum": 1}, "evaluate.minimum is not a parameter; known here: min_accu"),
    ],
)
def test_refused_by_name(tmp_path: Path, block: str, changes: dict[str, Any], words: str) -> None:
    """An unknown or impossible parameter is refused with its full name and its value."""
    assert words in refuse(tmp_path, block, changes)


def test_all_problems_at_once(tmp_path: Path) -> None:
    """Two wrong parameters are both named."""
    message = refuse(tmp_path, "split", {"seed": None, "validation_fraction": 2})
    assert "split.seed" in message and "split.validation_fraction" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [("split: [", "is no YAML"), ("", "holds no parameters"), ("data: {}", "split is missing")],
)
def test_no_parameters(tmp_path: Path, text: str, words: str) -> None:
    """A file that is no YAML, empty, or lacks a block is refused."""
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(PipelineError, match=words):
        read_params(path)
    with pytest.raises(PipelineError, match="there is no parameter file"):
        read_params(tmp_path / "none.yaml")
