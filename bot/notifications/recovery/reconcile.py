"""Finds what Jira never delivered, and puts it into the inbox as if it had.

Every few minutes each owner's projects are searched for what changed since the last time, and what is found goes
the way of a webhook: it has the same names, so what a webhook told (or tells later) is not told again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from bot.accounts.access import JiraAccess
from bot.notifications.inbox.endpoint import Backlog
from bot.notifications.metrics import Metrics
from bot.notifications.recovery.plan import Beat, beats, reach
from bot.notifications.recovery.search import AT_ONCE, ENOUGH_WAITING, FAILURES, Searcher, Watermark
from bot.notifications.subscriptions.repository import Subscriptions
from bot.storage.base import Store
from bot.storage.table import Table

TABLE = "watermarks"

log = structlog.get_logger()


class Reconciler:
    """Searches. `clock` gives Unix seconds."""

    def __init__(
        self,
        store: Store,
        subscriptions: Subscriptions,
        access: JiraAccess,
        metrics: Metrics,
        *,
        backlog: Backlog,
        clock: Callable[[], float],
    ) -> None:
        self._watermarks, self._subscriptions = Table(store, TABLE, Watermark), subscriptions
        self._searcher = Searcher(store, access, metrics, clock=clock)
        self._backlog, self._clock = backlog, clock

    async def round(self) -> None:
        """Search for every owner once. Raises `StoreError`; what Jira does not answer is made up for next time."""
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(beat: Beat) -> None:
            async with turn:
                await self._walk(beat)

        todo = beats([s async for s in self._subscriptions.all()])
        for outcome in await asyncio.gather(*map(one, todo), return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def _walk(self, beat: Beat) -> None:
        if self._backlog.waiting > ENOUGH_WAITING:
            self._searcher.count("put off")
            return
        watermark = await self._watermarks.get(beat.key)
        if watermark is None:
            # What happened before somebody subscribed is not told.
            await self._watermarks.put(beat.key, Watermark(self._clock()))
            return
        try:
            newest = await self._searcher.search(beat, reach(watermark.until, self._clock()))
        except FAILURES as error:
            self._searcher.count("failed")
            log.warning("search for missed events failed", cloud_id=beat.cloud_id, error=type(error).__name__)
        else:
            await self._watermarks.put(beat.key, Watermark(newest))
