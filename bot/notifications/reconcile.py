"""Finds what Jira never delivered, and puts it into the inbox as if it had.

Every few minutes each owner's projects are searched for what changed since the last time, and what is found goes
the way of a webhook: it has the same names, so what a webhook told (or tells later) is not told again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable

import structlog

from bot.accounts.access import JiraAccess
from bot.accounts.model import NotConnectedError, SignInUnavailableError
from bot.jira import missed
from bot.jira.client import JiraClient
from bot.jira.errors import JiraError, JiraRejectedError
from bot.jira.missed import Found
from bot.jira.webhook_model import Topic
from bot.notifications.metrics import Metrics
from bot.notifications.receiver import INBOX, Backlog
from bot.notifications.reconcile_plan import OVERLAP, Beat, beats, reach
from bot.notifications.subscriptions import Subscriptions
from bot.storage.base import Job, Store

TABLE = "watermarks"
_AT_ONCE = 4
_MOST_PAGES = 100
_ENOUGH_WAITING = 10_000

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
        self._store, self._subscriptions, self._access = store, subscriptions, access
        self._metrics, self._backlog, self._clock = metrics, backlog, clock

    async def round(self) -> None:
        """Search for every owner once. Raises `StoreError`; what Jira does not answer is made up for next time."""
        turn = asyncio.Semaphore(_AT_ONCE)

        async def one(beat: Beat) -> None:
            async with turn:
                await self._walk(beat)

        todo = beats([s async for s in self._subscriptions.all()])
        for outcome in await asyncio.gather(*map(one, todo), return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def _walk(self, beat: Beat) -> None:
        if self._backlog.waiting > _ENOUGH_WAITING:
            self._count("put off")
            return
        row = await self._store.get(TABLE, beat.key)
        until = row.value.get("until") if row else None
        if not isinstance(until, float):
            # What happened before somebody subscribed is not told.
            await self._store.put(TABLE, beat.key, {"until": self._clock()})
            return
        try:
            newest = await self._search(await self._client(beat), beat, reach(until, self._clock()))
        except (NotConnectedError, SignInUnavailableError, JiraError) as error:
            self._count("failed")
            log.warning("search for missed events failed", cloud_id=beat.cloud_id, error=type(error).__name__)
        else:
            await self._store.put(TABLE, beat.key, {"until": newest})

    async def _search(self, client: JiraClient, beat: Beat, since: float) -> float:
        """Search once; until when (Unix seconds) all is found now."""
        try:
            return await self._pages(client, beat, since)
        except JiraRejectedError:
            # A project that is gone or a query that has become invalid must not silence the others.
            parts = beat.alone()
            if not parts:
                raise
        ends = [await self._part(client, part, since) for part in parts]
        return min(ends)

    async def _part(self, client: JiraClient, beat: Beat, since: float) -> float:
        try:
            return await self._pages(client, beat, since)
        except JiraRejectedError:
            self._count("rejected")
            return self._clock()

    async def _pages(self, client: JiraClient, beat: Beat, since: float) -> float:
        began, token, newest = self._clock(), "", since
        for _ in range(_MOST_PAGES):
            page = await missed.search(
                client,
                beat.condition,
                since=int(since * 1000),
                now=int(began * 1000),
                with_comments=Topic.COMMENTED in beat.topics,
                page_token=token,
            )
            self._count("page")
            await self._put(beat, page.found)
            newest, token = max(newest, page.updated / 1000), page.next_token
            if not token:
                return began
        # The rest in the next round, from exactly where this one ended.
        return newest + OVERLAP

    async def _put(self, beat: Beat, found: Iterable[Found]) -> None:
        for one in found:
            name = hashlib.sha256(f"{beat.cloud_id}\0{one.key}".encode()).hexdigest()
            # A webhook's short name is hexadecimal, so these are told apart from it.
            delivery = {"delivery": f"search-{name[:12]}", "received": self._clock(), "missed": True}
            if await self._store.enqueue(INBOX, Job(f"search:{name}", {"body": one.body, **delivery})):
                self._metrics.found.inc()

    async def _client(self, beat: Beat) -> JiraClient:
        site = (await self._access.account(beat.owner)).site_by_id(beat.cloud_id)
        if site is None:
            raise NotConnectedError("the site is not linked any more")
        return self._access.client(beat.owner, site)

    def _count(self, result: str) -> None:
        self._metrics.searches.labels(result).inc()
