"""Finds what concerns a person and Jira never delivered, by searching as that person.

Each round takes the next `PEOPLE_A_ROUND` of the table of people, so with N of them a lost delivery is found
within ceil(N / `PEOPLE_A_ROUND`) rounds, as long as Jira answers. Who is not linked, cannot be reached or wants
nothing costs no search. What is found has the names of its webhook, so it is told once, whoever finds it too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.chat.identity import Person
from bot.jira.errors import JiraRateLimitedError
from bot.jobs.periodic import TABLE as ROUNDS
from bot.notifications.inbox.endpoint import Backlog
from bot.notifications.personal.recipients import Directory
from bot.notifications.personal.settings import PersonalTable
from bot.notifications.recovery.personal_plan import PEOPLE_A_ROUND, cursor_after, personal_beat, personal_reach
from bot.notifications.recovery.plan import HORIZON
from bot.notifications.recovery.search import AT_ONCE, ENOUGH_WAITING, FAILURES, Searcher, Watermark
from bot.notifications.subscriptions.repository import Subscription
from bot.notifications.unreachable import Places
from bot.storage.base import Store, StoreError
from bot.storage.table import Table

TABLE = "personal_watermarks"
CURSOR = "personal cursor"
MOST_PAGES = 4
"""Of fifty issues each, for one person and site in one round; the rest in the person's next one."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Cursor:
    """The key of the last person who had a turn."""

    after: str


class PersonalReconciler:
    """Searches for people, `budget` of them a round. Rounds must not overlap. `clock` gives Unix seconds.

    `searcher` should have `MOST_PAGES`.
    """

    def __init__(
        self,
        store: Store,
        table: PersonalTable,
        directory: Directory,
        places: Places,
        searcher: Searcher,
        *,
        backlog: Backlog,
        clock: Callable[[], float],
        budget: int = PEOPLE_A_ROUND,
    ) -> None:
        self._watermarks, self._cursors = Table(store, TABLE, Watermark), Table(store, ROUNDS, _Cursor)
        self._table, self._directory, self._places = table, directory, places
        self._searcher, self._backlog, self._clock, self._budget = searcher, backlog, clock, budget

    async def round(self) -> None:
        """Search for the next people. Raises `StoreError`.

        If Jira wants fewer calls (429), or the inbox has become long, the round ends; the next one goes on there.
        """
        if self._is_put_off():
            return
        people = await self._next()
        if not people:
            return
        turn, ended = asyncio.Semaphore(AT_ONCE), asyncio.Event()

        async def one(person: Person) -> bool:
            async with turn:
                had = not ended.is_set() and await self._turn(person)
                if not had:
                    ended.set()
                return had

        outcomes = await asyncio.gather(*map(one, people), return_exceptions=True)
        faults = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if not any(isinstance(fault, StoreError) for fault in faults):
            # Moved also past somebody on whom there is a bug: it must not keep all the others waiting.
            stopped = next((i for i, outcome in enumerate(outcomes) if outcome is False), None)
            after = cursor_after([person.key for person in people], stopped, budget=self._budget)
            await self._cursors.put(CURSOR, _Cursor(after))
        for fault in faults:
            raise fault

    async def _next(self) -> list[Person]:
        cursor = await self._cursors.get(CURSOR)
        after = cursor.after if cursor else ""
        people = await self._table.people(after=after, limit=self._budget)
        return people if people or not after else await self._table.people(limit=self._budget)

    async def _turn(self, person: Person) -> bool:
        """Search on each of the person's sites; False if the round is over before that is done."""
        wishes = await self._directory.everywhere(person)
        if not wishes or await self._places.is_gone(wishes[0].conversation):
            return True
        for wish in wishes:
            if self._is_put_off() or not await self._search(wish):
                return False
        return True

    async def _search(self, wish: Subscription) -> bool:
        """Search on one site; False if Jira wants fewer calls."""
        beat = personal_beat(wish)
        watermark = await self._watermarks.get(beat.key)
        since = personal_reach(wish, watermark.until if watermark else None, self._clock())
        try:
            newest = await self._searcher.search(beat, since)
        except FAILURES as error:
            self._searcher.count("failed")
            log.warning("search for a person failed", cloud_id=beat.cloud_id, error=type(error).__name__)
            return not isinstance(error, JiraRateLimitedError)
        # One that is older than the horizon is worth as much as none.
        expires = self._clock() + HORIZON
        await self._watermarks.put(beat.key, Watermark(newest), tags=(wish.owner.key,), expires_at=expires)
        return True

    def _is_put_off(self) -> bool:
        put_off = self._backlog.waiting > ENOUGH_WAITING
        if put_off:
            self._searcher.count("put off")
        return put_off
