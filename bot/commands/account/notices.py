"""What the bridge says to a person unasked: their link ended, or will, or was just made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from bot.accounts.model import Account, Pending, Tickets
from bot.chat.identity import Conversation, Person
from bot.chat.messages import DeliveryError, Message, Messenger
from bot.commands.subscriptions.notify import told
from bot.language import speaking, tr
from bot.notifications.personal.settings import PersonalSettings
from cards.connect import connected_card, expiring_card, revoked_card
from cards.messages import message_card
from cards.notify import with_first_settings
from cards.text import clean

log = structlog.get_logger(__name__)


class Notices:
    """Speaks into people's personal chats, in the language of each. A person never met in one is told at their
    next command instead."""

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
        """Tell that Atlassian ended the grant. Called once a grant, unless the person reads it in an answer."""
        place = await self._place(person)
        if place is None:
            return
        url = await self._tickets.connect_url(person, None)
        with speaking(place.language):
            message = Message(card=revoked_card(url), summary=tr("Your Jira connection has ended"))
        await self._tell(place, message)

    async def expiring(self, account: Account, days_left: int) -> None:
        """Announce that the grant reaches its absolute end."""
        place = await self._place(account.person)
        if place is None:
            return
        url = await self._tickets.connect_url(account.person, None)
        with speaking(place.language):
            message = Message(card=expiring_card(url, days_left), summary=tr("Renew your Jira connection"))
        await self._tell(place, message)

    async def linked(
        self, person: Person, account: Account, pending: Pending | None, *, first: PersonalSettings | None = None
    ) -> None:
        """The link was made: say so in the person's own chat; with what they will hear there, if it is their
        `first`."""
        place = await self._own_chat(person, pending.conversation) if pending is not None else None
        place = place or await self._place(person)
        if place is None:
            return
        with speaking(place.language or (pending.conversation.language if pending else "")):
            card = connected_card(account.user.name, [s.name for s in account.sites], account.user.email)
            if first is not None and first.on:
                card = with_first_settings(card, told(first))
            message = Message(card=card, summary=tr("Jira is connected"))
        await self._tell(place, message)

    async def misused(self, person: Person, by: str) -> None:
        """Somebody else opened the link that was made for this person; once a link, for it is used up (T01)."""
        place = await self._place(person)
        if place is None:
            return
        with speaking(place.language):
            words = tr(
                "{name} opened the link that I gave you to connect Jira. Nothing was linked, and that link does"
                " not work any more. “connect” gives you a new one.",
                name=clean(by, 80),
            )
            message = Message(card=message_card(words, "warning", suggestions=("connect",)), summary=words)
        await self._tell(place, message)

    async def _own_chat(self, person: Person, met: Conversation) -> Conversation | None:
        """Opened if the person was only ever met elsewhere: what they are to hear is told there from now on."""
        if met.is_personal:
            return met
        try:
            return await self._messenger.personal_conversation(person, met)
        except DeliveryError as error:
            log.info("personal chat not opened", reason=str(error))
            return None

    async def _place(self, person: Person) -> Conversation | None:
        place = await self._personal(person)
        if place is None:
            log.info("no personal chat to speak into")
        return place

    async def _tell(self, place: Conversation, message: Message) -> None:
        try:
            await self._messenger.send(place, message)
        except DeliveryError as error:
            log.warning("notice not delivered", reason=str(error))
