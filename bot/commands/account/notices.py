"""Notices about a person's link to Jira, sent into their own chat: it was made, it ends soon, it has ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import structlog

from bot.accounts.model import Account, Pending, Tickets, WaitingRequest
from bot.chat.identity import Conversation, Person
from bot.chat.messages import DeliveryError, Message, Messenger
from bot.commands.account.waiting import title_of
from bot.commands.context import personal_scope
from bot.commands.subscriptions.notify import describe_events
from bot.language import tr, use_language
from bot.notifications.personal.settings import PersonalSettings
from bot.security.card_signing import Signer
from cards.connect import connected_card, expiring_card, revoked_card
from cards.messages import message_card
from cards.text import clean

MAX_NAME = 80

log = structlog.get_logger(__name__)


class Notices:
    """Sends notices in each person's language. A person who has no chat with the bot gets none.

    `personal_chat` returns the person's own chat if the bot has met them there.
    """

    def __init__(
        self,
        messenger: Messenger,
        tickets: Tickets,
        personal_chat: Callable[[Person], Awaitable[Conversation | None]],
        signer: Signer,
    ) -> None:
        self._messenger = messenger
        self._tickets = tickets
        self._personal_chat = personal_chat
        self._signer = signer

    async def announce_revoked(self, person: Person) -> None:
        """Say that Atlassian ended the grant. Called once a grant, unless the person reads it in an answer."""
        chat = await self._known_chat(person)
        if chat is None:
            return
        url = await self._tickets.connect_url(person, None)
        with use_language(chat.language):
            message = Message(card=revoked_card(url), summary=tr("Your Jira connection has ended"))
        await self._send(chat, message)

    async def announce_expiring(self, account: Account, days_left: int) -> None:
        """Say that the grant reaches its absolute end in `days_left` days."""
        chat = await self._known_chat(account.person)
        if chat is None:
            return
        url = await self._tickets.connect_url(account.person, None)
        with use_language(chat.language):
            message = Message(card=expiring_card(url, days_left), summary=tr("Renew your Jira connection"))
        await self._send(chat, message)

    async def announce_linked(
        self,
        person: Person,
        account: Account,
        pending: Pending | None,
        *,
        first: PersonalSettings | None = None,
        offers: Sequence[WaitingRequest] = (),
    ) -> None:
        """Say that the link was made. `first` are their notification settings, if this is their first link.

        `offers` are what they asked for before, besides what runs by itself.
        """
        chat = await self._own_chat(person, pending.conversation) if pending is not None else None
        chat = chat or await self._known_chat(person)
        if chat is None:
            return
        with use_language(chat.language or (pending.conversation.language if pending else "")):
            card = connected_card(
                account.user.name,
                [site.name for site in account.sites],
                account.user.email,
                notified_when=describe_events(first) if first is not None and first.on else "",
                offers=[(title_of(each.pending), each.name) for each in offers],
                sign=self._signer.bound_to(personal_scope(person)),
            )
            message = Message(card=card, summary=tr("Jira is connected"))
        await self._send(chat, message)

    async def announce_misused(self, person: Person, by: str) -> None:
        """Say that somebody else opened the person's link, which is used up by that. Called once a link (T01)."""
        chat = await self._known_chat(person)
        if chat is None:
            return
        with use_language(chat.language):
            text = tr(
                "{name} opened your link to connect Jira. Nothing was connected, and the link no longer "
                "works. Type “connect” for a new one.",
                name=clean(by, MAX_NAME),
            )
            message = Message(card=message_card(text, "warning", suggestions=("connect",)), summary=text)
        await self._send(chat, message)

    async def _own_chat(self, person: Person, near: Conversation) -> Conversation | None:
        """Return the person's own chat with the bot, opened if they used it only elsewhere (`near`)."""
        if near.is_personal:
            return near
        try:
            return await self._messenger.personal_conversation(person, near)
        except DeliveryError as error:
            log.info("personal chat not opened", reason=str(error))
            return None

    async def _known_chat(self, person: Person) -> Conversation | None:
        chat = await self._personal_chat(person)
        if chat is None:
            log.info("no personal chat to speak into")
        return chat

    async def _send(self, chat: Conversation, message: Message) -> None:
        try:
            await self._messenger.send(chat, message)
        except DeliveryError as error:
            log.warning("notice not delivered", reason=str(error))
