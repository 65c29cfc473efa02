"""What the bridge says to a person unasked: their link ended, or will, or was just made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from bot.accounts.model import Account, Pending, Tickets
from bot.identity import Conversation, Person
from bot.outgoing import DeliveryError, Message, Messenger
from cards.connect import connected_card, expiring_card, revoked_card

NOTICE_DAYS = 14

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
        """Atlassian ended the grant: one card, once (the vault calls this once)."""
        card = revoked_card(await self._tickets.connect_url(person, None))
        await self._tell(person, Message(card=card, summary="Your Jira connection has ended"))

    async def expiring(self, account: Account) -> None:
        """The grant reaches its absolute end in a fortnight."""
        card = expiring_card(await self._tickets.connect_url(account.person, None), NOTICE_DAYS)
        await self._tell(account.person, Message(card=card, summary="Renew your Jira connection"))

    async def linked(self, person: Person, account: Account, pending: Pending | None) -> None:
        """The link was made: say so in the person's own chat."""
        card = connected_card(account.user.name, [s.name for s in account.sites], account.user.email)
        own = pending.conversation if pending is not None and pending.conversation.is_personal else None
        await self._tell(person, Message(card=card, summary="Jira is connected"), own)

    async def _tell(self, person: Person, message: Message, own: Conversation | None = None) -> None:
        place = own or await self._personal(person)
        if place is None:
            log.info("no personal chat to speak into")
            return
        try:
            await self._messenger.send(place, message)
        except DeliveryError as error:
            log.warning("notice not delivered", reason=str(error))
