"""What the OpenAPI page says of requests and answers that the routes handle themselves."""

from typing import Any

from app.schemas import TAKE_FIVE, Problems, Refusal, SpotifyFeatures

Responses = dict[int | str, dict[str, Any]]
UNAVAILABLE: Responses = {503: {"model": Refusal, "description": "No model that can be served"}}
ANSWERS: Responses = UNAVAILABLE | {
    200: {
        "headers": {
            "X-Request-ID": {
                "description": "The request's id in the request log.",
                "schema": {"type": "string"},
            }
        }
    },
    400: {"model": Refusal, "description": "The body ended early"},
    413: {"model": Refusal, "description": "The body is over 64 KiB"},
    415: {"model": Refusal, "description": "The body is not declared as JSON"},
    422: {"model": Problems, "description": "The body is no song"},
}
SONG = {
    "required": True,
    "content": {
        "application/json": {
            "schema": SpotifyFeatures.model_json_schema(),
            "examples": {"Take Five": {"value": TAKE_FIVE}},
        }
    },
}
