"""Matches deliveries of the inbox with recipients: one outbox job for each conversation that wants an event."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import structlog

from bot.jira.webhooks.model import Event, Ignored
from bot.jira.webhooks.parser import parse_events
from bot.jobs.outcome import JobOutcome
from bot.notifications.messages import OUTBOX, REMEMBER_SECONDS, EventMessage, event_job
from bot.notifications.metrics import Metrics
from bot.notifications.personal.recipients import PersonalRecipient, RecipientFinder
from bot.notifications.recipients import Recipient
from bot.notifications.subscriptions.model import Subscription
from bot.notifications.subscriptions.repository import Subscriptions
from bot.notifications.trace import DeliveryOutcome, Trace
from bot.notifications.unreachable import UnreachableConversations
from bot.storage.base import Job, Json, Leased, Store

BATCH_SIZE = 64
_MAX_JOBS = 512
"""Jobs that are made before they are put, however many conversations want the events of a batch."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Match:
    """An event on its way through a batch. `is_new`: no webhook brought it before."""

    event: Event
    candidates: list[Subscription] = field(default_factory=list)
    recipients: int = 0
    jobs: list[Job] = field(default_factory=list)
    queued: int = 0
    is_new: bool = False


@dataclass(slots=True)
class _Delivery:
    """A job of the inbox with its events, or why it holds none."""

    leased: Leased
    matches: list[_Match] = field(default_factory=list)
    ignored: str = ""

    @property
    def payload(self) -> Json:
        return self.leased.job.payload

    @property
    def name(self) -> str:
        return str(self.payload.get("delivery", ""))


class Matcher:
    """Handles batches of the inbox. Handling a job twice is harmless: the jobs of the outbox have names.

    `clock` gives Unix seconds.
    """

    def __init__(
        self,
        store: Store,
        outcome: JobOutcome,
        *,
        subscriptions: Subscriptions,
        people: RecipientFinder,
        unreachable: UnreachableConversations,
        trace: Trace,
        metrics: Metrics,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._outcome, self._subscriptions, self._people = store, outcome, subscriptions, people
        self._unreachable, self._trace, self._metrics, self._clock = unreachable, trace, metrics, clock

    async def handle(self, batch: Sequence[Leased]) -> None:
        """Match a batch of deliveries and acknowledge them. Raises `StoreError`.

        The store is asked once for all of the batch: asking for each would take longer than everything else.
        """
        deliveries = [_Delivery(leased) for leased in batch]
        for delivery in deliveries:
            self._read(delivery)
            await asyncio.sleep(0)  # requests that wait for an answer go first
        await self._find_candidates([match for delivery in deliveries for match in delivery.matches])
        pending: list[_Delivery] = []
        for delivery in deliveries:
            for match in delivery.matches:
                await self._match(delivery, match)
            await asyncio.sleep(0)
            pending.append(delivery)
            if sum(len(match.jobs) for waiting in pending for match in waiting.matches) >= _MAX_JOBS:
                await self._enqueue(pending)
                pending = []
        await self._enqueue(pending)
        await self._trace.record_deliveries([outcome for d in deliveries for outcome in _outcomes(d)])
        await self._outcome.ack_all([delivery.leased for delivery in deliveries], remember=REMEMBER_SECONDS)

    def _read(self, delivery: _Delivery) -> None:
        events = parse_events(delivery.payload.get("body"))
        if isinstance(events, Ignored):
            self._metrics.ignored.labels(events.reason).inc()
            log.info("webhook ignored", delivery=delivery.name, reason=events.reason, event_name=events.detail)
            delivery.ignored = f"ignored: {events.reason}"
        else:
            delivery.matches = [_Match(event) for event in events]

    async def _find_candidates(self, matches: list[_Match]) -> None:
        candidates_of_each = await self._subscriptions.candidates_of_each([match.event for match in matches])
        for match, candidates in zip(matches, candidates_of_each, strict=True):
            match.candidates = candidates

    async def _match(self, delivery: _Delivery, match: _Match) -> None:
        event = match.event
        recipients: list[Recipient] = [s for s in match.candidates if s.wants(event)]
        recipients += await self._people.candidates(event, delivery.payload.get("body"))
        if delivery.payload.get("missed") is True:
            if await self._trace.has_seen(event):
                return
            self._metrics.recovered.inc()
            recipients = [r for r in recipients if event.time >= r.active_since * 1000]
        match.recipients = len(recipients)
        match.is_new = True
        match.jobs = [await self._job(event, group, delivery) for group in _by_conversation(recipients)]

    async def _job(self, event: Event, recipients: Sequence[Recipient], delivery: _Delivery) -> Job:
        received = delivery.payload.get("received")
        message = event_message(
            event, recipients, delivery.name, received if isinstance(received, float) else self._clock()
        )
        job = event_job(message, recipients[0].cloud_id)
        if isinstance(recipients[0], PersonalRecipient):
            return replace(job, due=await self._people.quiet_until(recipients[0].owner))
        return job

    async def _enqueue(self, deliveries: list[_Delivery]) -> None:
        pairs = [(delivery, match) for delivery in deliveries for match in delivery.matches if match.is_new]
        gone = await self._unreachable.among({job.group for _, match in pairs for job in match.jobs})
        for _, match in pairs:
            reachable = [job for job in match.jobs if job.group not in gone]
            if len(reachable) < len(match.jobs):
                self._metrics.withheld.labels("conversation gone").inc(len(match.jobs) - len(reachable))
            match.jobs = reachable
        are_new = iter(await self._store.enqueue_all(OUTBOX, [job for _, match in pairs for job in match.jobs]))
        for delivery, match in pairs:
            match.queued = sum(next(are_new) for _ in match.jobs)
            self._metrics.matched.inc(match.recipients)
            self._metrics.queued.inc(match.queued)
            if match.queued < len(match.jobs):
                self._metrics.duplicate.labels("event").inc(len(match.jobs) - match.queued)
            log.info(
                "webhook matched", delivery=delivery.name, subscriptions=match.recipients, messages=match.queued
            )
            match.jobs = []


def event_message(event: Event, recipients: Sequence[Recipient], delivery: str, received: float) -> EventMessage:
    """Return the message for the one conversation of all `recipients`, which are oldest first."""
    # The newest recipient's: its language is what is spoken there.
    conversation = recipients[-1].conversation
    ids = tuple(recipient.id for recipient in recipients)
    return EventMessage(conversation, ids, event, delivery=delivery, received=received)


def _outcomes(delivery: _Delivery) -> Iterator[DeliveryOutcome]:
    """For the trace; nothing of what a search found although a webhook had brought it before."""
    keys, new = delivery.leased.job.keys, [match for match in delivery.matches if match.is_new]
    if delivery.ignored:
        yield DeliveryOutcome(delivery.name, delivery.ignored, keys)
    elif new:
        recipients, queued = sum(match.recipients for match in new), sum(match.queued for match in new)
        outcome = f"wanted by {recipients} subscriptions, {queued} new messages"
        yield DeliveryOutcome(delivery.name, outcome, keys, tuple(match.event for match in new))


def _by_conversation(recipients: Iterable[Recipient]) -> list[list[Recipient]]:
    groups: dict[str, list[Recipient]] = {}
    for recipient in recipients:
        groups.setdefault(recipient.conversation.key, []).append(recipient)
    return list(groups.values())
