"""Limits how many calls run at once to a site, and how many of these may be one person's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

MAX_CALLS_PER_SITE = 50
MAX_CALLS_PER_PERSON = 25
"""Half of a site's: one person who sends a thousand messages delays only their own answers (threat T43)."""


class ConcurrencyLimiter:
    """Lets calls beyond the two limits wait their turn."""

    def __init__(self) -> None:
        self._slots: WeakValueDictionary[tuple[str, ...], asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def slot(self, site: str, person: str) -> AsyncIterator[None]:
        """Hold a slot for one call of `person` to `site` (its cloud id)."""
        of_site = self._semaphore((site,), MAX_CALLS_PER_SITE)
        async with self._semaphore((site, person), MAX_CALLS_PER_PERSON), of_site:
            yield

    def _semaphore(self, key: tuple[str, ...], slots: int) -> asyncio.Semaphore:
        semaphore = self._slots.get(key)
        if semaphore is None:
            semaphore = self._slots[key] = asyncio.Semaphore(slots)
        return semaphore
