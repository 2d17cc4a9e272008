"""params.yaml, read once into a frozen object that refuses what it does not know."""

import difflib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from src.command import PipelineError
from src.songs import YEARS

Share = Annotated[float, Field(gt=0, lt=1)]
PositiveShare = Annotated[float, Field(gt=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Data(Block):
    source_path: Annotated[str, Field(min_length=1)]
    source_md5: Annotated[str, Field(pattern="^[0-9a-f]{32}$")] | None
    train_year_threshold: Annotated[int, Field(ge=YEARS[0], le=YEARS[1])]


class Split(Block):
    validation_fraction: Share
    seed: int


class LogisticRegressionParams(Block):
    C: Positive
    max_iter: Count
    most_songs: Annotated[int, Field(ge=1000)]


class XGBoostParams(Block):
    max_depth: Annotated[int, Field(ge=1, le=20)]
    learning_rate: Annotated[float, Field(gt=0, le=1)]
    n_estimators: Count
    early_stopping_rounds: Count
    min_child_weight: Annotated[float, Field(ge=0)]
    subsample: PositiveShare
    colsample_bytree: PositiveShare
    reg_lambda: Annotated[float, Field(ge=0)]
    max_bin: Annotated[int, Field(ge=2, le=65536)]


class Train(Block):
    inner_folds: Annotated[int, Field(ge=2, le=100)]
    one_fit_from_songs: Annotated[int, Field(ge=0)]
    balance: Annotated[float, Field(ge=0, le=1)]
    logistic_regression: LogisticRegressionParams
    xgboost: XGBoostParams


class Evaluate(Block):
    min_accuracy: Annotated[float, Field(ge=0, le=1)]
    margin: Annotated[float, Field(ge=0, le=1)]
    max_genre_drop: Annotated[float, Field(ge=0, le=1)]
    era_years: Count
    replace_incomparable: bool


class Params(Block):
    """The whole of params.yaml, a block for each stage."""

    data: Data
    split: Split
    train: Train
    evaluate: Evaluate


def read_params(path: str | Path) -> Params:
    """Read and check params.yaml.

    Parameters
    ----------
    path : path
        The YAML file.

    Returns
    -------
    Params

    Raises
    ------
    PipelineError
        For a missing or unreadable file, and for unknown, missing or impossible parameters: all of
        them at once, each by its full name.
    """
    try:
        content = YAML(typ="safe").load(Path(path))
    except FileNotFoundError:
        raise PipelineError(f"there is no parameter file {path}") from None
    except YAMLError as error:
        raise PipelineError(f"{path} is no YAML: {error}") from error
    if not isinstance(content, dict):
        raise PipelineError(f"{path} holds no parameters; it needs the blocks {_names(Params)}")
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        problems = "\n  ".join(_sentence(problem) for problem in error.errors())
        raise PipelineError(f"{path}:\n  {problems}") from error


def _sentence(problem: Any) -> str:
    location = [str(part) for part in problem["loc"]]
    name = ".".join(location)
    if problem["type"] == "missing":
        return f"{name} is missing"
    if problem["type"] == "extra_forbidden":
        known = _fields(location[:-1])
        near = difflib.get_close_matches(location[-1], known, 1)
        hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
        return f"{name} is not a parameter; {hint}"
    return f"{name}: {problem['input']!r} is refused: {problem['msg'].lower()}"


def _fields(location: list[str]) -> list[str]:
    block: type[BaseModel] = Params
    for name in location:
        inner = block.model_fields[name].annotation
        assert isinstance(inner, type) and issubclass(inner, BaseModel)
        block = inner
    return list(block.model_fields)


def _names(block: type[BaseModel]) -> str:
    return ", ".join(block.model_fields)
