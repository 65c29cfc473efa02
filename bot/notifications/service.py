"""The notification service: its background loops, and what it does when conversations and owners come and go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import structlog

from bot.chat.identity import Conversation, Person
from bot.jira.models import Site
from bot.jobs.tasks import supervise, wait_until_set
from bot.jobs.worker import BatchWorker, JobWorker
from bot.notifications.inbox.endpoint import Backlog
from bot.notifications.messages import INBOX, OUTBOX
from bot.notifications.metrics import Metrics
from bot.notifications.outbox.suspension import Suspender
from bot.notifications.personal.daily_schedule import TICK_SECONDS, DailySchedule
from bot.notifications.subscriptions.repository import Subscriptions
from bot.notifications.unreachable import UnreachableConversations
from bot.storage.base import Store

_WATCH_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Notifications:
    """Runs the loops from the inbox to Teams. The store must be open at `start`. `clock` gives Unix seconds."""

    def __init__(
        self,
        store: Store,
        subscriptions: Subscriptions,
        unreachable: UnreachableConversations,
        suspender: Suspender,
        metrics: Metrics,
        *,
        inbox_worker: BatchWorker,
        outbox_worker: JobWorker,
        daily_schedule: DailySchedule,
        backlog: Backlog,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self.subscriptions, self._unreachable = store, subscriptions, unreachable
        self._suspender, self._metrics, self._clock = suspender, metrics, clock
        self._inbox_worker, self._outbox_worker, self._daily_schedule = inbox_worker, outbox_worker, daily_schedule
        self._backlog = backlog
        self._stopping = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start the loops and return at once."""
        self._stopping.clear()
        loops = {
            "inbox": lambda: self._inbox_worker.run(self._stopping),
            "outbox": lambda: self._outbox_worker.run(self._stopping),
            "watch": self._watch,
            "daily": self._tick_daily,
        }
        self._loops = [
            asyncio.create_task(supervise(name, loop, self._stopping, on_restart=self._count_restart))
            for name, loop in loops.items()
        ]

    async def stop(self, *, seconds: float = 20.0) -> None:
        """Take no more jobs and finish those under way; what is not done in time is done after the next start."""
        self._stopping.set()
        if self._loops:
            await asyncio.wait(self._loops, timeout=seconds / 2)
        cancelled = await self._outbox_worker.drain(seconds / 2)
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        log.info("notifications stopped", cancelled=cancelled)

    async def conversation_gone(self, conversation: Conversation) -> None:
        """Post nothing there any more: the bot was removed."""
        await self._unreachable.add(conversation, now=self._clock())

    async def conversation_back(self, conversation: Conversation) -> None:
        """Post there again: the bot was installed, or was spoken to. Its address may be a new one."""
        await self._unreachable.remove(conversation)
        if not conversation.is_personal:
            await self.subscriptions.update_address(conversation)

    async def team_gone(self, channel: Conversation) -> list[Conversation]:
        """Post nothing in this channel's team any more; return all of its channels with a subscription."""
        channels = await self._channels(channel)
        for conversation in channels:
            await self.conversation_gone(conversation)
        return channels

    async def team_back(self, channel: Conversation) -> None:
        """Post in this channel's whole team again: the bot was installed there."""
        for conversation in await self._channels(channel):
            await self.conversation_back(replace(conversation, service_url=channel.service_url))

    async def owner_back(self, owner: Person, sites: Iterable[Site] = ()) -> int:
        """Resume the suspended subscriptions of a person who linked Jira (again); return how many those are."""
        await self.subscriptions.update_sites(owner, sites)
        return await self._suspender.resume_after_link(owner)

    async def _channels(self, channel: Conversation) -> list[Conversation]:
        by_id = {s.conversation.id: s.conversation for s in await self.subscriptions.in_team(channel)}
        return list({**by_id, channel.id: channel}.values())

    async def _watch(self) -> None:
        """Keep the gauges and the backlog up to date."""
        while not self._stopping.is_set():
            waiting = 0
            for queue in (INBOX, OUTBOX):
                stats = await self._store.stats(queue)
                self._metrics.oldest.labels(queue).set(stats.oldest)
                self._metrics.waiting.labels(queue).set(stats.waiting + stats.leased)
                self._metrics.dead_letters.labels(queue).set(stats.dead)
                waiting += stats.waiting + stats.leased
            self._backlog.waiting = waiting
            await wait_until_set(self._stopping, _WATCH_SECONDS)

    async def _tick_daily(self) -> None:
        while not self._stopping.is_set():
            await self._daily_schedule.tick()
            await wait_until_set(self._stopping, TICK_SECONDS)

    def _count_restart(self, loop: str) -> None:
        self._metrics.restarts.labels(loop).inc()
