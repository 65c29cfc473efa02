"""What telling needs, in one hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.chat.last_issue import LastIssueStore
from bot.notifications.messages import Envelope
from bot.notifications.metrics import Metrics
from bot.notifications.outbox.authorization import Judge
from bot.notifications.outbox.delivery import Voice
from bot.notifications.outbox.suspension import Suspender
from bot.notifications.ports import Cards
from bot.notifications.subscriptions.matching import wants
from bot.notifications.subscriptions.repository import Subscription, Subscriptions
from bot.notifications.trace import Trail
from bot.notifications.unreachable import Places
from bot.storage.base import Store


@dataclass(frozen=True, slots=True)
class Desk:
    """Shared by everything between the outbox and Teams. `clock` gives Unix seconds."""

    store: Store
    subscriptions: Subscriptions
    places: Places
    judge: Judge
    suspender: Suspender
    voice: Voice
    cards: Cards
    metrics: Metrics
    trail: Trail
    shown: LastIssueStore
    clock: Callable[[], float]

    async def behind(self, envelope: Envelope) -> list[Subscription]:
        """The subscriptions that wanted this event, as they are now, oldest first.

        One whose query or owner was changed since has another id: where some are gone, any of the conversation
        that is older than the delivery may be what became of them.
        """
        found = await self.subscriptions.some(envelope.subscriptions)
        if len(found) == len(envelope.subscriptions) or envelope.event is None:
            return found
        here = await self.subscriptions.in_conversation(envelope.conversation)
        others = [s for s in here if s not in found and s.told_from <= envelope.received]
        found += [s for s in others if wants(s, envelope.event)]
        return sorted(found, key=lambda s: (s.created_at, s.id))
