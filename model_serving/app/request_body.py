"""The way in: from the bytes of a request to a song, or to the reason why not."""

from typing import Any

from pydantic import ValidationError
from starlette.requests import ClientDisconnect, Request

from app.schemas import FEATURES, SpotifyFeatures

BODY_LIMIT = 64 * 1024
PROBLEM_LIMIT = 20
SHOWN_LENGTH = 40


class RequestRefused(Exception):
    """A request without a usable song.

    Attributes
    ----------
    status : int
        The HTTP status to answer with.
    detail : str or list of dict
        What is wrong: a sentence, or one `Problem` for each thing wrong with the song.
    """

    def __init__(self, status: int, detail: str | list[dict[str, Any]]) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail


async def read_song(request: Request) -> SpotifyFeatures:
    """Read one song from the body of a request.

    Raises
    ------
    RequestRefused
        415 for what is not declared as JSON, 413 for a body over BODY_LIMIT, 400 for one that ends
        early, 422 for one that is no song.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise RequestRefused(
            415,
            "send a song as Content-Type application/json; this request declares "
            + (_shown(content_type) if content_type else "none"),
        )
    body = await _limited_body(request)
    if not body.strip():
        raise RequestRefused(422, [_problem("missing", [], "the body is empty: send one song")])
    try:
        return SpotifyFeatures.model_validate_json(body)
    except ValidationError as error:
        raise RequestRefused(422, _problems(error)) from None


async def _limited_body(request: Request) -> bytes:
    # The declared length saves reading what is refused anyway; it may be absent or untrue.
    declared = request.headers.get("content-length", "")
    body = bytearray()
    too_large = len(declared) > 12 or (declared.isdecimal() and int(declared) > BODY_LIMIT)
    try:
        while not too_large:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            body += message.get("body", b"")
            too_large = len(body) > BODY_LIMIT
            if not message.get("more_body", False):
                break
    except ClientDisconnect:
        raise RequestRefused(400, "the body ended before its declared length") from None
    if too_large:
        raise RequestRefused(413, f"the body is over {BODY_LIMIT // 1024} KiB: send one song")
    return bytes(body)


def _problems(error: ValidationError) -> list[dict[str, Any]]:
    found = error.errors(include_url=False)
    problems = [_explained(entry) for entry in found[:PROBLEM_LIMIT]]
    if len(found) > PROBLEM_LIMIT:
        more = len(found) - PROBLEM_LIMIT
        problems.append(_problem("too_many_problems", [], f"and {more} problems more"))
    return problems


def _explained(entry: Any) -> dict[str, Any]:
    kind, path, value = entry["type"], entry["loc"], entry["input"]
    if kind == "json_invalid":
        return _problem(kind, [], f"the body is not JSON: {entry['ctx']['error']}")
    if not path:
        return _problem(kind, [], f"the body must be one song, a JSON object; got {_shown(value)}")
    field = str(path[0])
    if kind == "extra_forbidden":
        known = ", ".join(FEATURES)
        return _problem(kind, [field], f"{_shown(field)} is not a feature; the features: {known}")
    if kind == "missing":
        return _problem(kind, [field], f"{field} is missing; it is {RANGES[field]}")
    return _problem(kind, [field], f"{field} must be {RANGES[field]}; got {_shown(value)}")


def _problem(kind: str, path: list[str], message: str) -> dict[str, Any]:
    return {"type": kind, "loc": ["body", *(part[:SHOWN_LENGTH] for part in path)], "msg": message}


def _shown(value: object) -> str:
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


def _range(field: str) -> str:
    schema = SpotifyFeatures.model_json_schema()["properties"][field]
    number = "a whole number" if schema["type"] == "integer" else "a number"
    return f"{number} from {schema['minimum']} to {schema['maximum']}"


RANGES = {field: _range(field) for field in FEATURES}
