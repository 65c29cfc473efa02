"""Arriving in a conversation and leaving it."""

from __future__ import annotations

import structlog

from bot.accounts.model import Tickets
from bot.chat.identity import Conversation, Person
from bot.chat.messages import Message
from bot.language import tr
from bot.notifications.service import Notifications
from bot.security.card_signing import Signer
from bot.storage.base import Store, StoreError
from cards.welcome import welcome_card

TABLE = "welcomed"

log = structlog.get_logger()


class Arrivals:
    """Greets once a conversation, although Teams announces an installation twice; forgets one that is left."""

    def __init__(self, store: Store, tickets: Tickets, signer: Signer, notifications: Notifications) -> None:
        self._store = store
        self._tickets = tickets
        self._signer = signer
        self._notifications = notifications

    async def on_added(self, place: Conversation, person: Person | None) -> Message | None:
        """The welcome card, or None if it was shown here before."""
        await self._notifications.team_back(place)
        first = await self._store.replace(TABLE, f"{place.tenant}/{place.id}", {}, version=0)
        if first is None:
            return None
        url = ""
        if place.is_personal and person is not None:
            url = await self._tickets.connect_url(person, None)
        card = welcome_card(place.scope.value, url=url, sign=self._signer.bound_to(place.id))
        return Message(card=card, summary=tr("Jira in Teams"))

    async def on_message(self, place: Conversation) -> None:
        """Whoever can speak to the bot there can be told things there, even if Teams refused them before (F15).

        While the store is away nothing is known of that, and the next word does as well as this one.
        """
        try:
            await self._notifications.conversation_back(place)
        except StoreError as error:
            log.warning("conversation not marked as open", error=str(error))

    async def on_removed(self, place: Conversation) -> None:
        """The bot is not there any more; should it return, it says hello again."""
        await self._notifications.conversation_gone(place)
        await self._forget_greeting(place)

    async def on_team_removed(self, place: Conversation) -> None:
        """The bot is in none of the channels of this one's team any more."""
        for gone in await self._notifications.team_gone(place):
            await self._forget_greeting(gone)

    async def on_team_restored(self, place: Conversation) -> None:
        """The team was deleted or archived, and is not any more."""
        await self._notifications.team_back(place)

    async def _forget_greeting(self, place: Conversation) -> None:
        await self._store.delete(TABLE, f"{place.tenant}/{place.id}")
