"""What a daily digest says: what is overdue, due today and tomorrow, and how much is assigned to the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.accounts.model import NotConnectedError
from bot.chat.identity import Conversation, Person
from bot.chat.messages import Message
from bot.jira.errors import JiraRejectedError, JiraScopeError, JiraSignInError
from bot.jira.models import Issue, Site
from bot.language.time_zones import zone
from bot.notifications.desk import Desk
from bot.notifications.messages import Envelope
from bot.notifications.outbox.posts import message_key
from bot.notifications.personal.recipients import Directory
from bot.notifications.personal.settings import PersonalTable
from bot.storage.base import Leased

DUE = 'assignee = currentUser() AND statusCategory != Done AND due <= endOfDay("+1d") ORDER BY due DESC'
"""The latest first: of more than are asked for, what is long overdue can wait rather than what is due today."""

OPEN = "assignee = currentUser() AND statusCategory != Done ORDER BY updated DESC"

_MOST_SITES = 5
_MOST_DUE = 20
_MOST_OPEN = 5
_STALE = 6 * 3600.0
"""Seconds after which a digest that could not be sent is worth nothing any more."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An issue and the site that it is on."""

    site: Site
    issue: Issue


@dataclass(frozen=True, slots=True)
class Today:
    """A person's day. `more` tells that there are further open issues than these."""

    overdue: tuple[Listed, ...] = ()
    today: tuple[Listed, ...] = ()
    tomorrow: tuple[Listed, ...] = ()
    latest: tuple[Listed, ...] = ()
    more: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.overdue or self.today or self.tomorrow or self.latest)


class Finder(Protocol):
    """Jira's search as one linked person. Raises what `IssueReader` raises."""

    async def search(self, person: Person, cloud_id: str, jql: str, limit: int) -> tuple[Sequence[Issue], bool]:
        """The first issues, and whether there are more."""


class DailyCards(Protocol):
    """How it looks."""

    def daily_message(self, conversation: Conversation, today: Today) -> Message:
        """The digest."""


def sorted_by_due(found: Sequence[Listed], day: date) -> Mapping[str, tuple[Listed, ...]]:
    """What is due until tomorrow, by when; `day` is today where the person is. Pure."""

    def those(first: date, last: date) -> tuple[Listed, ...]:
        return tuple(one for one in found if one.issue.due and first <= one.issue.due <= last)

    one = timedelta(days=1)
    return {
        "overdue": those(date.min, day - one),
        "today": those(day, day),
        "tomorrow": those(day + one, day + one),
    }


class DailyTeller:
    """Handles the outbox's daily jobs. Raises what `Voice` raises, and `JiraError` if Jira is down."""

    def __init__(
        self, desk: Desk, table: PersonalTable, directory: Directory, finder: Finder, cards: DailyCards
    ) -> None:
        self._desk, self._table, self._directory = desk, table, directory
        self._finder, self._cards = finder, cards

    async def tell(self, leased: Leased, envelope: Envelope) -> str:
        """Send one digest; what became of it, in words."""
        now = self._desk.clock()
        if now - envelope.received > _STALE:
            return "too late"
        person = Person.from_key(envelope.subscriptions[0])
        try:
            today = await self._today(person, now)
        except NotConnectedError:
            return "withheld: not connected"
        if today.is_empty:
            return "nothing to tell"
        message = self._cards.daily_message(envelope.conversation, today)
        key = message_key(envelope.conversation, leased.job.id)
        post = await self._desk.voice.posts.get(key)
        await self._desk.voice.send_once(envelope.conversation, message, key=key, job=leased.job.id, post=post)
        self._desk.metrics.delivered.labels("daily").inc()
        return "delivered as daily"

    async def _today(self, person: Person, now: float) -> Today:
        reached = await self._directory.reachable(person)
        settings = await self._table.get(person)
        if reached is None or settings.digest is None:
            return Today()
        due: list[Listed] = []
        latest: list[Listed] = []
        further = False
        for site in reached[0].sites[:_MOST_SITES]:
            try:
                soon, older = await self._finder.search(person, site.cloud_id, DUE, _MOST_DUE)
                others, more = await self._finder.search(person, site.cloud_id, OPEN, _MOST_OPEN)
            except (JiraSignInError, JiraScopeError, JiraRejectedError):
                # The person has lost this site, which is no reason to say nothing of the others.
                continue
            due += [Listed(site, issue) for issue in reversed(soon)]
            known = {issue.id for issue in soon}
            latest += [Listed(site, issue) for issue in others if issue.id not in known]
            further = further or more or older
        day = datetime.fromtimestamp(now, zone(settings.zone)).date()
        return Today(**sorted_by_due(due, day), latest=tuple(latest), more=further)
