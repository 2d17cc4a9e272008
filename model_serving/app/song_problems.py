"""What is wrong with a song, in sentences that name the field, its range and the value."""

from typing import Any

from pydantic import ValidationError

from app.problems import problem
from app.schemas import FEATURES, SpotifyFeatures

PROBLEM_LIMIT = 20
SHOWN_LENGTH = 40


def song_problems(error: ValidationError, *where: str | int) -> list[dict[str, Any]]:
    """Everything that is wrong with a song, up to PROBLEM_LIMIT.

    Parameters
    ----------
    error : ValidationError
        Of `SpotifyFeatures`.
    where : str or int
        Where the song stood in the request.

    Returns
    -------
    list of dict
        Of `problem`.
    """
    found = error.errors(include_url=False)
    problems = [_explained(entry, where) for entry in found[:PROBLEM_LIMIT]]
    if len(found) > PROBLEM_LIMIT:
        more = len(found) - PROBLEM_LIMIT
        problems.append(problem("too_many_problems", f"and {more} problems more", *where))
    return problems


def shown(value: object) -> str:
    """A value as an error message may hold it: short, and in any case printable."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, int) and value.bit_length() > 64:
        return "a number of more than 64 bits"  # Python refuses to print very long ones
    names = {None: "null", True: "true", False: "false"}
    text = names[value] if value is None or isinstance(value, bool) else repr(value)
    return text if len(text) <= SHOWN_LENGTH else text[:SHOWN_LENGTH] + "..."


def _explained(entry: Any, where: tuple[str | int, ...]) -> dict[str, Any]:
    kind, path, value = entry["type"], entry["loc"], entry["input"]
    if kind == "json_invalid":
        return problem(kind, f"the body is not JSON: {entry['ctx']['error']}", *where)
    if not path:
        return problem(kind, f"a song must be a JSON object; got {shown(value)}", *where)
    field = str(path[0])
    place = (*where, field[:SHOWN_LENGTH])
    if kind == "extra_forbidden":
        known = ", ".join(FEATURES)
        return problem(kind, f"{shown(field)} is not a feature; the features: {known}", *place)
    if kind == "missing":
        return problem(kind, f"{field} is missing; it is {RANGES[field]}", *place)
    return problem(kind, f"{field} must be {RANGES[field]}; got {shown(value)}", *place)


def _range(field: str) -> str:
    schema = SpotifyFeatures.model_json_schema()["properties"][field]
    number = "a whole number" if schema["type"] == "integer" else "a number"
    return f"{number} from {schema['minimum']} to {schema['maximum']}"


RANGES = {field: _range(field) for field in FEATURES}
