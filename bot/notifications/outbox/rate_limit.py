"""Waits for Teams' rate limits before a request.

A conversation's limits hold for all replicas together (`conversation_limits`). The limit of 50 requests a second
for an app in a tenant (https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit) is kept by each
replica alone: with several of them, Teams' 429 and its Retry-After do the rest.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from cachetools import LRUCache

from bot.chat.identity import Conversation
from bot.notifications.outbox.conversation_limits import TrafficLog

TENANT_LIMIT = 50
"""Requests a second."""
MAX_TENANTS = 10_000
MAX_WAIT_SECONDS = 5.0


class RateLimitExceededError(Exception):
    """Waiting for the rate limit would take longer than a job should; `seconds` is how long."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"wait {seconds:.1f} s")
        self.seconds = seconds


class RateLimiter:
    """The limits of conversations and tenants. `clock` gives Unix seconds."""

    def __init__(
        self, traffic: TrafficLog, *, clock: Callable[[], float] = time.time, max_wait: float = MAX_WAIT_SECONDS
    ) -> None:
        self._traffic, self._clock, self._max_wait = traffic, clock, max_wait
        self._tenants: LRUCache[str, deque[float]] = LRUCache(MAX_TENANTS)

    async def acquire(self, to: Conversation) -> None:
        """Return when one more request may be made. Raises `RateLimitExceededError` beyond `max_wait` seconds."""
        now, traffic = self._clock(), self._traffic.get(to)
        tenant = self._tenants.setdefault(to.tenant, deque(maxlen=TENANT_LIMIT))
        at = max(traffic.next_request_at(now), _next_in_tenant(tenant, now))
        if at - now > self._max_wait:
            raise RateLimitExceededError(at - now)
        tenant.append(at)
        self._traffic.set(to, traffic.with_request(at))
        if at > now:
            await asyncio.sleep(at - now)


def _next_in_tenant(times: deque[float], now: float) -> float:
    """Return when the second has room again; a clock that was put back does not hold up anything."""
    if len(times) < TENANT_LIMIT or times[0] > now + TENANT_LIMIT:
        return now
    return max(now, times[0] + 1.0)
