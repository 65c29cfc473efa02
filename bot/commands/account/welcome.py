"""Welcomes new conversations, and forgets those that the bot was removed from."""

from __future__ import annotations

import structlog

from bot.accounts.model import Grants, NotConnectedError, Tickets
from bot.chat.identity import Conversation, Person
from bot.chat.messages import Message
from bot.chat.tables import WELCOMED_TABLE
from bot.language import tr
from bot.notifications.service import Notifications
from bot.security.card_signing import Signer
from bot.storage.base import Store, StoreError
from cards.welcome import welcome_card

log = structlog.get_logger()


class InstallationEvents:
    """Implements `bot.teams.lifecycle.ConversationEvents`.

    Teams announces an installation twice; the welcome is sent once.
    """

    def __init__(
        self, store: Store, grants: Grants, tickets: Tickets, signer: Signer, notifications: Notifications
    ) -> None:
        self._store = store
        self._grants = grants
        self._tickets = tickets
        self._signer = signer
        self._notifications = notifications

    async def on_added(
        self, place: Conversation, person: Person | None, *, one_channel: bool = False
    ) -> Message | None:
        """Return the welcome card, or None if it was shown here before."""
        if one_channel:
            await self._notifications.conversation_back(place)
        else:
            await self._notifications.team_back(place)
        if await self._store.replace(WELCOMED_TABLE, _key(place), {}, version=0) is None:
            return None
        account, url = "", ""
        if place.is_personal and person is not None:
            account = await self._account_name(person)
            url = "" if account else await self._tickets.connect_url(person, None)
        sign = self._signer.bound_to(place.id)
        card = welcome_card(place.scope.value, url=url, sign=sign, account=account)
        return Message(card=card, summary=tr("Jira in Teams"))

    async def on_message(self, place: Conversation) -> None:
        """Resume notifications there: if people can write to the bot, Teams lets it write to them again (F15).

        Errors of the store are ignored, because the next message does as well.
        """
        try:
            await self._notifications.conversation_back(place)
        except StoreError as error:
            log.warning("conversation not marked as open", error=str(error))

    async def on_removed(self, place: Conversation) -> None:
        """Stop notifications there. If the bot returns, it sends the welcome card again."""
        await self._notifications.conversation_gone(place)
        await self._forget_welcome(place)

    async def on_team_removed(self, place: Conversation) -> None:
        """Stop notifications in every channel of this channel's team."""
        for channel in await self._notifications.team_gone(place):
            await self._forget_welcome(channel)

    async def on_team_restored(self, place: Conversation) -> None:
        """Resume notifications in a team that was deleted or archived and now is restored."""
        await self._notifications.team_back(place)

    async def _account_name(self, person: Person) -> str:
        """Return the name of the person's Jira account; empty if none is linked."""
        try:
            return (await self._grants.account(person)).user.name
        except NotConnectedError:
            return ""

    async def _forget_welcome(self, place: Conversation) -> None:
        await self._store.delete(WELCOMED_TABLE, _key(place))


def _key(place: Conversation) -> str:
    return f"{place.tenant}/{place.id}"
