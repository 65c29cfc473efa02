"""What the bridge says, and the port through which it is said. `bot.teams` is the only implementation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.chat.identity import Conversation, Person

Card = Mapping[str, object]
"""An Adaptive Card 1.5 as plain JSON."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: text (Teams Markdown; text from Jira in it must be escaped), or a card.

    `summary` is what a phone's notification and a screen reader say of a card.
    """

    text: str = ""
    card: Card | None = None
    summary: str = ""


class DeliveryError(Exception):
    """A message was not delivered."""


class ConversationGoneError(DeliveryError):
    """Teams says that the bot is not, or no longer, in this conversation (403, 404): stop sending there."""


class DeliveryDelayedError(DeliveryError):
    """Teams did not take it now (429, 412, 5xx, no answer); `retry_after` seconds if it said so, else 0.

    `maybe_sent` is true when the request may have been carried out although no answer came.
    """

    def __init__(self, reason: str, retry_after: float = 0.0, *, maybe_sent: bool = False) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.maybe_sent = maybe_sent


class DeliveryRefusedError(DeliveryError):
    """Teams will never take this message (400, 413): trying again is no use."""


class Messenger(Protocol):
    """Sends proactively, outside any turn. Each call makes ONE attempt unless it says otherwise."""

    async def send(self, to: Conversation, message: Message, *, reply_to: str = "") -> str:
        """Post, in the thread of activity `reply_to` if given; the id of the new activity."""

    async def update(self, to: Conversation, activity_id: str, message: Message) -> None:
        """Replace an earlier message of the bot's."""

    async def personal_conversation(self, person: Person, near: Conversation) -> Conversation:
        """The person's own chat with the bot, opened if need be; `near` is any conversation of their tenant."""
