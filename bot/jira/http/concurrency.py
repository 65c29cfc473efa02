"""How many calls may be under way to a site at once, and how many of these may be one person's."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

PER_SITE = 50
PER_PERSON = 25
"""Half of them: who sends a thousand messages waits for their own answers, and nobody else does (threat T43)."""


class Room:
    """The calls beyond these numbers wait their turn."""

    def __init__(self) -> None:
        self._sites: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(PER_SITE))
        self._people: WeakValueDictionary[tuple[str, str], asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def taken(self, site: str, person: str) -> AsyncIterator[None]:
        """Room for one call of `person` to `site` (its cloud id)."""
        own = self._people.get((site, person)) or asyncio.Semaphore(PER_PERSON)
        self._people[site, person] = own
        async with own, self._sites[site]:
            yield
