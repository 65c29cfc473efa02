"""Turns a burst of events into one message (F22).

Each event of a burst is stored, then its job is done; one flush job, put behind all that waits, posts them
together. Events that come meanwhile wait behind the flush, because it is of their group.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.chat.identity import Conversation
from bot.jira.errors import PersonQuotaError
from bot.jira.models import Issue, Site
from bot.notifications.messages import DIGESTS, OUTBOX, DigestFlush, EventMessage, dump
from bot.notifications.metrics import Metrics
from bot.notifications.outbox.authorization import EVENT_REASONS, Allowed, MessageAuthorizer
from bot.notifications.outbox.delivery import Delivered, MessageDelivery
from bot.notifications.outbox.events import EventNotifier
from bot.notifications.outbox.posts import LIFETIME_SECONDS, Posts, message_key
from bot.notifications.outbox.quota import QuotaDeferral
from bot.notifications.outbox.wording import say
from bot.notifications.ports import Cards, DigestLine
from bot.storage.base import Job, Store
from bot.storage.table import Entry, Table

UNDER_WAY = "digests_telling"
"""The table of each conversation's last digest, from before it is posted: the keys of its events."""

_WINDOW_SECONDS = 10.0
_MAX_LINES = 20
_MAX_SENTENCES = 3
_MAX_DECISIONS = 12
_MAX_ISSUES_READ, _READ_TIMEOUT = 60, 20.0
"""Issues that are read for one message, and for how many seconds, so that a job ends in its time; the others get a
message of their own."""

QUOTA = "subscriber's quota"
"""Why an event is left out for now."""
_CONCURRENT_READS = 5
_CONCURRENT_DELETES = 4

