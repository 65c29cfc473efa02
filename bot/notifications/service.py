"""The background of notifications: the loops, started and stopped as one."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import structlog

from bot.chat.identity import Conversation, Person
from bot.chat.last_issue import LastIssueStore
from bot.chat.messages import Messenger
from bot.jira.models import Site
from bot.jobs.outcome import JobOutcome
from bot.jobs.tasks import Work, supervise, wait_until_set
from bot.jobs.worker import BatchWorker, JobWorker
from bot.notifications.desk import Desk
from bot.notifications.inbox.endpoint import INBOX, Backlog
from bot.notifications.inbox.matcher import BATCH_SIZE, Matcher
from bot.notifications.messages import OUTBOX, Form
from bot.notifications.metrics import Metrics
from bot.notifications.outbox.authorization import Judge
from bot.notifications.outbox.delivery import Voice
from bot.notifications.outbox.handler import Sender
from bot.notifications.outbox.posts import Posts
from bot.notifications.outbox.rate_limit import Bursts, Pace
from bot.notifications.outbox.suspension import Suspender
from bot.notifications.personal.daily_schedule import EVERY
from bot.notifications.personal.service import Personal
from bot.notifications.ports import Cards, IssueReader
from bot.notifications.subscriptions.repository import Subscriptions
from bot.notifications.trace import Trail
from bot.notifications.unreachable import Places
from bot.storage.base import Store

_WATCH_EVERY = 1.0

log = structlog.get_logger()


class Notifications:
    """Inbox to Teams. `clock` gives Unix seconds; the store must be open before `start`."""

    def __init__(
        self,
        store: Store,
        messenger: Messenger,
        reader: IssueReader,
        cards: Cards,
        metrics: Metrics,
        *,
        backlog: Backlog | None = None,
        clock: Callable[[], float] = time.time,
        pace: Pace | None = None,
        rng: random.Random | None = None,
        personal: Personal | None = None,
        shown: LastIssueStore | None = None,
    ) -> None:
        chance = rng or random.Random()  # noqa: S311  # jitter, not a secret
        self.backlog = backlog or Backlog()
        self._personal = personal
        directory = personal.directory if personal else None
        self.subscriptions = Subscriptions(store, directory.subscription if directory else None, clock=clock)
        self._store, self._metrics, self._clock = store, metrics, clock
        self._pace, self._bursts = pace or Pace(), Bursts()
        self._places = Places(store, self.subscriptions)
        self._suspender = Suspender(store, self.subscriptions, clock=clock)
        inbox = JobOutcome(store, INBOX, metrics, clock=clock, rng=chance)
        outbox = JobOutcome(store, OUTBOX, metrics, clock=clock, rng=chance)
        trail = Trail(store, clock=clock)
        matcher = Matcher(
            store, inbox, self.subscriptions, self._places, metrics, trail=trail, clock=clock, directory=directory
        )
        self._matching = BatchWorker(store, INBOX, matcher.handle, inbox, batch_size=BATCH_SIZE, clock=clock)
        desk = Desk(
            store,
            self.subscriptions,
            self._places,
            Judge(reader),
            self._suspender,
            Voice(messenger, Posts(store), self._pace, metrics, clock=clock),
            cards,
            metrics,
            trail,
            shown or LastIssueStore(store, clock),
            clock,
        )
        further = {Form.DAILY: personal.teller(desk).tell} if personal else {}
        sender = Sender(desk, outbox, self._bursts, further)
        self._sending = JobWorker(store, OUTBOX, sender.handle, outbox)
        self._stopping = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin working; returns at once."""
        self._stopping.clear()
        loops = {
            "inbox": lambda: self._matching.run(self._stopping),
            "outbox": lambda: self._sending.run(self._stopping),
            "watch": self._watch,
            "daily": self._daily,
        }
        self._loops = [asyncio.create_task(self._supervise(name, loop)) for name, loop in loops.items()]

    async def stop(self, *, seconds: float = 20.0) -> None:
        """Take no more jobs and finish those under way; what is not done in time is done after the next start."""
        self._stopping.set()
        if self._loops:
            await asyncio.wait(self._loops, timeout=seconds / 2)
        cancelled = await self._sending.drain(seconds / 2)
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        log.info("notifications stopped", cancelled=cancelled)

    async def conversation_gone(self, conversation: Conversation) -> None:
        """The bot was removed from there."""
        await self._places.gone(conversation, now=self._clock())

    async def team_gone(self, channel: Conversation) -> list[Conversation]:
        """The bot was removed from the whole team of this channel; all of its channels that were told anything."""
        channels = await self._channels(channel)
        for one in channels:
            await self.conversation_gone(one)
        return channels

    async def team_back(self, channel: Conversation) -> None:
        """The bot was installed in the whole team of this channel."""
        for one in await self._channels(channel):
            await self.conversation_back(replace(one, service_url=channel.service_url))

    async def _channels(self, channel: Conversation) -> list[Conversation]:
        told = {s.conversation.id: s.conversation for s in await self.subscriptions.in_team(channel)}
        return list({**told, channel.id: channel}.values())

    async def conversation_back(self, conversation: Conversation) -> None:
        """The bot was installed there, or was spoken to."""
        await self._places.back(conversation)

    async def owner_back(self, owner: Person, sites: Iterable[Site] = ()) -> int:
        """This person linked Jira (again), with these sites; how many suspended subscriptions go on."""
        await self.subscriptions.rename_sites(owner, sites)
        return await self._suspender.owner_back(owner)

    async def _watch(self) -> None:
        """Keep the gauges and the receiver's backlog up to date, and let go of what is idle."""
        while not self._stopping.is_set():
            waiting = 0
            for queue in (INBOX, OUTBOX):
                stats = await self._store.stats(queue)
                self._metrics.oldest.labels(queue).set(stats.oldest)
                self._metrics.waiting.labels(queue).set(stats.waiting + stats.leased)
                self._metrics.buried.labels(queue).set(stats.dead)
                waiting += stats.waiting + stats.leased
            self.backlog.waiting = waiting
            self._pace.forget_idle()
            self._bursts.forget_idle(self._clock())
            await wait_until_set(self._stopping, _WATCH_EVERY)

    async def _daily(self) -> None:
        while self._personal is not None and not self._stopping.is_set():
            await self._personal.schedule.tick()
            await wait_until_set(self._stopping, EVERY)

    async def _supervise(self, name: str, loop: Work) -> None:
        def count(name: str) -> None:
            self._metrics.restarts.labels(name).inc()

        await supervise(name, loop, self._stopping, on_restart=count, clock=self._clock)
