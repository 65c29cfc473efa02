"""Inbox → outbox: one job for each conversation that wants the event."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

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
from bot.storage.base import Job, Json, Leased, Store, StoreError

_BATCH = 64
_LEASE = 60.0
_MOST_JOBS = 512
"""Jobs that are made before they are put, however many conversations want the events of a batch."""

log = structlog.get_logger()


@dataclass(slots=True)
class _Delivery:
    """One job of the inbox on its way through a batch. `told`: what the trail is told, if anything."""

    leased: Leased
    event: Event | None = None
    candidates: list[Subscription] = field(default_factory=list)
    wanted: int = 0
    jobs: list[Job] = field(default_factory=list)
    told: str = ""

    @property
    def payload(self) -> Json:
        return self.leased.job.payload

    @property
    def name(self) -> str:
        return str(self.payload.get("delivery", ""))


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
        self._places, self._metrics, self._clock = places, metrics, clock
        self._begun: list[Leased] = []

    async def run_batch(self) -> int:
        """Match what waits, up to a batch; how many deliveries that were. Raises `StoreError`.

        The store is asked once for all of a batch: one by one its answers would take longer than everything else.
        """
        # What the store's failure interrupted is ours still: nobody else takes it up before the lease runs out.
        batch = [leased for leased in self._begun if leased.until > self._clock()]
        self._begun = batch = batch or await self._store.lease(INBOX, limit=_BATCH, seconds=_LEASE)
        await self._work([leased for leased in batch if not await self._settler.kills(leased)])
        self._begun = []
        return len(batch)

    async def _work(self, batch: list[Leased]) -> None:
        """All together; if there is a bug with one, one by one, so that it stays that one's own."""
        fault = await fault_of(self._together([_Delivery(leased) for leased in batch])) if batch else None
        if fault is None:
            return
        if isinstance(fault, StoreError) or not isinstance(fault, Exception):
            raise fault
        if len(batch) == 1:
            await self._settler.crashed(batch[0], fault)
            return
        for leased in batch:
            await self._work([leased])

    async def _together(self, deliveries: list[_Delivery]) -> None:
        for one in deliveries:
            self._read(one)
            await asyncio.sleep(0)  # who waits for an acknowledgement goes first
        await self._look_up([one for one in deliveries if one.event is not None])
        matched: list[_Delivery] = []
        for one in deliveries:
            await self._match(one)
            await asyncio.sleep(0)
            matched.append(one)
            if sum(len(those.jobs) for those in matched) >= _MOST_JOBS:
                await self._queue(matched)
                matched = []
        await self._queue(matched)
        await self._trail.deliveries([_note(one) for one in deliveries if one.told])
        await self._settler.all_done([one.leased for one in deliveries], remember=REMEMBER)

    def _read(self, one: _Delivery) -> None:
        event = read_event(one.payload.get("body"))
        if isinstance(event, Ignored):
            self._metrics.ignored.labels(event.reason).inc()
            log.info("webhook ignored", delivery=one.name, reason=event.reason, event_name=event.detail)
            one.told = f"ignored: {event.reason}"
        else:
            one.event = event

    async def _look_up(self, deliveries: list[_Delivery]) -> None:
        events = [one.event for one in deliveries if one.event is not None]
        for one, candidates in zip(deliveries, await self._subscriptions.candidates_of_each(events), strict=True):
            one.candidates = candidates

    async def _match(self, one: _Delivery) -> None:
        event = one.event
        if event is None:
            return
        wanted = [s for s in one.candidates if wants(s, event)]
        if self._directory is not None:
            wanted += await self._directory.candidates(event, one.payload.get("body"))
        if one.payload.get("missed") is True:
            if await self._trail.heard(event):
                return
            self._metrics.recovered.inc()
            wanted = [s for s in wanted if event.time >= s.told_from * 1000]
        received = one.payload.get("received")
        at = received if isinstance(received, float) else self._clock()
        one.wanted = len(wanted)
        one.told = "matched"
        one.jobs = [await self._job(event, those, one.name, at) for those in _by_conversation(wanted)]

    async def _job(self, event: Event, wanted: list[Subscription], delivery: str, received: float) -> Job:
        job = event_job(event, wanted, delivery, received)
        if self._directory is not None and wanted[0].account:
            return replace(job, due=await self._directory.due(wanted[0].owner))
        return job

    async def _queue(self, deliveries: list[_Delivery]) -> None:
        gone = await self._places.gone_among({job.group for one in deliveries for job in one.jobs})
        for one in deliveries:
            there = [job for job in one.jobs if job.group not in gone]
            if len(there) < len(one.jobs):
                self._metrics.withheld.labels("conversation gone").inc(len(one.jobs) - len(there))
            one.jobs = there
        fresh = iter(await self._store.enqueue_all(OUTBOX, [job for one in deliveries for job in one.jobs]))
        for one in deliveries:
            if one.event is None or not one.told:
                continue
            queued = sum(next(fresh) for _ in one.jobs)
            self._metrics.matched.inc(one.wanted)
            self._metrics.queued.inc(queued)
            if queued < len(one.jobs):
                self._metrics.duplicate.labels("event").inc(len(one.jobs) - queued)
            log.info("webhook matched", delivery=one.name, subscriptions=one.wanted, messages=queued)
            one.told = f"wanted by {one.wanted} subscriptions, {queued} new messages"
            one.jobs = []


def _note(one: _Delivery) -> Note:
    return Note(one.name, one.told, one.leased.job.keys, one.event)


def _by_conversation(subscriptions: Iterable[Subscription]) -> list[list[Subscription]]:
    found: dict[str, list[Subscription]] = {}
    for subscription in subscriptions:
        found.setdefault(place(subscription.conversation), []).append(subscription)
    return list(found.values())
