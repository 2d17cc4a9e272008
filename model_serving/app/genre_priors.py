"""New genre priors: the model's probabilities, brought to the mix of genres that is asked about.

A model has learnt how common each genre was among its training songs. Where only that has changed,
its answers can follow without training: Saerens, Latinne & Decaestecker (2002), "Adjusting the
outputs of a classifier to new a priori probabilities: a simple procedure", Neural Computation
14(1), 21-41, equation 2.4.
"""

import hashlib
import math
import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from app.errors import ServingError
from app.model_folder import ModelFolder
from app.schemas import GenrePriors
from app.song_problems import shown

WAY_OUT = (
    "Export them anew for the model that is served (drift_monitoring, --export-priors), or unset "
    "GENRE_PRIORS_FILE"
)
# Of a sum of shares to 1, and of a share to the one that the model was registered with.
TOLERANCE = 1e-6
ID_LENGTH = 12
# Nothing beside 1, and large enough for float32 to multiply a small probability with.
LEAST = 1e-30

# The smallest number whose reciprocal is one.
Above0 = Annotated[float, Field(ge=sys.float_info.min)]
NotBelow0 = Annotated[float, Field(ge=0)]


class _File(BaseModel):
    """What is read of the file; what else it holds is for people."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    model_name: str
    model_version: str
    training_priors: dict[str, Above0]
    current_priors: dict[str, NotBelow0]
    made: AwareDatetime


def read_genre_priors(path: Path, model: ModelFolder) -> GenrePriors:
    """Read a file of genre priors and check that it was made for a model.

    Raises
    ------
    ServingError
        When it is missing, unreadable, for another model or version, or holds other genres or
        numbers that are no shares. The message names the key and its value.
    """
    try:
        content = path.read_bytes()
        file = _File.model_validate_json(content)
    except OSError as error:
        raise _refused(path, str(error.strerror)) from None
    except ValidationError as error:
        raise _refused(path, _first(error)) from None
    served = {"model_name": model.name, "model_version": model.version}
    for key, expected in served.items():
        if (found := getattr(file, key)) != expected:
            raise _refused(path, f"{key} is {shown(found)}, and {shown(expected)} is served")
    for key in ("training_priors", "current_priors"):
        if problem := _no_shares(getattr(file, key), model.genres):
            raise _refused(path, f"{key} {problem}")
    for genre, share in model.mean_probabilities.items():
        if not abs(file.training_priors[genre] - share) <= TOLERANCE:  # also when it is NaN
            raise _refused(
                path,
                f"training_priors.{genre} is {file.training_priors[genre]:.6g}, and {share:.6g} "
                "was registered with the model (MLmodel, mean_probabilities)",
            )
    return GenrePriors(
        id=hashlib.sha256(content).hexdigest()[:ID_LENGTH],
        made=file.made,
        training_priors={genre: file.training_priors[genre] for genre in model.genres},
        current_priors={genre: file.current_priors[genre] for genre in model.genres},
    )


def genre_weights(priors: GenrePriors) -> npt.NDArray[np.float32]:
    """How many times as common each genre is now as in training, by the largest of these.

    Returns
    -------
    ndarray of float32, shape (genres,)
        Above 0 and at most 1. A genre without a present share has the LEAST instead of 0: so a
        song that only such genres are probable for keeps its probabilities, where there would be
        nothing to normalise.
    """
    current, training = priors.current_priors, priors.training_priors
    ratios = np.array([current[genre] / training[genre] for genre in training])
    return np.asarray(np.maximum(ratios / ratios.max(), LEAST), np.float32)


def adapted(
    probabilities: npt.NDArray[np.float32], weights: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """The probabilities under the new priors: p(g) * weight(g), normalised.

    Parameters
    ----------
    probabilities : ndarray, shape (songs, genres)
    weights : ndarray, shape (genres,)
        See `genre_weights`.

    Returns
    -------
    ndarray of float32, shape (songs, genres)
    """
    totals = probabilities @ weights
    shares: npt.NDArray[np.float32] = probabilities * weights / totals[:, None]
    return shares


def _no_shares(priors: dict[str, float], genres: tuple[str, ...]) -> str:
    """Why priors are not those of the genres; empty when they are."""
    lacking = [genre for genre in genres if genre not in priors]
    if lacking:
        return f"lacks the genre {shown(lacking[0])}"
    unknown = [genre for genre in priors if genre not in genres]
    if unknown:
        return f"has {shown(unknown[0])}, which is no genre of the model"
    total = math.fsum(priors.values())
    if abs(total - 1) > TOLERANCE:
        return f"sums to {total:.6g}, not to 1"
    return ""


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    if first["type"] == "json_invalid":
        return f"it is not JSON: {first['ctx']['error']}"
    where = " ".join(".".join(map(str, first["loc"])).split()) or "the file"
    if first["type"] == "missing":
        return f"{where} is missing"
    return f"{where}: {first['msg']}; got {shown(first['input'])}"


def _refused(path: Path, problem: str) -> ServingError:
    return ServingError(
        f"the genre priors of {path} (GENRE_PRIORS_FILE) cannot be applied: {problem}. {WAY_OUT}"
    )
