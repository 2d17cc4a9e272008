"""Who may ask, and how often."""

import math
import time
from functools import cache

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from app.api_keys import ApiKeys, read_api_keys
from app.exchange import Exchange
from app.page import PAGE_PATHS
from app.problems import refusal
from app.settings import settings

# For those who watch over the service, and for the page that asks a person for a key.
OPEN = frozenset({"/health", "/ready", *PAGE_PATHS})
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="spotify-api"'}


class Access:
    """Turns away who shows no known key or asks too often.

    Parameters
    ----------
    keys : ApiKeys or None
        None lets everybody in.
    rate : RateLimitItem or None
        How often each key, or each address where there are no keys, may ask; None is no limit.
    """

    def __init__(self, keys: ApiKeys | None, rate: RateLimitItem | None) -> None:
        self._keys = keys
        self._rate = rate
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage()) if rate else None

    def admit(self, exchange: Exchange, address: str) -> None:
        """Let a request in, and note in its exchange who asks.

        Raises
        ------
        RequestRefused
            401 without a known key, 429 beyond the rate.
        """
        if (self._keys is None and self._limiter is None) or exchange.path in OPEN:
            return
        if self._keys is not None:
            exchange.client = self._keys.owner(exchange.authorization)
        if self._limiter is not None and self._rate is not None:
            caller = f"key {exchange.client}" if exchange.client else f"address {address}"
            self._limit(self._limiter, self._rate, caller)
        if self._keys is not None and exchange.client is None:
            raise refusal(
                401,
                "unauthorized",
                "send an API key of this service: Authorization: Bearer KEY",
                _CHALLENGE,
            )

    def _limit(
        self, limiter: SlidingWindowCounterRateLimiter, rate: RateLimitItem, caller: str
    ) -> None:
        if limiter.hit(rate, caller):
            return
        wait = limiter.get_window_stats(rate, caller).reset_time - time.time()
        seconds = max(1, math.ceil(wait))
        raise refusal(
            429,
            "too_many_requests",
            f"more than {rate} here; try again in {seconds} s",
            {"Retry-After": str(seconds)},
        )


@cache
def access() -> Access:
    """Who may ask this process, by its settings.

    Raises
    ------
    ServingError
        When the file of keys is missing or unsound.
    """
    chosen = settings()
    keys = read_api_keys(chosen.api_keys_file) if chosen.api_keys_file else None
    return Access(keys, parse(chosen.rate_limit) if chosen.rate_limit else None)
