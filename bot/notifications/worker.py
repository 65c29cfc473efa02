"""Inbox → outbox: one job for each conversation that wants the event."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import structlog

from bot.jira.webhook_model import Event, Ignored
from bot.jira.webhooks import read_event
from bot.notifications.envelope import OUTBOX, event_job
from bot.notifications.matching import wants
from bot.notifications.metrics import Metrics
from bot.notifications.personal_directory import Directory
from bot.notifications.places import Places
from bot.notifications.receiver import INBOX, REMEMBER
from bot.notifications.settling import Settler, fault_of
from bot.notifications.subscriptions import Subscription, Subscriptions, place
from bot.notifications.trail import Note, Trail
from bot.storage.base import Leased, Store, StoreError

_BATCH = 64
_LEASE = 60.0

log = structlog.get_logger()


class Worker:
    """Works through the inbox in the order of arrival. Doing a job twice is harmless: outbox jobs have names."""

    def __init__(
        self,
        store: Store,
        settler: Settler,
        subscriptions: Subscriptions,
        places: Places,
        metrics: Metrics,
        *,
        trail: Trail,
        directory: Directory | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._settler, self._subscriptions = store, settler, subscriptions
        self._trail, self._directory = trail, directory
        self._notes: list[Note] = []
        self._places, self._metrics, self._clock = places, metrics, clock

    async def run_batch(self) -> int:
        """Match what waits, up to a batch; how many deliveries that were. Raises `StoreError`."""
        batch = await self._store.lease(INBOX, limit=_BATCH, seconds=_LEASE)
        finished: list[Leased] = []
        for leased in batch:
            if await self._settler.kills(leased):
                continue
            fault = await fault_of(self._match(leased))
            if fault is None:
                finished.append(leased)
            elif isinstance(fault, StoreError):
                raise fault
            elif isinstance(fault, Exception):
                await self._settler.crashed(leased, fault)
            else:
                raise fault
        # A batch's notes are written together: one by one they would cost as much as the work itself.
        notes, self._notes = self._notes, []
        await asyncio.gather(*(self._trail.delivery(note) for note in notes))
        await asyncio.gather(*(self._settler.done(leased, remember=REMEMBER) for leased in finished))
        return len(batch)

    async def _match(self, leased: Leased) -> None:
        payload = leased.job.payload
        delivery, received = str(payload.get("delivery", "")), payload.get("received")
        event = read_event(payload.get("body"))
        if isinstance(event, Ignored):
            self._metrics.ignored.labels(event.reason).inc()
            log.info("webhook ignored", delivery=delivery, reason=event.reason, event_name=event.detail)
            self._notes.append(Note(delivery, f"ignored: {event.reason}", leased.job.keys))
            return
        at = received if isinstance(received, float) else self._clock()
        wanted = [s for s in await self._subscriptions.candidates(event) if wants(s, event)]
        if self._directory is not None:
            wanted += await self._directory.candidates(event, payload.get("body"))
        if payload.get("missed") is True:
            if await self._trail.heard(event):
                return
            self._metrics.recovered.inc()
            wanted = [s for s in wanted if event.time >= s.created_at * 1000]
        self._metrics.matched.inc(len(wanted))
        queued = [await self._put(event, those, delivery, at) for those in _by_conversation(wanted)]
        log.info("webhook matched", delivery=delivery, subscriptions=len(wanted), messages=sum(queued))
        told = f"wanted by {len(wanted)} subscriptions, {sum(queued)} new messages"
        self._notes.append(Note(delivery, told, leased.job.keys, event))

    async def _put(self, event: Event, wanted: list[Subscription], delivery: str, received: float) -> bool:
        if await self._places.is_gone(wanted[0].conversation):
            self._metrics.withheld.labels("conversation gone").inc()
            return False
        job = event_job(event, wanted, delivery, received)
        if self._directory is not None and wanted[0].account:
            job = replace(job, due=await self._directory.due(wanted[0].owner))
        fresh = await self._store.enqueue(OUTBOX, job)
        if fresh:
            self._metrics.queued.inc()
        else:
            self._metrics.duplicate.labels("event").inc()
        return fresh


def _by_conversation(subscriptions: Iterable[Subscription]) -> list[list[Subscription]]:
    found: dict[str, list[Subscription]] = {}
    for subscription in subscriptions:
        found.setdefault(place(subscription.conversation), []).append(subscription)
    return list(found.values())
