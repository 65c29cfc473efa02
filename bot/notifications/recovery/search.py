"""One search for what Jira never delivered: what it finds is put into the inbox as if a webhook had brought it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.accounts.access import JiraAccess
from bot.accounts.model import NotConnectedError, SignInUnavailableError
from bot.jira.client import JiraClient
from bot.jira.errors import JiraError, JiraRejectedError
from bot.jira.webhooks import from_search
from bot.jira.webhooks.from_search import MissedEvent
from bot.jira.webhooks.model import Topic
from bot.notifications.inbox.endpoint import INBOX
from bot.notifications.metrics import Metrics
from bot.notifications.recovery.plan import OVERLAP, Beat
from bot.storage.base import Job, Store

AT_ONCE = 4
"""Searches under way at most, over all sites."""

ENOUGH_WAITING = 10_000
"""Jobs in the inbox above which nothing is searched for, since what is there has to be told first."""

FAILURES = (NotConnectedError, SignInUnavailableError, JiraError)
"""What a search raises if it did not come to its end; nothing is lost, as its watermark stays."""


@dataclass(frozen=True, slots=True)
class Watermark:
    """Until when everything has been found (Unix seconds)."""

    until: float


class Searcher:
    """Searches as one person on one site. `clock` gives Unix seconds; of `most_pages` each has fifty issues."""

    def __init__(
        self,
        store: Store,
        access: JiraAccess,
        metrics: Metrics,
        *,
        clock: Callable[[], float],
        most_pages: int = 100,
    ) -> None:
        self._store, self._access, self._metrics = store, access, metrics
        self._clock, self._most_pages = clock, most_pages

    async def search(self, beat: Beat, since: float) -> float:
        """Search once; until when all is found now (both in Unix seconds). Raises `FAILURES` and `StoreError`."""
        client = await self._client(beat)
        try:
            return await self._pages(client, beat, since)
        except JiraRejectedError:
            # A project that is gone or a query that has become invalid must not silence the others.
            parts = beat.alone()
            if not parts:
                raise
        ends = [await self._part(client, part, since) for part in parts]
        return min(ends)

    def count(self, result: str) -> None:
        """Count what became of a search, or of a page of one."""
        self._metrics.searches.labels(result).inc()

    async def _part(self, client: JiraClient, beat: Beat, since: float) -> float:
        try:
            return await self._pages(client, beat, since)
        except JiraRejectedError:
            self.count("rejected")
            return self._clock()

    async def _pages(self, client: JiraClient, beat: Beat, since: float) -> float:
        began, token, newest = self._clock(), "", since
        for _ in range(self._most_pages):
            page = await from_search.search_missed_events(
                client,
                beat.condition,
                since=int(since * 1000),
                now=int(began * 1000),
                with_comments=Topic.COMMENTED in beat.topics,
                page_token=token,
            )
            self.count("page")
            await self._put(beat, page.events)
            newest, token = max(newest, page.updated / 1000), page.next_token
            if not token:
                return began
        # The rest in the next round, from exactly where this one ended.
        return newest + OVERLAP

    async def _put(self, beat: Beat, events: Iterable[MissedEvent]) -> None:
        for event in events:
            name = hashlib.sha256(f"{beat.cloud_id}\0{event.key}".encode()).hexdigest()
            # A webhook's short name is hexadecimal, so these are told apart from it.
            delivery = {"delivery": f"search-{name[:12]}", "received": self._clock(), "missed": True}
            if await self._store.enqueue(INBOX, Job(f"search:{name}", {"body": event.body, **delivery})):
                self._metrics.found.inc()

    async def _client(self, beat: Beat) -> JiraClient:
        site = (await self._access.account(beat.owner)).site_by_id(beat.cloud_id)
        if site is None:
            raise NotConnectedError("the site is not linked any more")
        return self._access.client(beat.owner, site)
