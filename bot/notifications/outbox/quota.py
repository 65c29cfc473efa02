"""Puts off the events of a subscriber whose share of Jira's quota is used up, and nobody else's (T43)."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.jira.errors import PersonQuotaError
from bot.notifications.messages import OUTBOX, EventMessage, dump
from bot.storage.base import Job, Store


class QuotaDeferral:
    """Moves events into a group of their subscriber's, for later. `clock` gives Unix seconds.

    In the group of their conversation they would hold up the events that others are notified of there.
    """

    def __init__(self, store: Store, *, clock: Callable[[], float] = time.time) -> None:
        self._store, self._clock = store, clock

    async def put_off(self, job: str, message: EventMessage, error: PersonQuotaError) -> None:
        """Queue the event of a job for when the share is full again. Doing it twice changes nothing more."""
        group, due = f"{message.conversation.key}|{error.person}", self._clock() + error.retry_after
        await self._store.enqueue(OUTBOX, Job(f"{job}:later", dump(message), group=group, due=due))
