"""Reads an event's issue, and the very comment that the event is about, as the owner of a subscription."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakValueDictionary

from cachetools import TTLCache

from bot.chat.identity import Person
from bot.jira.errors import NotFoundOrForbiddenError
from bot.jira.models import Comment, Issue, Site
from bot.jira.webhooks.model import Event, EventKind
from bot.notifications.ports import IssueReader

_SECONDS = 2.0
"""For how long a reading serves other subscriptions of the same owner to the same event: what was visible a minute
ago may not be now."""
_MAX_READINGS = 1_000


@dataclass(frozen=True, slots=True)
class Reading:
    """An issue as its reader sees it now. `comment` is the event's; None if they do not see it (any more)."""

    site: Site
    issue: Issue
    comment: Comment | None = None


class Readings:
    """Asks Jira once an owner and event, however many of the owner's subscriptions want it.

    `clock` gives seconds.
    """

    def __init__(self, reader: IssueReader, *, clock: Callable[[], float] = time.time) -> None:
        self._reader = reader
        self._answers: TTLCache[tuple[str, ...], Reading | None] = TTLCache(_MAX_READINGS, _SECONDS, timer=clock)
        self._locks: WeakValueDictionary[tuple[str, ...], asyncio.Lock] = WeakValueDictionary()

    async def read(self, event: Event, owner: Person, cloud_id: str) -> Reading | None:
        """Return the issue, or None if the owner does not see it. Raises what `IssueReader` raises."""
        key = (owner.key, cloud_id, event.issue_id, event.issue_key, *event.names)
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            if key not in self._answers:
                self._answers[key] = await self._ask(event, owner, cloud_id)
            return self._answers[key]

    async def _ask(self, event: Event, owner: Person, cloud_id: str) -> Reading | None:
        try:
            site, issue = await self._reader.read(owner, cloud_id, event.issue_key or event.issue_id)
        except NotFoundOrForbiddenError:
            return None
        return Reading(site, issue, await self._comment(event, issue, owner, cloud_id))

    async def _comment(self, event: Event, issue: Issue, owner: Person, cloud_id: str) -> Comment | None:
        """Return the event's comment as it is now: it may have been restricted or deleted since (T26)."""
        if event.comment is None or EventKind.COMMENT_DELETED in event.kinds:
            return None
        read = next((comment for comment in issue.comments if comment.id == event.comment.id), None)
        is_complete = issue.comment_count is not None and len(issue.comments) >= issue.comment_count
        if read is not None or is_complete:
            return read
        try:
            return await self._reader.comment(owner, cloud_id, issue.id, event.comment.id)
        except NotFoundOrForbiddenError:
            return None
