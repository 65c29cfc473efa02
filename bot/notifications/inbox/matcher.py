"""Inbox → outbox: one job for each conversation that wants the event."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import structlog

from bot.jira.webhooks.model import Event, Ignored
from bot.jira.webhooks.parser import parse_events
from bot.jobs.outcome import JobOutcome
from bot.notifications.inbox.endpoint import REMEMBER
from bot.notifications.messages import OUTBOX, event_job
from bot.notifications.metrics import Metrics
from bot.notifications.personal.recipients import Directory
from bot.notifications.subscriptions.matching import wants
from bot.notifications.subscriptions.repository import Subscription, Subscriptions, place
from bot.notifications.trace import Note, Trail
from bot.notifications.unreachable import Places
from bot.storage.base import Job, Json, Leased, Store

BATCH_SIZE = 64
_MOST_JOBS = 512
"""Jobs that are made before they are put, however many conversations want the events of a batch."""

log = structlog.get_logger()


@dataclass(slots=True)
class _Matter:
    """One matter of a delivery on its way through a batch. `told`: it goes on, or has come to its end."""

    event: Event
    candidates: list[Subscription] = field(default_factory=list)
    wanted: int = 0
    jobs: list[Job] = field(default_factory=list)
    queued: int = 0
    told: bool = False


@dataclass(slots=True)
class _Delivery:
    """One job of the inbox, what it tells, or why it tells nothing."""

    leased: Leased
    matters: list[_Matter] = field(default_factory=list)
    ignored: str = ""

    @property
    def payload(self) -> Json:
        return self.leased.job.payload

    @property
    def name(self) -> str:
        return str(self.payload.get("delivery", ""))


class Matcher:
    """Handles batches of the inbox. Handling a job twice is harmless: the jobs of the outbox have names."""

    def __init__(
        self,
        store: Store,
        outcome: JobOutcome,
        subscriptions: Subscriptions,
        places: Places,
        metrics: Metrics,
        *,
        trail: Trail,
        directory: Directory | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._outcome, self._subscriptions = store, outcome, subscriptions
        self._trail, self._directory = trail, directory
        self._places, self._metrics, self._clock = places, metrics, clock

    async def handle(self, batch: Sequence[Leased]) -> None:
        """Match a batch of deliveries and acknowledge them. Raises `StoreError`.

        The store is asked once for all of the batch: asking for each would take longer than everything else.
        """
        deliveries = [_Delivery(leased) for leased in batch]
        for one in deliveries:
            self._read(one)
            await asyncio.sleep(0)  # who waits for an acknowledgement goes first
        await self._look_up([matter for one in deliveries for matter in one.matters])
        matched: list[_Delivery] = []
        for one in deliveries:
            for matter in one.matters:
                await self._match(one, matter)
            await asyncio.sleep(0)
            matched.append(one)
            if sum(len(matter.jobs) for those in matched for matter in those.matters) >= _MOST_JOBS:
                await self._queue(matched)
                matched = []
        await self._queue(matched)
        await self._trail.deliveries([note for one in deliveries for note in _notes(one)])
        await self._outcome.ack_all([one.leased for one in deliveries], remember=REMEMBER)

    def _read(self, one: _Delivery) -> None:
        events = parse_events(one.payload.get("body"))
        if isinstance(events, Ignored):
            self._metrics.ignored.labels(events.reason).inc()
            log.info("webhook ignored", delivery=one.name, reason=events.reason, event_name=events.detail)
            one.ignored = f"ignored: {events.reason}"
        else:
            one.matters = [_Matter(event) for event in events]

    async def _look_up(self, matters: list[_Matter]) -> None:
        found = await self._subscriptions.candidates_of_each([matter.event for matter in matters])
        for matter, candidates in zip(matters, found, strict=True):
            matter.candidates = candidates

    async def _match(self, one: _Delivery, matter: _Matter) -> None:
        event = matter.event
        wanted = [s for s in matter.candidates if wants(s, event)]
        if self._directory is not None:
            wanted += await self._directory.candidates(event, one.payload.get("body"))
        if one.payload.get("missed") is True:
            if await self._trail.heard(event):
                return
            self._metrics.recovered.inc()
            wanted = [s for s in wanted if event.time >= s.told_from * 1000]
        received = one.payload.get("received")
        at = received if isinstance(received, float) else self._clock()
        matter.wanted = len(wanted)
        matter.told = True
        matter.jobs = [await self._job(event, those, one.name, at) for those in _by_conversation(wanted)]

    async def _job(self, event: Event, wanted: list[Subscription], delivery: str, received: float) -> Job:
        job = event_job(event, wanted, delivery, received)
        if self._directory is not None and wanted[0].account:
            return replace(job, due=await self._directory.due(wanted[0].owner))
        return job

    async def _queue(self, deliveries: list[_Delivery]) -> None:
        todo = [(one, matter) for one in deliveries for matter in one.matters if matter.told]
        gone = await self._places.gone_among({job.group for _, matter in todo for job in matter.jobs})
        for _, matter in todo:
            there = [job for job in matter.jobs if job.group not in gone]
            if len(there) < len(matter.jobs):
                self._metrics.withheld.labels("conversation gone").inc(len(matter.jobs) - len(there))
            matter.jobs = there
        fresh = iter(await self._store.enqueue_all(OUTBOX, [job for _, matter in todo for job in matter.jobs]))
        for one, matter in todo:
            matter.queued = sum(next(fresh) for _ in matter.jobs)
            self._metrics.matched.inc(matter.wanted)
            self._metrics.queued.inc(matter.queued)
            if matter.queued < len(matter.jobs):
                self._metrics.duplicate.labels("event").inc(len(matter.jobs) - matter.queued)
            log.info("webhook matched", delivery=one.name, subscriptions=matter.wanted, messages=matter.queued)
            matter.jobs = []


def _notes(one: _Delivery) -> Iterator[Note]:
    """For the trail; nothing of what a search found and somebody had told before."""
    keys, told = one.leased.job.keys, [matter for matter in one.matters if matter.told]
    if one.ignored:
        yield Note(one.name, one.ignored, keys)
    elif told:
        wanted, queued = sum(matter.wanted for matter in told), sum(matter.queued for matter in told)
        outcome = f"wanted by {wanted} subscriptions, {queued} new messages"
        yield Note(one.name, outcome, keys, tuple(matter.event for matter in told))


def _by_conversation(subscriptions: Iterable[Subscription]) -> list[list[Subscription]]:
    found: dict[str, list[Subscription]] = {}
    for subscription in subscriptions:
        found.setdefault(place(subscription.conversation), []).append(subscription)
    return list(found.values())
