"""The `Messenger` port: proactive messages, outside any turn."""

from __future__ import annotations

from dataclasses import replace

from bot.chat.identity import Conversation, Person, Scope
from bot.chat.messages import ConversationGoneError, Message
from bot.storage.base import Store, StoreError
from bot.teams.activities import outgoing
from bot.teams.connector import Connector


class TeamsMessenger:
    """Posts through the connector. One attempt a call, or several with `patient` (a person is waiting)."""

    def __init__(self, connector: Connector, references: References, *, patient: bool = False) -> None:
        self._connector = connector
        self._references = references
        self._patient = patient

    async def send(self, to: Conversation, message: Message, *, reply_to: str = "") -> str:
        """Post a message; into the conversation's own thread if it names one, or that of `reply_to`."""
        here = await self._here(to)
        thread = reply_to if to.scope is Scope.CHANNEL and reply_to else to.thread
        target = _address(here, thread)
        activity = outgoing(message) | {"from": {"id": here.bot_id}, "conversation": {"id": target}}
        return await self._connector.send(here.service_url, target, activity, patient=self._patient)

    async def update(self, to: Conversation, activity_id: str, message: Message) -> None:
        """Replace an earlier message."""
        here = await self._here(to)
        target = _address(here, to.thread)
        activity = outgoing(message) | {
            "id": activity_id,
            "from": {"id": here.bot_id},
            "conversation": {"id": target},
        }
        await self._connector.update(here.service_url, target, activity_id, activity, patient=self._patient)

    async def _here(self, to: Conversation) -> Conversation:
        """A turn was remembered by this process itself; unasked, another replica may know better."""
        return await (self._references.known(to) if self._patient else self._references.latest(to))

    async def personal_conversation(self, person: Person, near: Conversation) -> Conversation:
        """The person's own chat; opened through the connector if it has not been seen yet.

        What is told there is in the language of `near`, as long as the person has not written there.
        """
        known = await self._references.personal(person)
        if known is not None:
            return known
        here = await self._here(near)
        opened = await self._connector.create_personal(here.service_url, here.bot_id, person.tenant, person.oid)
        if not opened:
            raise ConversationGoneError("Teams opened no personal chat")
        place = Conversation(
            opened, Scope.PERSONAL, person.tenant, here.service_url, here.bot_id, language=near.language
        )
        await self._references.remember(place, person)
        return place


class References:
    """The newest reference of every conversation: service URLs change, and proactive messages need the last."""

    TABLE = "references"

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[str, Conversation] = {}

    async def remember(self, place: Conversation, person: Person | None = None, *, anew: bool = False) -> None:
        """Keep `place` if it is new or changed; a personal one also under its person. Writes only then, or `anew`:
        another replica may have forgotten it since."""
        place = replace(place, thread="")
        # Not every activity names a chat's language or a channel's team, and they do not get lost by that.
        if place.is_personal and not place.language:
            place = replace(place, language=(await self.known(place)).language)
        if place.scope is Scope.CHANNEL and not place.team:
            place = replace(place, team=(await self.known(place)).team)
        keys = [_key(place)]
        if place.is_personal and person is not None:
            keys.append(f"person/{person.key}")
        for key in keys:
            if anew or self._seen.get(key) != place:
                team = [_team(place)] if place.team else []
                await self._store.put(self.TABLE, key, place.to_json(), tags=(f"tenant/{place.tenant}", *team))
                self._keep(key, place)

    async def team_moved(self, place: Conversation) -> None:
        """The bot was installed in this channel's team: all of its channels are reached where this one is."""
        for one in await self._of_team(place):
            moved = replace(one, service_url=place.service_url, bot_id=place.bot_id)
            await self.remember(moved, anew=moved != one)

    async def known(self, place: Conversation) -> Conversation:
        """`place` with the newest service URL that this process knows: such a one costs no look-up. As it is while
        the store is away.
        """
        try:
            return await self._find(_key(place)) or place
        except StoreError:
            return place

    async def latest(self, place: Conversation) -> Conversation:
        """`place` with the newest service URL of all; while the store is away, of those that are known here."""
        try:
            row = await self._store.get(self.TABLE, _key(place))
        except StoreError:
            return self._seen.get(_key(place), place)
        return Conversation.from_json(row.value) if row else place

    async def personal(self, person: Person) -> Conversation | None:
        """The person's own chat with the bot, if it has been seen."""
        return await self._find(f"person/{person.key}")

    async def forget(self, place: Conversation, person: Person | None = None) -> None:
        """The bot was removed from there."""
        for key in (_key(place), *((f"person/{person.key}",) if person else ())):
            self._seen.pop(key, None)
            await self._store.delete(self.TABLE, key)

    async def forget_team(self, place: Conversation) -> None:
        """The bot was removed from all channels of this one's team."""
        for one in (place, *await self._of_team(place)):
            await self.forget(one)

    async def _of_team(self, place: Conversation) -> list[Conversation]:
        rows = await self._store.find(self.TABLE, _team(place)) if place.team else []
        return [Conversation.from_json(row.value) for row in rows]

    async def _find(self, key: str) -> Conversation | None:
        known = self._seen.get(key)
        if known is not None:
            return known
        row = await self._store.get(self.TABLE, key)
        if row is None:
            return None
        place = Conversation.from_json(row.value)
        self._keep(key, place)
        return place

    def _keep(self, key: str, place: Conversation) -> None:
        if len(self._seen) >= REMEMBERED:
            self._seen.pop(next(iter(self._seen)))
        self._seen[key] = place


REMEMBERED = 20_000
"""Conversations kept in memory, so that a turn in a known one costs no look-up."""


def _key(place: Conversation) -> str:
    return f"{place.tenant}/{place.id}"


def _team(place: Conversation) -> str:
    return f"team/{place.tenant}/{place.team}"


def _address(place: Conversation, thread: str) -> str:
    """The conversation id by which Teams knows a thread of a channel."""
    return f"{place.id};messageid={thread}" if thread else place.id
