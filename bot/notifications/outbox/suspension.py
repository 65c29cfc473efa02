"""A subscription whose owner can no longer see what it tells stops, and its conversation is told so once (T27)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

import structlog

from bot.chat.identity import Person
from bot.notifications.messages import OUTBOX, Envelope, Form, dump
from bot.notifications.subscriptions.repository import Subscription, Subscriptions, place
from bot.storage.base import Job, Store

log = structlog.get_logger()


class Reason(StrEnum):
    """Why a subscription stopped by itself."""

    NOT_CONNECTED = "not connected"
    REVOKED = "revoked"
    SCOPE = "scope"
    NO_ACCESS = "no access"
    QUERY = "query"


_OF_THE_OWNER = frozenset({Reason.NOT_CONNECTED, Reason.REVOKED, Reason.SCOPE})
"""Reasons that hold for all that a person subscribed to; linking again ends them."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A subscription that has to stop."""

    subscription: Subscription
    reason: Reason


class Suspender:
    """Stops subscriptions. Every method may raise `StoreError` and may be repeated after it."""

    def __init__(
        self, store: Store, subscriptions: Subscriptions, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._store, self._subscriptions, self._clock = store, subscriptions, clock

    async def suspend(self, losses: Iterable[Loss]) -> None:
        """Stop each, with all of the same owner's in its conversation that share the reason, in one message.

        Nothing is told of those that a person paused, and taking over does not end a pause.
        """
        for loss in losses:
            fresh = await self._subscriptions.get(loss.subscription.id)
            if fresh is not None and not fresh.suspended:
                await self._stop(fresh, loss.reason)

    async def owner_back(self, owner: Person) -> int:
        """The owner linked Jira again: what had stopped for want of a link goes on; how many that were."""
        waiting = [s for s in await self._subscriptions.of_owner(owner) if s.suspended in _OF_THE_OWNER]
        for subscription in waiting:
            await self._subscriptions.end_suspension(subscription.id)
        return len(waiting)

    async def _stop(self, first: Subscription, reason: Reason) -> None:
        conversation = first.conversation
        others = [
            s
            for s in await self._subscriptions.in_conversation(conversation)
            if s.id != first.id
            and not (s.suspended or s.paused)
            and s.owner == first.owner
            and _shared(reason, first, s)
        ]
        stopping = [*others, first]
        # The message first, under a name that lasts until `first` is written: a crash in between repeats all of
        # this without telling it twice.
        version = await self._subscriptions.version(first.id)
        envelope = Envelope(
            Form.SUSPENDED,
            conversation,
            tuple(s.id for s in stopping),
            reason=reason.value,
            received=self._clock(),
        )
        name = f"suspended:{first.id}:{version}"
        await self._store.enqueue(OUTBOX, Job(name, dump(envelope), group=place(conversation)))
        for subscription in stopping:
            await self._subscriptions.change(subscription.id, lambda s: replace(s, suspended=reason.value))
        log.info("subscriptions suspended", count=len(stopping), reason=reason.value)


def _shared(reason: Reason, one: Subscription, other: Subscription) -> bool:
    if reason in _OF_THE_OWNER:
        return True
    return reason is Reason.NO_ACCESS and (one.cloud_id, one.project) == (other.cloud_id, other.project)
