"""The first to see a request and the last to see its answer."""

import logging
import time

from pydantic_core import to_json
from starlette.datastructures import State
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access import access
from app.exchange import Exchange
from app.metrics import metrics
from app.problems import RequestRefused, answer, refusal
from app.request_log import request_log, timestamp

# Only requests for a prediction have lines in the request log.
LOGGED = frozenset({"/predict", "/predict/batch"})
_NOSNIFF = (b"x-content-type-options", b"nosniff")
_CLOSE = (b"connection", b"close")
logger = logging.getLogger("app")


class Front:
    """Gives each answer its id, turns away who may not ask, counts, and logs what was refused.

    What fails behind it is answered as a 500, in the shape of every other error.

    Parameters
    ----------
    app : ASGI application
    state : State
        Of the application; `closing` says that the service is shutting down.
    """

    def __init__(self, app: ASGIApp, state: State) -> None:
        self.app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = Exchange(scope)
        started = False

        async def send_counted(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._answered(exchange, message)
            await send(message)

        try:
            access().admit(exchange, scope["client"][0] if scope["client"] else "unknown")
            await self.app(scope, receive, send_counted)
        except RequestRefused as refused:
            await answer(refused, exchange)(scope, receive, send_counted)
        except Exception:
            logger.exception("request failed", extra={"request_id": exchange.request_id})
            if started:
                raise  # the server closes the connection, so that the client notices
            failed = refusal(500, "failure", "the service failed; its log says why")
            await answer(failed, exchange)(scope, receive, send_counted)

    def _answered(self, exchange: Exchange, message: Message) -> None:
        status: int = message["status"]
        headers = message["headers"]
        headers.append((b"x-request-id", exchange.request_id.encode()))
        headers.append(_NOSNIFF)
        if self._state.closing:
            # So that no client sends its next request on a connection that is about to end.
            headers.append(_CLOSE)
        if not exchange.logged and exchange.path in LOGGED and exchange.method == "POST":
            request_log().append([to_json(exchange.line(timestamp(), status, {}))])
            exchange.logged = True
        if exchange.cause is not None:
            logger.error(exchange.cause, extra={"request_id": exchange.request_id})
        metrics().answered(exchange.path, status, time.perf_counter() - exchange.started)
