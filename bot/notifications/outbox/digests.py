"""A burst of events becomes one message (F22).

Each event of a burst is written down, then its job is done; one flush job, put behind all that waits, tells them
together. Events that come meanwhile wait behind the flush, because it is of their group.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.chat.identity import Conversation
from bot.jira.models import Issue, Site
from bot.jira.webhooks.sentences import describe
from bot.notifications.desk import Desk
from bot.notifications.messages import DIGESTS, OUTBOX, Envelope, Form, dump
from bot.notifications.outbox.authorization import OF_THE_EVENT, Permit, Verdict
from bot.notifications.outbox.events import Teller
from bot.notifications.outbox.posts import WEEK, card_key, message_key
from bot.notifications.ports import DigestLine
from bot.notifications.subscriptions.repository import place
from bot.storage.base import Job
from bot.storage.table import Entry, Table

TELLING = "digests_telling"
"""The table of what each conversation's last message told: the keys of its rows."""

_SECONDS = 10.0
_MOST_LINES = 20
_MOST_SENTENCES = 3
_MOST_JUDGED = 12
_MOST_ASKED, _SECONDS_TO_ASK = 60, 20.0
"""Issues that Jira is asked of for one message, and for how long it is, so that a job ends in its time; the others
have their own."""

_READS_AT_ONCE = 5
_FORGOTTEN_AT_ONCE = 4


_Waiting = Mapping[str, Envelope]
"""The events of one issue by the keys of their rows, oldest first."""


