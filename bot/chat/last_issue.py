"""Which issue each person was shown last in each conversation: what they mean by “it” there."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.chat.identity import Conversation, Person
from bot.storage.base import Row, Store, StoreError

TABLE = "shown"
LIFETIME = 3600.0
"""Seconds for which “it” is understood."""

_REMEMBERED = 20_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """An issue that was shown: its key, the cloud id of its site, and when (Unix seconds)."""

    issue: str
    site: str
    at: float


class LastShown:
    """Remembers at once, and writes beside the answer, so that none waits for a disk.

    Another replica learns of it by that write; what a crash takes with it is what was not written yet.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store, self._clock = store, clock
        self._known: OrderedDict[str, Shown] = OrderedDict()
        self._unwritten: dict[str, Shown] = {}
        self._news = asyncio.Event()

    def remember(self, person: Person, conversation: Conversation, issue: str, site: str) -> None:
        """`person` now sees this issue there."""
        key, shown = _key(person, conversation), Shown(issue, site, self._clock())
        self._known[key] = self._unwritten[key] = shown
        self._known.move_to_end(key)
        self._news.set()
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    async def last(self, person: Person, conversation: Conversation) -> Shown | None:
        """What they were shown last, within the hour. Raises `StoreError`."""
        key = _key(person, conversation)
        row = await self._store.get(TABLE, key)
        seen = [s for s in (self._known.get(key), _shown(row)) if s and self._clock() - s.at < LIFETIME]
        return max(seen, key=lambda s: s.at, default=None)

    async def run(self) -> None:
        """Write what is new, and once more when cancelled."""
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                await self._write()
        finally:
            await self._write()

    async def _write(self) -> None:
        while self._unwritten:
            key, shown = self._unwritten.popitem()
            value = {"issue": shown.issue, "site": shown.site, "at": shown.at}
            try:
                await self._store.put(TABLE, key, value, expires_at=shown.at + LIFETIME)
            except StoreError as error:
                # The next that is shown is written again; this one is still known here.
                log.info("shown.not_written", error=type(error).__name__)
                return


def _key(person: Person, conversation: Conversation) -> str:
    return f"{conversation.id}|{person.key}"


def _shown(row: Row | None) -> Shown | None:
    if row is None:
        return None
    at = row.value.get("at")
    when = float(at) if isinstance(at, int | float) else 0.0
    return Shown(str(row.value.get("issue", "")), str(row.value.get("site", "")), when)
