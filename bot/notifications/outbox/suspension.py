"""Stops subscriptions whose owner lost access, and notifies their conversation once (T27)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

import structlog

from bot.chat.identity import Person
from bot.notifications.messages import OUTBOX, SuspensionNotice, dump
from bot.notifications.outbox.delivery import Delivered, MessageDelivery
from bot.notifications.ports import Cards
from bot.notifications.subscriptions.model import Subscription
from bot.notifications.subscriptions.repository import Subscriptions
from bot.storage.base import Job, Store

log = structlog.get_logger(__name__)


class SuspensionReason(StrEnum):
    """Why a subscription was stopped automatically."""

    NOT_CONNECTED = "not connected"
    REVOKED = "revoked"
    SCOPE = "scope"
    NO_ACCESS = "no access"
    QUERY = "query"
    SERVICE_ACCOUNT = "service account"
    """The site has none any more, or Jira refuses it."""


_OWNER_REASONS = frozenset(
    {
        SuspensionReason.NOT_CONNECTED,
        SuspensionReason.REVOKED,
        SuspensionReason.SCOPE,
        SuspensionReason.SERVICE_ACCOUNT,
    }
)
"""Reasons that hold for all that an owner subscribed to; linking again, or a new token, ends them."""


@dataclass(frozen=True, slots=True)
class RevokedSubscription:
    """A subscription that has to stop, because its owner lost access."""

    subscription: Subscription
    reason: SuspensionReason


class Suspender:
    """Stops subscriptions. Every method may raise `StoreError` and may be repeated after it."""

    def __init__(
        self, store: Store, subscriptions: Subscriptions, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._store, self._subscriptions, self._clock = store, subscriptions, clock

    async def suspend(self, revoked: Iterable[RevokedSubscription]) -> None:
        """Stop each, with all of the same owner's in its conversation that share the reason, in one message.

        Subscriptions that a person paused are not mentioned: taking over does not end a pause.
        """
        for revocation in revoked:
            current = await self._subscriptions.get(revocation.subscription.id)
            if current is not None and not current.suspended:
                await self._stop(current, revocation.reason)

    async def resume_after_link(self, owner: Person) -> int:
        """Resume what had stopped because the owner had no link; return how many subscriptions that were."""
        stopped = [s for s in await self._subscriptions.of_owner(owner) if s.suspended in _OWNER_REASONS]
        for subscription in stopped:
            await self._subscriptions.end_suspension(subscription.id)
        return len(stopped)

    async def _stop(self, first: Subscription, reason: SuspensionReason) -> None:
        conversation = first.conversation
        here = await self._subscriptions.in_conversation(conversation)
        stopping = [*(s for s in here if s.is_active and _stops_with(first, s, reason)), first]
        # The message first, under a name that lasts until `first` is written: a crash in between repeats all of
        # this without posting it twice.
        version = await self._subscriptions.version(first.id)
        ids = tuple(s.id for s in stopping)
        notice = SuspensionNotice(conversation, ids, reason.value, received=self._clock())
        name = f"suspended:{first.id}:{version}"
        await self._store.enqueue(OUTBOX, Job(name, dump(notice), group=conversation.key))
        for subscription in stopping:
            await self._subscriptions.update(subscription.id, lambda s: replace(s, suspended=reason.value))
        log.info("subscriptions suspended", count=len(stopping), reason=reason.value)


class SuspensionHandler:
    """Handles the outbox's suspension notices. Raises what `MessageDelivery` raises."""

    def __init__(self, subscriptions: Subscriptions, cards: Cards, delivery: MessageDelivery) -> None:
        self._subscriptions, self._cards, self._delivery = subscriptions, cards, delivery

    async def handle(self, job_id: str, message: SuspensionNotice) -> Delivered | str:
        """Post one notice about those that are still suspended; return how, or why not."""
        stopped = [s for s in await self._subscriptions.get_all(message.subscriptions) if s.suspended]
        if not stopped:
            return "nothing to tell"
        card = self._cards.suspended_message(message.conversation, stopped, message.reason)
        await self._delivery.post_once(message.conversation, card, job_id)
        return Delivered("suspended")


def _stops_with(first: Subscription, other: Subscription, reason: SuspensionReason) -> bool:
    if other.id == first.id or other.owner != first.owner:
        return False
    if reason in _OWNER_REASONS:
        return True
    same_project = (first.cloud_id, first.project) == (other.cloud_id, other.project)
    return reason is SuspensionReason.NO_ACCESS and same_project
