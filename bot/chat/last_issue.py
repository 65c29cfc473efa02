"""What people mean by “it”: the issue of the message that they quote, or that they were shown last there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from cachetools import LRUCache

from bot.chat.identity import Conversation, Person
from bot.chat.messages import IssueRef
from bot.chat.write_behind import write_behind
from bot.storage.base import Store, StoreError
from bot.storage.table import Draft, Table

LIFETIME = 3600.0
"""Seconds for which “it” is understood."""
POST_LIFETIME = 7 * 86400.0
"""Seconds for which a message that is quoted is known."""
MAX_REMEMBERED = 20_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LastIssue:
    """An issue that was shown: its key, the cloud id of its site, and when (Unix seconds)."""

    issue: str
    site: str
    at: float


class LastIssueStore:
    """Remembers in memory at once and writes in the background, many in one commit; no answer waits for it.

    Another replica sees an entry once it is written; unwritten entries are lost in a crash.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._table, self._clock = Table(store, "shown", LastIssue), clock
        self._known: LRUCache[str, LastIssue] = LRUCache(MAX_REMEMBERED)
        self._unwritten: dict[str, Draft[LastIssue]] = {}
        self._added = asyncio.Event()

    def remember(self, person: Person, conversation: Conversation, issue: str, site: str) -> None:
        """Note that `person` now sees this issue there."""
        self._add(_key(person, conversation), LastIssue(issue, site, self._clock()), LIFETIME)

    def remember_post(self, conversation: Conversation, activity_id: str, about: IssueRef) -> None:
        """Note that a message of the bot is about this issue."""
        self._add(
            _post_key(conversation, activity_id), LastIssue(about.key, about.site, self._clock()), POST_LIFETIME
        )

    async def of_post(self, conversation: Conversation, activity_id: str) -> LastIssue | None:
        """Return the issue that a message of the bot is about. Raises `StoreError`."""
        key = _post_key(conversation, activity_id)
        return self._known.get(key) or await self._table.get(key)

    def _add(self, key: str, shown: LastIssue, lifetime: float) -> None:
        self._known[key] = shown
        self._unwritten[key] = Draft(key, shown, expires_at=shown.at + lifetime)
        self._added.set()

    async def last(self, person: Person, conversation: Conversation) -> LastIssue | None:
        """Return what they were shown last, within `LIFETIME`. Raises `StoreError`."""
        key = _key(person, conversation)
        stored, known = await self._table.get(key), self._known.get(key)
        recent = [shown for shown in (known, stored) if shown and self._clock() - shown.at < LIFETIME]
        return max(recent, key=lambda shown: shown.at, default=None)

    async def run(self) -> None:
        """Write new entries until cancelled."""
        await write_behind(self._added, self._write)

    async def _write(self) -> None:
        entries, self._unwritten = self._unwritten, {}
        if not entries:
            return
        try:
            await self._table.put_all(entries.values())
        except StoreError as error:
            # They are still known here, and later entries are written all the same.
            log.info("last issues not written", count=len(entries), error=type(error).__name__)


def _post_key(conversation: Conversation, activity_id: str) -> str:
    return f"{conversation.key}|post/{activity_id}"


def _key(person: Person, conversation: Conversation) -> str:
    return f"{conversation.id}|{person.key}"
