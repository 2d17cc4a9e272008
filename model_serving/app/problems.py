"""What goes wrong with a request: one kind of refusal, one shape of JSON for all of them."""

from typing import Any

from fastapi import FastAPI, Request
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.errors import ServingError
from app.exchange import Exchange, exchange_of

# What a client has left to send of such a request is not worth waiting for.
_UNREAD = {400, 401, 408, 413, 415, 429}


class RequestRefused(Exception):
    """A request that gets no answer of the kind it asked for.

    Parameters
    ----------
    status : int
        The HTTP status to answer with.
    problems : list of dict
        Of `problem`, at least one.
    headers : dict
        To send with it.
    """

    def __init__(
        self, status: int, problems: list[dict[str, Any]], headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, problems)
        self.status = status
        self.problems = problems
        self.headers = headers or {}


def problem(kind: str, message: str, *where: str | int) -> dict[str, Any]:
    """One thing that is wrong: its kind for programs, where it is, and a sentence for people."""
    return {"type": kind, "loc": where, "msg": message}


def refusal(
    status: int, kind: str, message: str, headers: dict[str, str] | None = None
) -> RequestRefused:
    """The refusal of a request as a whole."""
    return RequestRefused(status, [problem(kind, message)], headers)


def answer(refused: RequestRefused, exchange: Exchange) -> Response:
    """The answer to a refused request."""
    body = {"detail": refused.problems, "request_id": exchange.request_id}
    headers = dict(refused.headers)
    if refused.status in _UNREAD:
        headers["Connection"] = "close"
    return Response(to_json(body), refused.status, headers, "application/json")


def explain_errors(app: FastAPI) -> None:
    """Let every error of an app be answered in the one shape."""

    @app.exception_handler(RequestRefused)
    async def refused(request: Request, error: RequestRefused) -> Response:
        return answer(error, exchange_of(request))

    @app.exception_handler(ServingError)
    async def unavailable(request: Request, error: ServingError) -> Response:
        exchange_of(request).cause = str(error)
        said = refusal(503, "unavailable", "no song can be judged now; the service's log says why")
        return answer(said, exchange_of(request))

    @app.exception_handler(HTTPException)
    async def not_routed(request: Request, error: HTTPException) -> Response:
        kind = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "refused")
        said = refusal(error.status_code, kind, f"{error.detail}; /docs lists what there is")
        said.headers = dict(error.headers or {})
        return answer(said, exchange_of(request))
