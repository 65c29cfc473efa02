"""Posts daily digests: what is overdue, due today and tomorrow, and what else is assigned to the person."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta

from bot.accounts.model import NotConnectedError
from bot.chat.identity import Person
from bot.jira.errors import JiraRejectedError, JiraScopeError, JiraSignInError
from bot.jira.models import Site
from bot.language.time_zones import zone
from bot.notifications.messages import DailyDigest
from bot.notifications.outbox.delivery import Delivered, MessageDelivery
from bot.notifications.personal.recipients import RecipientFinder
from bot.notifications.personal.settings import PersonalSettingsTable
from bot.notifications.ports import DailyCards, Day, IssueOnSite, IssueSearch

DUE_JQL = 'assignee = currentUser() AND statusCategory != Done AND due <= endOfDay("+1d") ORDER BY due DESC'
"""The latest first: of more than are asked for, what is long overdue can wait rather than what is due today."""

OPEN_JQL = "assignee = currentUser() AND statusCategory != Done ORDER BY updated DESC"

_MAX_SITES = 5
_MAX_DUE = 20
_MAX_OPEN = 5
_MAX_AGE_SECONDS = 6 * 3600.0
"""Age at which a digest that could not be sent is worth nothing any more."""


def sort_by_due(
    due: Iterable[IssueOnSite], latest: Iterable[IssueOnSite], today: date, *, more: bool = False
) -> Day:
    """Sort issues into a day by when they are due; `today` is the date where the person is. Pure."""
    due, tomorrow = tuple(due), today + timedelta(days=1)

    def between(first: date, last: date) -> tuple[IssueOnSite, ...]:
        return tuple(item for item in due if item.issue.due and first <= item.issue.due <= last)

    return Day(
        overdue=between(date.min, today - timedelta(days=1)),
        today=between(today, today),
        tomorrow=between(tomorrow, tomorrow),
        latest=tuple(latest),
        more=more,
    )


class DailyDigestHandler:
    """Handles the outbox's daily digests. `clock` gives Unix seconds.

    Raises what `MessageDelivery` raises, and `JiraError` if Jira is down.
    """

    def __init__(
        self,
        settings: PersonalSettingsTable,
        people: RecipientFinder,
        search: IssueSearch,
        cards: DailyCards,
        delivery: MessageDelivery,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings, self._people, self._search = settings, people, search
        self._cards, self._delivery, self._clock = cards, delivery, clock

    async def handle(self, job_id: str, message: DailyDigest) -> Delivered | str:
        """Post one digest; return how, or why not."""
        now = self._clock()
        if now - message.received > _MAX_AGE_SECONDS:
            return "too late"
        try:
            day = await self._day_of(message.person, now)
        except NotConnectedError:
            return "withheld: not connected"
        if day.is_empty:
            return "nothing to tell"
        card = self._cards.daily_message(message.conversation, day)
        await self._delivery.post_once(message.conversation, card, job_id)
        return Delivered("daily")

    async def _day_of(self, person: Person, now: float) -> Day:
        reached = await self._people.reachable(person)
        settings = await self._settings.get(person)
        if reached is None or settings.digest is None:
            return Day()
        due: list[IssueOnSite] = []
        latest: list[IssueOnSite] = []
        more = False
        for site in reached[0].sites[:_MAX_SITES]:
            try:
                due_here, latest_here, more_here = await self._search_site(person, site)
            except (JiraSignInError, JiraScopeError, JiraRejectedError):
                # The person has lost this site, which is no reason to say nothing of the others.
                continue
            due += due_here
            latest += latest_here
            more = more or more_here
        return sort_by_due(due, latest, datetime.fromtimestamp(now, zone(settings.zone)).date(), more=more)

    async def _search_site(
        self, person: Person, site: Site
    ) -> tuple[Sequence[IssueOnSite], Sequence[IssueOnSite], bool]:
        """Return the issues that are due, the others, and whether there are more of either."""
        due, more_due = await self._search.search(person, site.cloud_id, DUE_JQL, _MAX_DUE)
        latest, more_open = await self._search.search(person, site.cloud_id, OPEN_JQL, _MAX_OPEN)
        known = {issue.id for issue in due}
        return (
            [IssueOnSite(site, issue) for issue in reversed(due)],
            [IssueOnSite(site, issue) for issue in latest if issue.id not in known],
            more_due or more_open,
        )
