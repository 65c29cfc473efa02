"""Messages, and the port through which they are sent. `bot.teams` is the only implementation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.chat.identity import Conversation, Person

Card = Mapping[str, object]
"""An Adaptive Card 1.5 as plain JSON."""


@dataclass(frozen=True, slots=True)
class IssueRef:
    """An issue by its key and the cloud id of its site."""

    key: str
    site: str


@dataclass(frozen=True, slots=True)
class Message:
    """A text (Teams Markdown, in which text from Jira must be escaped) or a card.

    `summary` stands for a card in notifications and screen readers. `about` is the issue that it is about: what
    “it” means to somebody who quotes the message.
    """

    text: str = ""
    card: Card | None = None
    summary: str = ""
    about: IssueRef | None = None


class DeliveryError(Exception):
    """A message was not delivered."""


class ConversationGoneError(DeliveryError):
    """The bot is not, or no longer, in this conversation (403, 404): stop sending there."""


class DeliveryDelayedError(DeliveryError):
    """Teams did not take the message now (412, 429, 5xx, no answer); trying again later may help.

    `retry_after` is in seconds, 0 if Teams named none. `maybe_sent`: the request may have been carried out
    although no answer came.
    """

    def __init__(self, reason: str, retry_after: float = 0.0, *, maybe_sent: bool = False) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.maybe_sent = maybe_sent


class DeliveryRefusedError(DeliveryError):
    """Teams will never take this message (400, 413)."""


class Messenger(Protocol):
    """Sends messages outside any turn. Every method may raise `DeliveryError`."""

    async def send(self, to: Conversation, message: Message, *, reply_to: str = "") -> str:
        """Post, in the thread of activity `reply_to` if given; return the id of the new activity."""

    async def update(self, to: Conversation, activity_id: str, message: Message) -> None:
        """Replace an earlier message of the bot."""

    async def personal_conversation(
        self, person: Person, near: Conversation, *, teams_id: str = ""
    ) -> Conversation:
        """Return the person's own chat with the bot, opened if need be.

        `near` is a conversation of their tenant, if possible one that they are in. `teams_id` is how Teams names
        them to the bot (`29:…`), if that is known.
        """
