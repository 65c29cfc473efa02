"""A burst of events becomes one message (F22).

Each event of a burst is written down, then its job is done; one flush job, put behind all that waits, tells them
together. Events that come meanwhile wait behind the flush, because it is of their group.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence

from bot.identity import Conversation
from bot.jira.models import Issue, Site
from bot.jira.webhook_sentences import sentence
from bot.notifications.desk import Desk
from bot.notifications.envelope import DIGESTS, OUTBOX, Envelope, Form, dump, load
from bot.notifications.permission import Permit
from bot.notifications.ports import DigestLine
from bot.notifications.posts import WEEK, card_key, message_key
from bot.notifications.subscriptions import place
from bot.notifications.telling import Teller
from bot.storage.base import Job, Row

_SECONDS = 10.0
_MOST_LINES = 20
_MOST_SENTENCES = 3
_READS_AT_ONCE = 5


class Digests:
    """Collects and tells bursts. Raises what `Voice` and `Judge` raise."""

    def __init__(self, desk: Desk, teller: Teller) -> None:
        self._desk, self._teller = desk, teller

    async def absorb(self, job: str, envelope: Envelope) -> None:
        """Write the event down for the next digest of its conversation."""
        here, now = place(envelope.conversation), self._desk.clock()
        await self._desk.store.put(
            DIGESTS, f"{here}|{job}", dump(envelope), tags=[f"conversation:{here}"], expires_at=now + WEEK
        )
        window = int(now // _SECONDS) + 1
        flush = Envelope(
            Form.DIGEST, envelope.conversation, delivery=envelope.delivery, received=envelope.received
        )
        await self._desk.store.enqueue(
            OUTBOX, Job(f"digest:{here}:{window}", dump(flush), group=here, due=window * _SECONDS)
        )

    async def flush(self, envelope: Envelope) -> int:
        """Tell what was written down; how many events that were."""
        conversation = envelope.conversation
        rows = await self._desk.store.find(DIGESTS, f"conversation:{place(conversation)}")
        chosen, more = _choose([load(row.value) for row in rows])
        told = await self._judged(chosen)
        if told:
            message = self._desk.cards.digest_message(conversation, [line for line, _ in told], more)
            # Named by what it tells: the job's own name may come again within its window.
            job = hashlib.sha256("\n".join(row.key for row in rows).encode()).hexdigest()
            key = message_key(conversation, job)
            post = await self._desk.voice.posts.get(key)
            await self._desk.voice.send_once(conversation, message, key=key, job=job, post=post)
        for line, newest in told:
            await self._refresh_card(conversation, line, newest)
        await self._forget(rows)
        return len(rows)

    async def _judged(self, chosen: Sequence[Sequence[Envelope]]) -> list[tuple[DigestLine, Envelope]]:
        """One line for each issue of which anything may be told, with its newest event."""
        turn = asyncio.Semaphore(_READS_AT_ONCE)

        async def line(envelopes: Sequence[Envelope]) -> tuple[DigestLine, Envelope] | None:
            async with turn:
                permits = [(e, p) for e in envelopes if (p := await self._permit(e)) is not None]
            if not permits:
                return None
            newest, permit = permits[-1]
            said = tuple(sentence(e.event, with_text=p.with_text) for e, p in permits if e.event)
            return _line(newest, permit, said), newest

        return [found for found in await asyncio.gather(*map(line, chosen)) if found is not None]

    async def _permit(self, envelope: Envelope) -> Permit | None:
        if envelope.event is None:
            return None
        subscriptions = await self._desk.subscriptions.some(envelope.subscriptions)
        verdict = await self._desk.judge.judge(envelope.event, subscriptions)
        await self._desk.suspender.suspend(verdict.losses)
        return verdict.permit

    async def _refresh_card(self, conversation: Conversation, line: DigestLine, newest: Envelope) -> None:
        """A card that the conversation has of the issue would otherwise stay behind."""
        key = card_key(conversation, line.site.cloud_id, line.issue.id)
        post = await self._desk.voice.posts.get(key)
        if post.activity and newest.event is not None:
            found = (line.site, line.issue)
            await self._teller.refresh(conversation, post, found, newest.event, line.sentences[-1])

    async def _forget(self, rows: Sequence[Row]) -> None:
        await asyncio.gather(*(self._desk.store.delete(DIGESTS, row.key) for row in rows))


def _choose(envelopes: Sequence[Envelope]) -> tuple[list[list[Envelope]], int]:
    """The events to tell, by issue, the newest few of each in their order; and how many are left out. Pure."""
    by_issue: dict[tuple[str, str], list[Envelope]] = {}
    for envelope in sorted(envelopes, key=lambda e: (e.event.time if e.event else 0, e.received)):
        if event := envelope.event:
            by_issue.setdefault((event.site, event.issue_id or event.issue_key), []).append(envelope)
    chosen = [of_issue[-_MOST_SENTENCES:] for of_issue in list(by_issue.values())[:_MOST_LINES]]
    return chosen, len(envelopes) - sum(map(len, chosen))


def _line(newest: Envelope, permit: Permit, said: tuple[str, ...]) -> DigestLine:
    if permit.found is not None:
        return DigestLine(*permit.found, said)
    event, subscription = newest.event, permit.subscription
    if event is None:
        raise ValueError("a line needs an event")
    site = Site(subscription.cloud_id, f"https://{subscription.host}", subscription.host)
    return DigestLine(site, Issue(event.issue_id, event.issue_key, event.summary, event.project_key), said)
