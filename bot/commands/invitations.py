"""Invitations to connect Jira, sent into colleagues' own chats."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.accounts.model import Tickets
from bot.chat.identity import Conversation, Person
from bot.chat.messages import DeliveryError, Message, Messenger
from bot.chat.tables import INVITATIONS_TABLE
from bot.commands.errors import CommandError
from bot.language import tr, use_language
from bot.storage.base import Store
from cards.connect import invite_card

INTERVAL_SECONDS = 7 * 86_400.0
"""How long nobody can invite the same person again."""

log = structlog.get_logger(__name__)


class InvitedLatelyError(CommandError):
    """They have an invitation already."""


class UnreachableError(CommandError):
    """Teams lets the bot write to people only where the app is installed for them."""


@dataclass(frozen=True, slots=True)
class Invitations:
    """Sends invitations, one a week to each person. `clock` is Unix time in seconds."""

    store: Store
    messenger: Messenger
    tickets: Tickets
    clock: Callable[[], float] = time.time

    async def send(
        self, colleague: Person, name: str, near: Conversation, inviter: str, *, teams_id: str = ""
    ) -> None:
        """Invite a colleague; `near` and `teams_id` are as for `Messenger.personal_conversation`.

        Raises `InvitedLatelyError`, `UnreachableError`, `StoreError`.
        """
        if await self.store.get(INVITATIONS_TABLE, colleague.key) is not None:
            raise _invited_lately(name)
        try:
            chat = await self.messenger.personal_conversation(colleague, near, teams_id=teams_id)
        except DeliveryError as error:
            raise _unreachable(name, error) from None
        url = await self.tickets.connect_url(colleague, None)
        with use_language(chat.language):
            message = Message(card=invite_card(url, inviter), summary=tr("Connect Jira"))
        # The last step before the message: whatever fails earlier must not count as an invitation.
        until = self.clock() + INTERVAL_SECONDS
        if await self.store.replace(INVITATIONS_TABLE, colleague.key, {}, version=0, expires_at=until) is None:
            raise _invited_lately(name)
        try:
            await self.messenger.send(chat, message)
        except DeliveryError as error:
            await self.store.delete(INVITATIONS_TABLE, colleague.key)
            raise _unreachable(name, error) from None


def _invited_lately(name: str) -> InvitedLatelyError:
    return InvitedLatelyError(tr("{name} was already invited recently.", name=name))


def _unreachable(name: str, error: DeliveryError) -> UnreachableError:
    log.info("invitation not delivered", reason=str(error))
    return UnreachableError(
        tr(
            "I can't message {name}: the app isn't installed for them. Ask them to open it in Teams "
            "and type “connect”.",
            name=name,
        )
    )
