"""Who a notification is for: a subscription of a conversation, or a person in their own chat."""

from __future__ import annotations

from bot.notifications.messages import EventMessage
from bot.notifications.personal.recipients import PersonalRecipient, RecipientFinder
from bot.notifications.subscriptions.model import Subscription
from bot.notifications.subscriptions.repository import Subscriptions

Recipient = Subscription | PersonalRecipient


class CurrentRecipients:
    """Finds the recipients of an event message as they are now. Methods may raise `StoreError`."""

    def __init__(self, subscriptions: Subscriptions, people: RecipientFinder) -> None:
        self._subscriptions, self._people = subscriptions, people

    async def of(self, message: EventMessage) -> list[Recipient]:
        """Return the recipients that still want the event, oldest first.

        A subscription whose query or owner was changed since has another id: where some are gone, any of the
        conversation's that is older than the delivery may be what became of them.
        """
        recipients = [r for r in [await self._by_id(i) for i in message.recipients] if r is not None]
        if len(recipients) < len(message.recipients):
            here = await self._subscriptions.in_conversation(message.conversation)
            others = [s for s in here if s not in recipients and s.active_since <= message.received]
            recipients += [s for s in others if s.wants(message.event)]
        return sorted(recipients, key=lambda r: (r.created_at, r.id))

    async def _by_id(self, recipient_id: str) -> Recipient | None:
        person = await self._people.by_id(recipient_id)
        return person or await self._subscriptions.get(recipient_id)
