"""From start to end: what must be in order before the first request, and a quiet end."""

import asyncio
import gc
import logging
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access import access
from app.classifier import load_classifier
from app.closing_port import keep_out
from app.connection import GRACE_SECONDS
from app.errors import ServingError
from app.metrics import metrics
from app.request_log import request_log
from app.settings import settings

logger = logging.getLogger("app")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load the model and open the request log; refuse to start without either.

    Raises
    ------
    ServingError
    """
    model = load_classifier().description
    request_log().open()
    access()
    metrics().serves(model.name, model.version, model.run_id)
    logger.info(
        "Serving %s version %s (run %s, %d genres); request log: %s",
        model.name,
        model.version,
        model.run_id,
        len(model.genres),
        request_log().path,
    )
    if priors := model.priors:
        metrics().adapts(priors.id)
        logger.info(
            "Answers are adapted to the genre priors %s, made %s (GENRE_PRIORS_FILE: %s)",
            priors.id,
            priors.made.isoformat(),
            settings().genre_priors_file,
        )
    if settings().api_keys_file is None:
        logger.warning("Everybody who reaches the port may ask: API_KEYS_FILE is not set")
    # What is there now stays; to look through it again and again would only cost time.
    gc.collect()
    gc.freeze()
    with _sigterm_noticed(app):
        yield
    request_log().close()


@contextmanager
def _sigterm_noticed(app: FastAPI) -> Iterator[None]:
    """On SIGTERM note that the app is closing, and tell the server DRAIN_SECONDS later.

    /ready says no at once, so that a load balancer looks elsewhere before the port is closed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals belong to the main thread; a test client runs in another
        return
    server = signal.getsignal(signal.SIGTERM)
    loop = asyncio.get_running_loop()

    def notice(number: int, frame: FrameType | None) -> None:
        if callable(server):
            delay = 0 if app.state.closing else settings().drain_seconds
            loop.call_soon_threadsafe(loop.call_later, delay, _end, server, number, frame)
        app.state.closing = True

    signal.signal(signal.SIGTERM, notice)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, server)


def _end(
    server: Callable[[int, FrameType | None], Any], number: int, frame: FrameType | None
) -> None:
    """Let nobody new connect, and tell the server when those who wait have been taken."""
    asyncio.get_running_loop().call_later(GRACE_SECONDS, server, number, frame)
    ports = getattr(getattr(server, "__self__", None), "servers", ())
    keep_out(listening.fileno() for port in ports for listening in port.sockets)


class ExplainedStart:
    """Tells why the start failed in the sentence made for it, instead of a stack trace."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on but the stack trace of a ServingError."""
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return

        async def explain(message: Message) -> None:
            *_, last_line = message.get("message", "").strip().splitlines() or [""]
            name, _, sentence = last_line.partition(": ")
            if name == f"{ServingError.__module__}.{ServingError.__qualname__}":
                message = {**message, "message": f"Cannot start: {sentence}"}
            await send(message)

        await self.app(scope, receive, explain)
