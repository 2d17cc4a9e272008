"""What the OpenAPI page says of requests and answers that the routes handle themselves."""

from typing import Any

from fastapi import Security
from fastapi.security import HTTPBearer

from app.schemas import BATCH_LIMIT, TAKE_FIVE, Problems, SpotifyFeatures

Responses = dict[int | str, dict[str, Any]]

_ID = {
    "X-Request-ID": {
        "description": "The request's id in the logs: the one that was sent, or a new one.",
        "schema": {"type": "string"},
    }
}


def responses(*statuses: int) -> Responses:
    """How a route answers with these statuses beside 200."""
    said = {
        400: "The body ended early",
        401: "No API key of this service was sent, and it wants one",
        408: "The body took too long",
        413: "The body is too large",
        415: "The body is not declared as JSON",
        422: "The request holds no song that can be judged",
        429: "Too many requests; the header Retry-After says when to try again",
        500: "The service failed",
        503: "No song can be judged now",
    }
    answers: Responses = {200: {"headers": _ID}}
    for status in statuses:
        answers[status] = {"model": Problems, "description": said[status], "headers": _ID}
    return answers


# The front asks for keys, where the service has any; this only says so.
WITH_KEY = [
    Security(
        HTTPBearer(
            scheme_name="API key",
            description="Where API_KEYS_FILE is set; otherwise everybody may ask.",
            auto_error=False,
        )
    )
]
ANYWHERE = (401, 429, 500)
WITH_BODY = (400, 401, 408, 413, 415, 422, 429, 500, 503)

_SONG = SpotifyFeatures.model_json_schema()
_TOP_K = {
    "name": "top_k",
    "in": "query",
    "required": False,
    "description": "Also answer the probabilities of that many genres, the most probable first.",
    "schema": {"type": "integer", "minimum": 1, "maximum": 100},
}


def _body(schema: dict[str, Any], name: str, example: Any) -> dict[str, Any]:
    content = {"schema": schema, "examples": {name: {"value": example}}}
    return {
        "parameters": [_TOP_K],
        "requestBody": {"required": True, "content": {"application/json": content}},
    }


SONG = _body(_SONG, "Take Five", TAKE_FIVE)
BATCH = _body(
    {
        "type": "object",
        "required": ["songs"],
        "additionalProperties": False,
        "properties": {
            "songs": {
                "type": "array",
                "minItems": 1,
                "maxItems": BATCH_LIMIT,
                "items": {"description": "A song; one that is none is refused by itself."},
                "examples": [[TAKE_FIVE]],
            }
        },
    },
    "One song, and one that is none",
    {"songs": [TAKE_FIVE, {"tempo": -1}]},
)