@dataclass(frozen=True, slots=True)
class _Telling:
    """The message under way: its job, and the keys of the events that it tells."""

    job: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of one issue; `older` counts its events beside those in the line."""

    line: DigestLine
    newest: Envelope
    permit: Permit
    older: int


class Digests:
    """Collects and tells bursts. Raises what `Voice` and `Judge` raise."""

    def __init__(self, desk: Desk, teller: Teller) -> None:
        self._desk, self._teller = desk, teller
        self._events, self._tellings = Table(desk.store, DIGESTS, Envelope), Table(desk.store, TELLING, _Telling)

    async def absorb(self, job: str, envelope: Envelope) -> None:
        """Write the event down for the next digest of its conversation."""
        here, now = place(envelope.conversation), self._desk.clock()
        tags = [f"conversation:{here}"]
        await self._events.put(f"{here}|{job}", envelope, tags=tags, expires_at=now + WEEK)
        await self._flush_soon(envelope)

    async def flush(self, envelope: Envelope, *, due: float) -> bool:
        """Tell what was written down; whether there was anything that may be told. `due`: when the flush was."""
        conversation = envelope.conversation
        await self._forget_told(conversation)
        entries = await self._events.find(f"conversation:{place(conversation)}")
        issues = _by_issue(entries)
        told, asked, withheld = await self._lines(issues)
        full = len(told) == _MOST_LINES
        done = issues if full else issues[:asked]
        keys = [key for issue in done for key in issue]
        # Before the message, which is what says that all of this is done: an update may be repeated.
        for one in told:
            await self._refresh_card(conversation, one)
        if told:
            more = sum(map(len, issues[asked:])) if full else 0
            more += sum(one.older for one in told)
            message = self._desk.cards.digest_message(conversation, [one.line for one in told], more)
            # Named by what it tells: the job's own name may come again within its window.
            job = hashlib.sha256("\n".join(entry.key for entry in entries).encode()).hexdigest()
            telling = _Telling(job, tuple(keys))
            await self._tellings.put(place(conversation), telling, expires_at=self._desk.clock() + WEEK)
            key = message_key(conversation, job)
            post = await self._desk.voice.posts.get(key)
            await self._desk.voice.send_once(conversation, message, key=key, job=job, post=post)
        if len(done) < len(issues):
            await self._flush_soon(envelope, after=due)
        await self._forget(keys)
        for reason in withheld:
            self._desk.metrics.withheld.labels(reason).inc()
        return bool(told)

    async def _forget_told(self, conversation: Conversation) -> None:
        """What an earlier message told is not told again, should we have been cut off before we forgot it."""
        telling = await self._tellings.get(place(conversation))
        if telling is None:
            return
        if (await self._desk.voice.posts.get(message_key(conversation, telling.job))).told == telling.job:
            await self._forget(telling.keys)
        await self._tellings.delete(place(conversation))

    async def _flush_soon(self, envelope: Envelope, *, after: float = 0.0) -> None:
        """In a window beyond `after`: where the store's clock is ahead of ours, the present one has its flush."""
        here = place(envelope.conversation)
        window = int(max(self._desk.clock(), after) // _SECONDS) + 1
        flush = Envelope(
            Form.DIGEST, envelope.conversation, delivery=envelope.delivery, received=envelope.received
        )
        await self._desk.store.enqueue(
            OUTBOX, Job(f"digest:{here}:{window}", dump(flush), group=here, due=window * _SECONDS)
        )

    async def _lines(self, issues: Sequence[_Waiting]) -> tuple[list[_Told], int, list[str]]:
        """One line for each issue of which anything may be told, up to a message's; how many were asked of; why
        events were withheld.

        Of the first issues it may well be that nothing is told: hidden from the owner, or outside of the query.
        """
        told: list[_Told] = []
        withheld: list[str] = []
        asked, late = 0, time.monotonic() + _SECONDS_TO_ASK
        while len(told) < _MOST_LINES and asked < min(len(issues), _MOST_ASKED) and time.monotonic() < late:
            some = issues[asked : asked + min(_READS_AT_ONCE, _MOST_LINES - len(told))]
            asked += len(some)
            for one, reasons in await asyncio.gather(*map(self._told, some)):
                if one is not None:
                    told.append(one)
                withheld += reasons
        return told, asked, withheld

    async def _told(self, issue: _Waiting) -> tuple[_Told | None, list[str]]:
        """Its newest few events, as far as they may be told; why others may not.

        Older ones are asked of where it is not the issue that may not be told, but all of the newest: a burst of
        internal comments must not hide that it was created.
        """
        permits: list[tuple[Envelope, Permit]] = []
        withheld: list[str] = []
        left = list(issue.values())
        while left and len(permits) + len(withheld) < _MOST_JUDGED:
            one = left.pop()
            verdict = await self._judge(one)
            if verdict.permit is not None:
                permits.insert(0, (one, verdict.permit))
            else:
                withheld.append(verdict.withheld)
            if len(permits) + len(withheld) >= _MOST_SENTENCES and (
                permits or not OF_THE_EVENT.issuperset(withheld)
            ):
                break
        if not permits:
            return None, withheld
        last, permit = permits[-1]
        said = tuple(describe(e.event, with_text=p.with_text, names=p.names) for e, p in permits if e.event)
        return _Told(_line(last, permit, said), last, permit, len(left)), withheld

    async def _judge(self, envelope: Envelope) -> Verdict:
        if envelope.event is None:
            raise ValueError("an event's envelope is empty")
        subscriptions = await self._desk.behind(envelope)
        known = bool(subscriptions) and await self._teller.told_before(
            envelope.conversation, subscriptions[0].cloud_id, envelope.event
        )
        verdict = await self._desk.judge.judge(envelope.event, subscriptions, told_before=known)
        await self._desk.suspender.suspend(verdict.losses)
        return verdict

    async def _refresh_card(self, conversation: Conversation, told: _Told) -> None:
        """A card that the conversation has of the issue would otherwise stay behind."""
        event, found, said = told.newest.event, told.permit.found, told.line.sentences[-1]
        if event is None:
            return
        if found is None:
            await self._teller.close(conversation, told.permit, event, said)
            return
        post = await self._desk.voice.posts.get(card_key(conversation, found[0].cloud_id, found[1].id))
        if post.activity:
            await self._teller.refresh(conversation, post, found, event, said)

    async def _forget(self, keys: Sequence[str]) -> None:
        """Few at a time: the thousands of a mass change, all at once, would keep everybody else from the store."""
        for start in range(0, len(keys), _FORGOTTEN_AT_ONCE):
            some = keys[start : start + _FORGOTTEN_AT_ONCE]
            await asyncio.gather(*(self._events.delete(key) for key in some))


def _by_issue(entries: Sequence[Entry[Envelope]]) -> list[_Waiting]:
    """The events of each issue in their order, the issues in that of their first event. Pure."""
    waiting = [(entry.value, entry.key) for entry in entries]
    waiting.sort(key=lambda one: (one[0].event.time if one[0].event else 0, one[0].received))
    by_issue: dict[tuple[str, str], dict[str, Envelope]] = {}
    for envelope, key in waiting:
        event = envelope.event
        name = (event.site, event.issue_id or event.issue_key) if event else ("", "")
        by_issue.setdefault(name, {})[key] = envelope
    return [*by_issue.values()]


def _line(newest: Envelope, permit: Permit, said: tuple[str, ...]) -> DigestLine:
    if permit.found is not None:
        return DigestLine(*permit.found, said)
    event, subscription = newest.event, permit.subscription
    if event is None:
        raise ValueError("a line needs an event")
    site = Site(subscription.cloud_id, f"https://{subscription.host}", subscription.host)
    summary = event.summary if permit.with_text else ""
    return DigestLine(site, Issue(event.issue_id, event.issue_key, summary, event.project_key), said)
