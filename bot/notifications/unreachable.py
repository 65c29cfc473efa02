"""Conversations that Teams no longer lets us into. Nothing is sent there until the bot is back (F15)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from bot.chat.identity import Conversation
from bot.notifications.messages import DIGESTS, OUTBOX
from bot.notifications.subscriptions.repository import Subscriptions, place
from bot.storage.base import Store
from bot.storage.table import Table

TABLE = "gone_conversations"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Gone:
    """Since when a conversation is gone (Unix seconds)."""

    at: float


class Places:
    """Knows which conversations are gone. Every method may raise `StoreError`."""

    def __init__(self, store: Store, subscriptions: Subscriptions) -> None:
        self._store, self._subscriptions = store, subscriptions
        self._gone = Table(store, TABLE, _Gone)

    async def is_gone(self, conversation: Conversation) -> bool:
        """Whether sending there is pointless."""
        return await self._gone.get(place(conversation)) is not None

    async def gone_among(self, places: Iterable[str]) -> set[str]:
        """Those (as `place` names them) that are gone, asked in one go."""
        return await self._gone.present(sorted(places))

    async def gone(self, conversation: Conversation, *, now: float) -> int:
        """Teams refused, or the bot was removed: forget what waits; how many messages that were."""
        await self._gone.put(place(conversation), _Gone(now))
        dropped = await self._store.drop_group(OUTBOX, place(conversation))
        dropped += await self._forget_digests(conversation)
        log.info("conversation gone", dropped=dropped)
        return dropped

    async def back(self, conversation: Conversation) -> None:
        """The bot was installed again, or somebody there spoke to it; its address may be a new one."""
        if await self.is_gone(conversation):
            # A job that was under way may have written one down since.
            await self._forget_digests(conversation)
            await self._gone.delete(place(conversation))
        if not conversation.is_personal:
            await self._subscriptions.follow(conversation)

    async def _forget_digests(self, conversation: Conversation) -> int:
        rows = await self._store.find(DIGESTS, f"conversation:{place(conversation)}")
        return sum([await self._store.delete(DIGESTS, row.key) for row in rows])
