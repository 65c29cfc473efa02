"""Finds events of subscriptions that Jira never delivered, and queues them like webhook deliveries.

Every few minutes each owner's projects are searched for what changed since the last time. Events have the same
names as those of webhooks, so what a webhook brought, or brings later, is not posted again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from bot.notifications.inbox.endpoint import Backlog
from bot.notifications.recovery.plan import SearchTask, search_since, search_tasks
from bot.notifications.recovery.search import FAILURES, MAX_BACKLOG, MAX_CONCURRENT_SEARCHES, Searcher, Watermark
from bot.notifications.subscriptions.repository import Subscriptions
from bot.storage.base import Store
from bot.storage.table import Table

TABLE = "watermarks"

log = structlog.get_logger(__name__)


class Reconciler:
    """Searches for every owner. `clock` gives Unix seconds."""

    def __init__(
        self,
        store: Store,
        subscriptions: Subscriptions,
        searcher: Searcher,
        *,
        backlog: Backlog,
        clock: Callable[[], float],
    ) -> None:
        self._watermarks, self._subscriptions = Table(store, TABLE, Watermark), subscriptions
        self._searcher, self._backlog, self._clock = searcher, backlog, clock

    async def run(self) -> None:
        """Search for every owner once.

        Raises `StoreError`. What Jira does not answer is made up for in the next run.
        """
        slots = asyncio.Semaphore(MAX_CONCURRENT_SEARCHES)

        async def search(task: SearchTask) -> None:
            async with slots:
                await self._search(task)

        tasks = search_tasks([s async for s in self._subscriptions.all()])
        for result in await asyncio.gather(*map(search, tasks), return_exceptions=True):
            if isinstance(result, BaseException):
                raise result

    async def _search(self, task: SearchTask) -> None:
        if self._backlog.waiting > MAX_BACKLOG:
            self._searcher.count("put off")
            return
        watermark = await self._watermarks.get(task.key)
        if watermark is None:
            # What happened before somebody subscribed is not posted.
            await self._watermarks.put(task.key, Watermark(self._clock()))
            return
        try:
            newest = await self._searcher.search(task, search_since(watermark.until, self._clock()))
        except FAILURES as error:
            self._searcher.count("failed")
            log.warning("search for missed events failed", cloud_id=task.cloud_id, error=type(error).__name__)
        else:
            await self._watermarks.put(task.key, Watermark(newest))
