"""The life of each delivery, kept for a fortnight: what `trace` shows, and how a missed event is known for one.

One row a delivery (`D`), one for each message that came of it (`D/…`). They hold no text from Jira but issue keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.http.json import as_int, as_object, as_text
from bot.jira.webhooks.model import Event
from bot.storage.base import Job, Store
from bot.storage.table import Draft, Table

TABLE = "trail"
_KEPT = 14 * 86400.0
_SHORT = 12
_MOST_MESSAGES = 1000


@dataclass(frozen=True, slots=True)
class Step:
    """A delivery, or with a `conversation` one of its messages. `at` is in Unix seconds, of the newest outcome."""

    at: float
    outcome: str
    conversation: str = ""
    issue: str = ""
    kinds: str = ""
    tries: int = 0
    job: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What became of a delivery, and the matters that it told. `keys` are those of its job in the inbox."""

    delivery: str
    outcome: str
    keys: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()


class Trail:
    """Writes and reads it. Every method may raise `StoreError`; writing the same again is harmless."""

    def __init__(self, store: Store, *, clock: Callable[[], float]) -> None:
        self._table, self._clock = Table(store, TABLE, Step), clock

    async def deliveries(self, notes: Sequence[Note]) -> None:
        """What became of these deliveries; of two notes on the same one the later counts."""
        await self._table.put_all({n.delivery: self._draft(n) for n in notes if n.delivery}.values())

    def _draft(self, note: Note) -> Draft[Step]:
        step, tags = Step(self._clock(), note.outcome), list(note.keys)
        if note.events:
            kinds = {kind for event in note.events for kind in event.kinds}
            issue = note.events[0].issue_key or note.events[0].issue_id
            step = replace(step, issue=issue, kinds=", ".join(sorted(kinds)))
            tags += [_tag(event, name) for event in note.events for name in event.names]
        return Draft(note.delivery, step, tags, self._clock() + _KEPT)

    async def message(self, job: Job, outcome: str) -> None:
        """What became of a message, the newest word on it."""
        if not (delivery := as_text(job.payload.get("delivery"))):
            return
        conversation = as_object(job.payload.get("conversation"))
        step = Step(
            self._clock(),
            outcome,
            conversation=f"{as_text(conversation.get('tenant'))}/{as_text(conversation.get('id'))}",
            tries=as_int(job.payload.get("tries")),
            job=job.id,
        )
        # Of digests the beginning alone would be that of all conversations of a tenant.
        key = f"{delivery}/{hashlib.sha256(job.id.encode()).hexdigest()[:_SHORT]}"
        await self._table.put(key, step, expires_at=self._clock() + _KEPT)

    async def heard(self, event: Event) -> bool:
        """Whether a delivery told this matter before."""
        return any([await self._table.find(_tag(event, name)) for name in event.names])

    async def known_as(self, identifier: str) -> str:
        """The short name of the delivery that Jira gave this identifier; empty if there is none."""
        entries = await self._table.find(f"delivery:{identifier}")
        return entries[0].key if entries else ""

    async def of(self, delivery: str) -> list[Step]:
        """The delivery's own row and those of its messages; empty if it is not known (any more)."""
        own = await self._table.entry(delivery)
        messages = await self._table.page(after=f"{delivery}/", limit=_MOST_MESSAGES)
        return [entry.value for entry in [own, *messages] if entry and entry.key.partition("/")[0] == delivery]


def _tag(event: Event, name: str) -> str:
    return f"{event.site}/{name}"
