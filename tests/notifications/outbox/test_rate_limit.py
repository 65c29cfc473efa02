"""Waiting for Teams' rate limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.identity import Conversation
from bot.notifications.outbox.conversation_limits import TrafficLog
from bot.notifications.outbox.rate_limit import TENANT_LIMIT, RateLimiter, RateLimitExceededError
from bot.storage.embedded import EmbeddedStore
from tests.support.clock import Clock
from tests.support.notifications.payloads import HERE, THERE, channel


class Held:
    """A rate limiter that waits for nothing, and holds the conversations that it is asked about."""

    def __init__(self, store: EmbeddedStore, clock: Clock, stack: AsyncExitStack) -> None:
        self._traffic, self._clock, self._stack = TrafficLog(store), clock, stack
        self._limiter = RateLimiter(self._traffic, clock=clock, max_wait=0.0)
        self._held: set[str] = set()

    async def acquire(self, to: Conversation) -> None:
        if to.key not in self._held:
            await self._stack.enter_async_context(self._traffic.hold(to, now=self._clock()))
            self._held.add(to.key)
        await self._limiter.acquire(to)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def limiter(tmp_path: Path, clock: Clock) -> AsyncIterator[Held]:
    store = EmbeddedStore(tmp_path / "store", clock=clock)
    await store.open()
    async with AsyncExitStack() as stack:
        yield Held(store, clock, stack)
    await store.close()


async def test_waiting_long_is_refused_and_takes_nothing(limiter: Held, clock: Clock) -> None:
    for _ in range(7):
        await limiter.acquire(HERE)
    for _ in range(3):
        with pytest.raises(RateLimitExceededError) as caught:
            await limiter.acquire(HERE)
        assert caught.value.seconds == 1.0
    await limiter.acquire(THERE)
    clock.advance(1.0)
    await limiter.acquire(HERE)


async def test_a_tenant_has_a_limit_of_its_own(limiter: Held, clock: Clock) -> None:
    for number in range(TENANT_LIMIT):
        await limiter.acquire(channel(f"c{number}"))
    with pytest.raises(RateLimitExceededError):
        await limiter.acquire(HERE)
    await limiter.acquire(replace(HERE, tenant="another"))
    clock.advance(1.0)
    await limiter.acquire(HERE)