_IssueEvents = Mapping[str, EventMessage]
"""The events of one issue by the keys of their records, oldest first."""


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """The digest that is being posted: its job, and the keys of its events."""

    job: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is said of one issue; `older` counts its events that are not in the line."""

    line: DigestLine
    newest: EventMessage
    allowed: Allowed
    older: int


@dataclass(slots=True)
class _Selection:
    """The entries of one message, how many issues were read for them, and why events were withheld."""

    entries: list[_Entry]
    read: int
    withheld: list[str]

    @property
    def is_full(self) -> bool:
        """Whether the message holds as many lines as it may."""
        return len(self.entries) == _MAX_LINES

    @property
    def is_single(self) -> bool:
        """Whether all that may be said is one change."""
        return len(self.entries) == 1 and len(self.entries[0].line.sentences) == 1 and not self.entries[0].older


class BurstDigests:
    """Collects and posts bursts. `clock` gives Unix seconds.

    Raises what `MessageDelivery` and `MessageAuthorizer` raise.
    """

    def __init__(
        self,
        store: Store,
        authorizer: MessageAuthorizer,
        notifier: EventNotifier,
        delivery: MessageDelivery,
        deferral: QuotaDeferral,
        *,
        posts: Posts,
        cards: Cards,
        metrics: Metrics,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._authorizer, self._notifier = store, authorizer, notifier
        self._delivery, self._deferral, self._posts, self._cards = delivery, deferral, posts, cards
        self._metrics, self._clock = metrics, clock
        self._events, self._under_way = Table(store, DIGESTS, EventMessage), Table(store, UNDER_WAY, _UnderWay)

    async def add(self, job: str, message: EventMessage) -> None:
        """Leave an event to the next digest of its conversation."""
        here = message.conversation.key
        expires_at = self._clock() + LIFETIME_SECONDS
        await self._events.put(f"{here}|{job}", message, tags=[f"conversation:{here}"], expires_at=expires_at)
        await self._flush_soon(DigestFlush(message.conversation, message.delivery, message.received))

    async def flush(self, message: DigestFlush, *, due: float) -> Delivered | str:
        """Post what was left to the digest; return how, or why not. `due`: when the flush was.

        A single change is posted like any other event.
        """
        conversation = message.conversation
        await self._forget_posted(conversation)
        stored = await self._events.find(f"conversation:{conversation.key}")
        issues = _by_issue(stored)
        selection = await self._select(issues)
        done = issues if selection.is_full else issues[: selection.read]
        keys = [key for issue in done for key in issue]
        # Named after its events: the flush's own name may come again within its window.
        job = hashlib.sha256("\n".join(entry.key for entry in stored).encode()).hexdigest()
        unread = sum(map(len, issues[selection.read :])) if selection.is_full else 0
        form = "digest"
        if selection.is_single and not unread:
            entry = selection.entries[0]
            form = await self._notifier.notify(job, entry.newest.event, entry.allowed)
        elif selection.entries:
            await self._refresh_cards(conversation, selection.entries)
            await self._post(conversation, job, keys, selection.entries, unread)
        if len(done) < len(issues):
            await self._flush_soon(message, after=due)
        await self._forget(keys)
        for reason in selection.withheld:
            self._metrics.withheld.labels(reason).inc()
        return Delivered(form) if selection.entries else "nothing to tell"

    async def _refresh_cards(self, conversation: Conversation, entries: Sequence[_Entry]) -> None:
        """Bring cards up to date before the message, which is what says that all is done: updates may repeat."""
        for entry in entries:
            headline = entry.line.sentences[-1]
            await self._notifier.refresh_card(conversation, entry.newest.event, entry.allowed, headline)

    async def _post(
        self, conversation: Conversation, job: str, keys: Sequence[str], entries: Sequence[_Entry], unread: int
    ) -> None:
        more = unread + sum(entry.older for entry in entries)
        card = self._cards.digest_message(conversation, [entry.line for entry in entries], more)
        expires_at = self._clock() + LIFETIME_SECONDS
        await self._under_way.put(conversation.key, _UnderWay(job, tuple(keys)), expires_at=expires_at)
        await self._delivery.post_once(conversation, card, job)

    async def _forget_posted(self, conversation: Conversation) -> None:
        """Delete the events of the last digest, if it was posted and a crash kept us from deleting them."""
        last = await self._under_way.get(conversation.key)
        if last is None:
            return
        if (await self._posts.get(message_key(conversation, last.job))).sent_job == last.job:
            await self._forget(last.keys)
        await self._under_way.delete(conversation.key)

    async def _flush_soon(self, flush: DigestFlush, *, after: float = 0.0) -> None:
        """Put a flush in a window beyond `after`: the store's clock may be ahead of ours, whose window has one."""
        here = flush.conversation.key
        window = int(max(self._clock(), after) // _WINDOW_SECONDS) + 1
        job = Job(f"digest:{here}:{window}", dump(flush), group=here, due=window * _WINDOW_SECONDS)
        await self._store.enqueue(OUTBOX, job)

    async def _select(self, issues: Sequence[_IssueEvents]) -> _Selection:
        """Make one entry for each issue of which anything may be said, up to a message's.

        Of the first issues it may well be that nothing is said: hidden from the owner, or outside of the query.
        """
        selection, end = _Selection([], 0, []), time.monotonic() + _READ_TIMEOUT
        last = min(len(issues), _MAX_ISSUES_READ)
        while not selection.is_full and selection.read < last and time.monotonic() < end:
            count = min(_CONCURRENT_READS, _MAX_LINES - len(selection.entries))
            batch = issues[selection.read : selection.read + count]
            selection.read += len(batch)
            for entry, withheld in await asyncio.gather(*map(self._entry, batch)):
                if entry is not None:
                    selection.entries.append(entry)
                selection.withheld += withheld
        return selection

    async def _entry(self, events: _IssueEvents) -> tuple[_Entry | None, list[str]]:
        """Describe an issue by its newest few events that may be posted; return also why others may not.

        Older ones are tried where it is not the issue that is withheld, but all of the newest events: a burst of
        internal comments must not hide that it was created.
        """
        shown: list[tuple[EventMessage, Allowed]] = []
        withheld: list[str] = []
        left = list(events.items())
        while left and len(shown) + len(withheld) < _MAX_DECISIONS:
            key, message = left.pop()
            try:
                decision = await self._authorizer.authorize(message)
            except PersonQuotaError as error:
                await self._put_off([*left, (key, message)], error)
                withheld.append(QUOTA)
                left.clear()
                break
            if decision.allowed is not None:
                shown.insert(0, (message, decision.allowed))
            else:
                withheld.append(decision.withheld)
                if decision.secured is not None:
                    await self._notifier.hide_card(message.conversation, decision.secured)
            enough = len(shown) + len(withheld) >= _MAX_SENTENCES
            if enough and (shown or not EVENT_REASONS.issuperset(withheld)):
                break
        if not shown:
            return None, withheld
        newest, allowed = shown[-1]
        sentences = tuple(say(message.event, allowed) for message, allowed in shown)
        return _Entry(_line(newest, allowed, sentences), newest, allowed, len(left)), withheld

    async def _put_off(self, events: Sequence[tuple[str, EventMessage]], error: PersonQuotaError) -> None:
        for key, message in events:
            await self._deferral.put_off(key.removeprefix(f"{message.conversation.key}|"), message, error)

    async def _forget(self, keys: Sequence[str]) -> None:
        """Delete in small batches, so that a bulk change does not monopolise the store."""
        for start in range(0, len(keys), _CONCURRENT_DELETES):
            batch = keys[start : start + _CONCURRENT_DELETES]
            await asyncio.gather(*(self._events.delete(key) for key in batch))


def _by_issue(entries: Sequence[Entry[EventMessage]]) -> list[_IssueEvents]:
    """Group events by issue, in their order; the issues are in that of their first event. Pure."""
    by_issue: dict[tuple[str, str], dict[str, EventMessage]] = {}
    for entry in sorted(entries, key=lambda e: (e.value.event.time, e.value.received)):
        event = entry.value.event
        by_issue.setdefault((event.site, event.issue_id or event.issue_key), {})[entry.key] = entry.value
    return [*by_issue.values()]


def _line(newest: EventMessage, allowed: Allowed, sentences: tuple[str, ...]) -> DigestLine:
    if allowed.current is not None:
        return DigestLine(*allowed.current, sentences)
    event, recipient = newest.event, allowed.recipient
    site = Site(recipient.cloud_id, f"https://{recipient.host}", recipient.host)
    summary = event.summary if allowed.with_text else ""
    key, project = event.issue_key, event.project_key
    if allowed.left is not None:
        key, project = event.old_key, event.old_project
    return DigestLine(site, Issue(event.issue_id, key, summary, project), sentences)
