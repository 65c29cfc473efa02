"""Puts each person's daily digest into the outbox when it is due, once a day on however many replicas."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import structlog

from bot.chat.identity import Person
from bot.notifications.messages import OUTBOX, DailyDigest, dump
from bot.notifications.personal.recipients import RecipientFinder
from bot.notifications.personal.settings import PersonalSettingsTable, due_at
from bot.storage.base import Job, Store

TICK_SECONDS = 20.0
"""How often times of day are compared with the clock."""

log = structlog.get_logger(__name__)


class DailySchedule:
    """Looks at times of day, not at people: only those whose time has come are read. `clock`: Unix seconds."""

    def __init__(
        self,
        store: Store,
        settings: PersonalSettingsTable,
        people: RecipientFinder,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._store, self._settings, self._people, self._clock = store, settings, people, clock
        self._done: dict[str, str] = {}
        """The last day of each slot that this process has dealt with."""

    async def tick(self) -> int:
        """Put the digests that are due now into the outbox; return how many. Raises `StoreError`."""
        now, count = self._clock(), 0
        async for slot in self._settings.slots():
            due = due_at(slot, now)
            if due is None or self._done.get(slot) == due[0]:
                continue
            day, moment = due
            for person, settings in await self._settings.in_slot(slot):
                if settings.digest_since <= moment:
                    count += await self._enqueue(person, day, now)
            self._done[slot] = day
        return count

    async def _enqueue(self, person: Person, day: str, now: float) -> bool:
        reached = await self._people.reachable(person)
        if reached is None:
            return False
        _, chat = reached
        # Named after the person and their day: the outbox takes it once, and knows it long after it was sent.
        name = hashlib.sha256(f"daily\0{person.key}\0{day}".encode()).hexdigest()
        # Of no group: it comes when it was asked for, whatever waits for the end of quiet hours.
        fresh = await self._store.enqueue(OUTBOX, Job(name, dump(DailyDigest(chat, person, received=now))))
        if fresh:
            log.info("daily digest due", day=day)
        return fresh
