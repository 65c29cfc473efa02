"""What the bridge says to a person unasked: their link ended, or will, or was just made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar

import structlog

from bot.accounts.model import Account, Pending, Tickets
from bot.commands.notifying import told
from bot.identity import Conversation, Person
from bot.notifications.personal import Settings
from bot.outgoing import DeliveryError, Message, Messenger
from cards.connect import connected_card, expiring_card, revoked_card
from cards.notify import with_first_settings

NOTICE_DAYS = 14

ANSWERING: ContextVar[bool] = ContextVar("answering", default=False)
"""Set while somebody's request is answered: what is found out about their link then is in the answer itself."""

log = structlog.get_logger(__name__)


class Notices:
    """Speaks into people's personal chats. A person never met in one is told at their next command instead."""

    def __init__(
        self,
        messenger: Messenger,
        tickets: Tickets,
        personal: Callable[[Person], Awaitable[Conversation | None]],
    ) -> None:
        self._messenger = messenger
        self._tickets = tickets
        self._personal = personal

    async def revoked(self, person: Person) -> None:
        """Atlassian ended the grant: one card, once (the vault calls this once).

        Whoever is being answered at that moment gets it as their answer.
        """
        if ANSWERING.get():
            return
        card = revoked_card(await self._tickets.connect_url(person, None))
        await self._tell(person, Message(card=card, summary="Your Jira connection has ended"))

    async def expiring(self, account: Account) -> None:
        """The grant reaches its absolute end in a fortnight."""
        card = expiring_card(await self._tickets.connect_url(account.person, None), NOTICE_DAYS)
        await self._tell(account.person, Message(card=card, summary="Renew your Jira connection"))

    async def linked(
        self, person: Person, account: Account, pending: Pending | None, *, first: Settings | None = None
    ) -> None:
        """The link was made: say so in the person's own chat; with what they will hear there, if it is their
        `first`."""
        card = connected_card(account.user.name, [s.name for s in account.sites], account.user.email)
        if first is not None and first.on:
            card = with_first_settings(card, told(first))
        own = await self._own_chat(person, pending.conversation) if pending is not None else None
        await self._tell(person, Message(card=card, summary="Jira is connected"), own)

    async def _own_chat(self, person: Person, met: Conversation) -> Conversation | None:
        """Opened if the person was only ever met elsewhere: what they are to hear is told there from now on."""
        if met.is_personal:
            return met
        try:
            return await self._messenger.personal_conversation(person, met)
        except DeliveryError as error:
            log.info("personal chat not opened", reason=str(error))
            return None

    async def _tell(self, person: Person, message: Message, own: Conversation | None = None) -> None:
        place = own or await self._personal(person)
        if place is None:
            log.info("no personal chat to speak into")
            return
        try:
            await self._messenger.send(place, message)
        except DeliveryError as error:
            log.warning("notice not delivered", reason=str(error))
