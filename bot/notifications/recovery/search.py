"""Searches for events that Jira never delivered and puts them into the inbox, as if a webhook had brought them."""

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
from bot.notifications.messages import INBOX
from bot.notifications.metrics import Metrics
from bot.notifications.recovery.plan import OVERLAP_SECONDS, SearchTask
from bot.storage.base import Job, Store

MAX_CONCURRENT_SEARCHES = 4
"""Over all sites."""

MAX_BACKLOG = 10_000
"""Waiting jobs above which nothing is searched for, because those have to be posted first."""

MAX_PAGES = 100
"""Of fifty issues each, for one search."""

FAILURES = (NotConnectedError, SignInUnavailableError, JiraError)
"""What a search raises that did not finish; nothing is lost, as its watermark stays."""


@dataclass(frozen=True, slots=True)
class Watermark:
    """Until when everything has been found (Unix seconds)."""

    until: float


class Searcher:
    """Searches as one person on one site. `clock` gives Unix seconds."""

    def __init__(self, store: Store, access: JiraAccess, metrics: Metrics, *, clock: Callable[[], float]) -> None:
        self._store, self._access, self._metrics, self._clock = store, access, metrics, clock

    async def search(self, task: SearchTask, since: float, *, max_pages: int = MAX_PAGES) -> float:
        """Search once; return until when all is found now (Unix seconds). Raises `FAILURES` and `StoreError`."""
        client = await self._access.client_for_site(task.owner, task.cloud_id)
        try:
            return await self._read_pages(client, task, since, max_pages)
        except JiraRejectedError:
            # A project that is gone or a query that has become invalid must not silence the others.
            parts = task.split()
            if not parts:
                raise
        return min([await self._search_part(client, part, since, max_pages) for part in parts])

    def count(self, result: str) -> None:
        """Count the result of a search, or of a page of one."""
        self._metrics.searches.labels(result).inc()

    async def _search_part(self, client: JiraClient, task: SearchTask, since: float, max_pages: int) -> float:
        try:
            return await self._read_pages(client, task, since, max_pages)
        except JiraRejectedError:
            self.count("rejected")
            return self._clock()

    async def _read_pages(self, client: JiraClient, task: SearchTask, since: float, max_pages: int) -> float:
        began, token, newest = self._clock(), "", since
        for _ in range(max_pages):
            page = await from_search.search_missed_events(
                client,
                task.jql,
                since=int(since * 1000),
                now=int(began * 1000),
                with_comments=Topic.COMMENTED in task.topics,
                page_token=token,
            )
            self.count("page")
            await self._enqueue(task, page.events)
            newest, token = max(newest, page.updated / 1000), page.next_token
            if not token:
                return began
        # The rest in the next run, from exactly where this one ended.
        return newest + OVERLAP_SECONDS

    async def _enqueue(self, task: SearchTask, events: Iterable[MissedEvent]) -> None:
        for event in events:
            name = hashlib.sha256(f"{task.cloud_id}\0{event.key}".encode()).hexdigest()
            # A webhook's short name is hexadecimal, so these are told apart from it.
            delivery = {"delivery": f"search-{name[:12]}", "received": self._clock(), "missed": True}
            if await self._store.enqueue(INBOX, Job(f"search:{name}", {"body": event.body, **delivery})):
                self._metrics.found.inc()
