"""The daily digests: at its hour each becomes one message in the outbox, once a day on however many replicas."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import structlog

from bot.chat.identity import Person
from bot.notifications.messages import OUTBOX, Envelope, Form, dump
from bot.notifications.personal.recipients import Directory
from bot.notifications.personal.settings import PersonalTable, due_at
from bot.storage.base import Job, Store

EVERY = 20.0
"""Seconds between two looks at the clock."""

log = structlog.get_logger()


class DailySchedule:
    """Looks at times of day, not at people: only those whose time has come are read. `clock`: Unix seconds."""

    def __init__(
        self, store: Store, table: PersonalTable, directory: Directory, *, clock: Callable[[], float]
    ) -> None:
        self._store, self._table, self._directory, self._clock = store, table, directory, clock
        self._seen: dict[str, str] = {}

    async def tick(self) -> int:
        """Put the messages that are due now; how many. Raises `StoreError`."""
        now, put = self._clock(), 0
        async for slot in self._table.slots():
            due = due_at(slot, now)
            if due is None or self._seen.get(slot) == due[0]:
                continue
            day, moment = due
            for person, settings in await self._table.in_slot(slot):
                if settings.digest_since <= moment:
                    put += await self._put(person, day, now)
            self._seen[slot] = day
        return put

    async def _put(self, person: Person, day: str, now: float) -> bool:
        reached = await self._directory.reachable(person)
        if reached is None:
            return False
        _, chat = reached
        # The name is of the person and their day: the outbox takes it once, and knows it long after it was sent.
        name = hashlib.sha256(f"daily\0{person.key}\0{day}".encode()).hexdigest()
        envelope = Envelope(Form.DAILY, chat, (person.key,), received=now)
        # Of no group: it comes when it was asked for, whatever waits for the end of quiet hours.
        fresh = await self._store.enqueue(OUTBOX, Job(name, dump(envelope)))
        if fresh:
            log.info("daily digest due", day=day)
        return fresh
