"""Remembers which people with a Jira account were answered in a conversation lately.

Their clients are asked to fetch their own view of the cards posted there. Teams takes sixty people a card;
everybody else sees the shared card.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from cachetools import LRUCache, TTLCache

from bot.chat.identity import Conversation
from bot.chat.write_behind import write_behind
from bot.storage.base import Store, StoreError
from bot.storage.table import Table

MAX_VIEWERS = 60
"""People per card for whom Teams fetches a view of their own."""
MAX_CONVERSATIONS = 5_000
LOAD_SECONDS = 60.0
"""How long what other replicas know of a conversation is not read again."""
LIFETIME_SECONDS = 90 * 86_400.0

_USER_ID_PREFIX = "29:"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Viewers:
    """The record of a conversation: Teams ids, the newest last."""

    ids: tuple[str, ...] = ()


class RecentViewers:
    """Teams ids of linked people by conversation; those not seen for longest are dropped first.

    New ones are written in the background, a record a conversation, so that they outlive a restart and other
    replicas know them within a minute. `clock` gives Unix seconds.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._table, self._clock = Table(store, "viewers", _Viewers), clock
        self._by_conversation: LRUCache[str, LRUCache[str, None]] = LRUCache(MAX_CONVERSATIONS)
        self._loaded: TTLCache[str, None] = TTLCache(MAX_CONVERSATIONS, LOAD_SECONDS, timer=clock)
        self._unwritten: dict[str, dict[str, bool]] = {}
        """By conversation, whom to add (True) or to remove."""
        self._changed = asyncio.Event()

    def add(self, conversation: Conversation, teams_id: str) -> None:
        """Note a linked person who was answered here, unless they are alone here or not a user."""
        if conversation.is_personal or not teams_id.startswith(_USER_ID_PREFIX):
            return
        viewers = self._viewers(conversation.key)
        if teams_id in viewers:
            viewers.pop(teams_id)  # so that the order is that of the last addition
        else:
            self._change(conversation.key, teams_id, present=True)
        viewers[teams_id] = None

    def remove(self, conversation: Conversation, teams_id: str) -> None:
        """Forget a person who has no Jira account linked any more."""
        viewers = self._by_conversation.get(conversation.key)
        if viewers is not None and teams_id in viewers:
            viewers.pop(teams_id)
            self._change(conversation.key, teams_id, present=False)

    def recent(self, conversation: Conversation) -> tuple[str, ...]:
        """Return the Teams ids known here, the newest first."""
        return tuple(reversed(tuple(self._by_conversation.get(conversation.key, ()))))

    async def load(self, conversation: Conversation) -> None:
        """Get to know whom other replicas, or an earlier run, answered here; at most once a minute."""
        key = conversation.key
        if conversation.is_personal or key in self._loaded:
            return
        self._loaded[key] = None
        try:
            stored = (await self._stored(key)).ids
        except StoreError as error:
            log.info("viewers not read", error=type(error).__name__)
            return
        self._merge(key, stored)

    async def run(self) -> None:
        """Write new entries until cancelled."""
        await write_behind(self._changed, self._write)

    async def _write(self) -> None:
        expires_at = self._clock() + LIFETIME_SECONDS
        try:
            for key in list(self._unwritten):
                changes = dict(self._unwritten[key])
                stored = [viewer for viewer in (await self._stored(key)).ids if changes.get(viewer, True)]
                self._merge(key, stored)
                await self._table.put(key, _Viewers(tuple(self._viewers(key))), expires_at=expires_at)
                if self._unwritten.get(key) == changes:
                    del self._unwritten[key]
        except StoreError as error:
            # They are still known here, and are written after the next change.
            log.info("viewers not written", count=len(self._unwritten), error=type(error).__name__)

    async def _stored(self, key: str) -> _Viewers:
        return await self._table.get(key) or _Viewers()

    def _merge(self, key: str, stored: Sequence[str]) -> None:
        """Put those stored before those known here, as longer ago."""
        known = self._viewers(key)
        merged: LRUCache[str, None] = LRUCache(MAX_VIEWERS)
        for teams_id in [*(viewer for viewer in stored if viewer not in known), *known]:
            merged[teams_id] = None
        self._by_conversation[key] = merged

    def _viewers(self, key: str) -> LRUCache[str, None]:
        return self._by_conversation.setdefault(key, LRUCache(MAX_VIEWERS))

    def _change(self, key: str, teams_id: str, *, present: bool) -> None:
        self._unwritten.setdefault(key, {})[teams_id] = present
        self._changed.set()
