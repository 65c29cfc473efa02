"""The newest reference of every conversation: service URLs change, and proactive messages need the last one."""

from __future__ import annotations

from dataclasses import replace

from cachetools import LRUCache

from bot.chat.identity import Conversation, Person, Scope
from bot.chat.reference_keys import TABLE, person_key
from bot.storage.base import Store, StoreError
from bot.storage.table import Table

MAX_REMEMBERED = 20_000
"""Conversations kept in memory, so that a turn in a known one costs no look-up."""


class ConversationReferences:
    """The table `references`. Methods may raise `StoreError` unless they say otherwise."""

    def __init__(self, store: Store) -> None:
        self._table = Table(store, TABLE, Conversation)
        self._seen: LRUCache[str, Conversation] = LRUCache(MAX_REMEMBERED)

    async def remember(self, place: Conversation, person: Person | None = None, *, force: bool = False) -> None:
        """Save a conversation that is new or has changed; a personal one also under its person.

        `force` writes always, for another replica may have forgotten it since.
        """
        place = await self._complete(replace(place, thread="") if place.thread else place)
        keys = [place.key]
        if place.is_personal and person is not None:
            keys.append(person_key(person))
        unknown = [key for key in keys if key not in self._seen]
        if unknown and not force:
            self._seen.update(await self._table.get_all(unknown))
        tags = [_team_tag(place)] if place.team else []
        for key in keys:
            if force or self._seen.get(key) != place:
                await self._table.put(key, place, tags=tags)
                self._seen[key] = place

    async def _complete(self, place: Conversation) -> Conversation:
        """Add what was known before: not every activity names a chat's language or a channel's team."""
        if place.is_personal and not place.language:
            return replace(place, language=(await self.known(place)).language)
        if place.scope is Scope.CHANNEL and not place.team:
            return replace(place, team=(await self.known(place)).team)
        return place

    async def move_team(self, place: Conversation) -> None:
        """Note that all channels of this channel's team are reached where this one is: the bot was installed."""
        for channel in await self._of_team(place):
            moved = replace(channel, service_url=place.service_url, bot_id=place.bot_id)
            await self.remember(moved, force=moved != channel)

    async def known(self, place: Conversation) -> Conversation:
        """Return `place` with the newest service URL that this process knows, mostly without a look-up.

        Never raises: while the store is away `place` may come back as it is.
        """
        try:
            return await self._find(place.key) or place
        except StoreError:
            return place

    async def latest(self, place: Conversation) -> Conversation:
        """Return `place` with the newest service URL that any replica knows.

        Never raises: while the store is away it is the newest one that this process knows.
        """
        try:
            return await self._table.get(place.key) or place
        except StoreError:
            return self._seen.get(place.key, place)

    async def personal(self, person: Person) -> Conversation | None:
        """Return the person's own chat with the bot, if any replica has seen it. Raises `StoreError`."""
        return await self._table.get(person_key(person))

    async def forget(self, place: Conversation, person: Person | None = None) -> None:
        """Remove a conversation that the bot was removed from."""
        for key in (place.key, *((person_key(person),) if person else ())):
            self._seen.pop(key, None)
            await self._table.delete(key)

    async def forget_team(self, place: Conversation) -> None:
        """Remove all channels of this channel's team."""
        for channel in (place, *await self._of_team(place)):
            await self.forget(channel)

    async def _of_team(self, place: Conversation) -> list[Conversation]:
        return [entry.value for entry in await self._table.find(_team_tag(place))] if place.team else []

    async def _find(self, key: str) -> Conversation | None:
        place = self._seen.get(key)
        if place is None:
            place = await self._table.get(key)
            if place is not None:
                self._seen[key] = place
        return place


def _team_tag(place: Conversation) -> str:
    return f"team/{place.tenant}/{place.team}"
