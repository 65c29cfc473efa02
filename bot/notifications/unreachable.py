"""Conversations the bot can no longer post to. Nothing is sent there until it is back (F15)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from bot.chat.identity import Conversation
from bot.notifications.messages import DIGESTS, OUTBOX
from bot.storage.base import Store
from bot.storage.table import Table

TABLE = "gone_conversations"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Unreachable:
    """Since when a conversation is unreachable (Unix seconds)."""

    at: float


class UnreachableConversations:
    """Every method may raise `StoreError`."""

    def __init__(self, store: Store) -> None:
        self._store, self._table = store, Table(store, TABLE, _Unreachable)

    async def contains(self, conversation: Conversation) -> bool:
        """Whether sending there is pointless."""
        return await self._table.get_cached(conversation.key) is not None

    async def among(self, keys: Iterable[str]) -> set[str]:
        """Return those of these conversation keys that are unreachable, read in one go."""
        return await self._table.present(sorted(keys))

    async def add(self, conversation: Conversation, *, now: float) -> int:
        """Mark a conversation and drop the messages that wait for it; return how many those were."""
        await self._table.put(conversation.key, _Unreachable(now))
        dropped = await self.drop_messages(conversation)
        log.info("conversation gone", dropped=dropped)
        return dropped

    async def drop_messages(self, conversation: Conversation) -> int:
        """Drop the messages that wait for a conversation; return how many those were."""
        return await self._store.drop_group(OUTBOX, conversation.key) + await self._drop_digest(conversation)

    async def remove(self, conversation: Conversation) -> None:
        """Unmark a conversation, if it is marked: the bot was installed again, or someone spoke to it there."""
        if await self.contains(conversation):
            # A job that was under way may have left an event to the digest since.
            await self._drop_digest(conversation)
            await self._table.delete(conversation.key)

    async def _drop_digest(self, conversation: Conversation) -> int:
        rows = await self._store.find(DIGESTS, f"conversation:{conversation.key}")
        return sum([await self._store.delete(DIGESTS, row.key) for row in rows])
