"""Finds events for personal recipients that Jira never delivered, by searching as each person.

Each run takes the next `PEOPLE_PER_RUN` of the table of people, so with N of them a lost delivery is found within
ceil(N / `PEOPLE_PER_RUN`) runs, as long as Jira answers. People who are not linked, cannot be reached or want
nothing cost no search. Events have the names of their webhook, so each is posted once, whoever's search finds it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.chat.identity import Person
from bot.jira.errors import JiraRateLimitedError
from bot.jobs.periodic import TABLE as PERIODIC_TABLE
from bot.notifications.inbox.endpoint import Backlog
from bot.notifications.personal.recipients import PersonalRecipient, RecipientFinder
from bot.notifications.personal.settings import PersonalSettingsTable
from bot.notifications.recovery.personal_plan import (
    PEOPLE_PER_RUN,
    next_cursor,
    personal_search_since,
    personal_search_task,
)
from bot.notifications.recovery.plan import HORIZON_SECONDS
from bot.notifications.recovery.search import FAILURES, MAX_BACKLOG, MAX_CONCURRENT_SEARCHES, Searcher, Watermark
from bot.notifications.unreachable import UnreachableConversations
from bot.storage.base import Store, StoreError
from bot.storage.table import Table

TABLE = "personal_watermarks"
CURSOR = "personal cursor"
MAX_PAGES = 4
"""Of fifty issues each, for one person and site in one run; the rest in the person's next one."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Cursor:
    """The key of the last person who had a turn."""

    after: str


class PersonalReconciler:
    """Searches for `budget` people a run. Runs must not overlap. `clock` gives Unix seconds."""

    def __init__(
        self,
        store: Store,
        settings: PersonalSettingsTable,
        people: RecipientFinder,
        unreachable: UnreachableConversations,
        searcher: Searcher,
        *,
        backlog: Backlog,
        clock: Callable[[], float],
        budget: int = PEOPLE_PER_RUN,
    ) -> None:
        self._watermarks, self._cursors = Table(store, TABLE, Watermark), Table(store, PERIODIC_TABLE, _Cursor)
        self._settings, self._people, self._unreachable = settings, people, unreachable
        self._searcher, self._backlog, self._clock, self._budget = searcher, backlog, clock, budget

    async def run(self) -> None:
        """Search for the next people. Raises `StoreError`.

        If Jira asks for fewer calls (429), or the inbox has become long, the run ends; the next one continues.
        """
        if self._is_overloaded():
            return
        people = await self._next_people()
        if not people:
            return
        results = await self._search_all(people)
        errors = [result for result in results if isinstance(result, BaseException)]
        if not any(isinstance(error, StoreError) for error in errors):
            # Moved also past somebody on whom there is a bug: it must not keep all the others waiting.
            stopped = next((i for i, result in enumerate(results) if result is False), None)
            cursor = next_cursor([person.key for person in people], stopped, budget=self._budget)
            await self._cursors.put(CURSOR, _Cursor(cursor))
        for error in errors:
            raise error

    async def _next_people(self) -> list[Person]:
        cursor = await self._cursors.get(CURSOR)
        after = cursor.after if cursor else ""
        people = await self._settings.people(after=after, limit=self._budget)
        return people if people or not after else await self._settings.people(limit=self._budget)

    async def _search_all(self, people: list[Person]) -> list[bool | BaseException]:
        """Return for each person whether they had their turn, or what their search raised."""
        slots, ended = asyncio.Semaphore(MAX_CONCURRENT_SEARCHES), asyncio.Event()

        async def search(person: Person) -> bool:
            async with slots:
                finished = not ended.is_set() and await self._search_person(person)
                if not finished:
                    ended.set()
                return finished

        return await asyncio.gather(*map(search, people), return_exceptions=True)

    async def _search_person(self, person: Person) -> bool:
        """Search on each of the person's sites; False if the run is over before that is done."""
        recipients = await self._people.of_person(person)
        if not recipients or await self._unreachable.contains(recipients[0].conversation):
            return True
        for recipient in recipients:
            if self._is_overloaded() or not await self._search(recipient):
                return False
        return True

    async def _search(self, recipient: PersonalRecipient) -> bool:
        """Search on one site; False if Jira asks for fewer calls."""
        task = personal_search_task(recipient)
        watermark = await self._watermarks.get(task.key)
        since = personal_search_since(recipient, watermark.until if watermark else None, self._clock())
        try:
            newest = await self._searcher.search(task, since, max_pages=MAX_PAGES)
        except FAILURES as error:
            self._searcher.count("failed")
            log.warning("search for a person failed", cloud_id=task.cloud_id, error=type(error).__name__)
            return not isinstance(error, JiraRateLimitedError)
        # A watermark older than the horizon is worth as much as none.
        expires_at = self._clock() + HORIZON_SECONDS
        await self._watermarks.put(task.key, Watermark(newest), tags=(recipient.owner.key,), expires_at=expires_at)
        return True

    def _is_overloaded(self) -> bool:
        is_overloaded = self._backlog.waiting > MAX_BACKLOG
        if is_overloaded:
            self._searcher.count("put off")
        return is_overloaded
