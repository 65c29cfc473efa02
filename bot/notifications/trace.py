"""The life of each delivery, kept for a fortnight: what `trace` shows, and how a missed event is known for one.

One row a delivery (`D`), one for each message that came of it (`D/…`). They hold no text from Jira but issue keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.http.json import as_int, as_object, as_text
from bot.jira.webhooks.model import Event
from bot.storage.base import Job, Row, Store, Write

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
        self._store, self._clock = store, clock

    async def deliveries(self, notes: Sequence[Note]) -> None:
        """What became of these deliveries; of two notes on the same one the later counts."""
        await self._store.put_all(TABLE, list({n.delivery: self._write(n) for n in notes if n.delivery}.values()))

    def _write(self, note: Note) -> Write:
        value: dict[str, object] = {"at": self._clock(), "outcome": note.outcome}
        tags = list(note.keys)
        if note.events:
            kinds = {kind for event in note.events for kind in event.kinds}
            value |= {
                "issue": note.events[0].issue_key or note.events[0].issue_id,
                "kinds": ", ".join(sorted(kinds)),
            }
            tags += [_tag(event, name) for event in note.events for name in event.names]
        return Write(note.delivery, value, tags, self._clock() + _KEPT)

    async def message(self, job: Job, outcome: str) -> None:
        """What became of a message, the newest word on it."""
        if not (delivery := as_text(job.payload.get("delivery"))):
            return
        conversation = as_object(job.payload.get("conversation"))
        value = {
            "at": self._clock(),
            "outcome": outcome,
            "conversation": f"{as_text(conversation.get('tenant'))}/{as_text(conversation.get('id'))}",
            "tries": as_int(job.payload.get("tries")),
            "job": job.id,
        }
        # Of digests the beginning alone would be that of all conversations of a tenant.
        key = f"{delivery}/{hashlib.sha256(job.id.encode()).hexdigest()[:_SHORT]}"
        await self._store.put(TABLE, key, value, expires_at=self._clock() + _KEPT)

    async def heard(self, event: Event) -> bool:
        """Whether a delivery told this matter before."""
        return any([await self._store.find(TABLE, _tag(event, name)) for name in event.names])

    async def known_as(self, identifier: str) -> str:
        """The short name of the delivery that Jira gave this identifier; empty if there is none."""
        rows = await self._store.find(TABLE, f"delivery:{identifier}")
        return rows[0].key if rows else ""

    async def of(self, delivery: str) -> list[Step]:
        """The delivery's own row and those of its messages; empty if it is not known (any more)."""
        own = await self._store.get(TABLE, delivery)
        rows = await self._store.page(TABLE, after=f"{delivery}/", limit=_MOST_MESSAGES)
        return [_step(row) for row in [own, *rows] if row and row.key.partition("/")[0] == delivery]


def _tag(event: Event, name: str) -> str:
    return f"{event.site}/{name}"


def _step(row: Row) -> Step:
    at, value = row.value.get("at"), row.value
    return Step(
        at=at if isinstance(at, float) else 0.0,
        outcome=as_text(value.get("outcome")),
        conversation=as_text(value.get("conversation")),
        issue=as_text(value.get("issue")),
        kinds=as_text(value.get("kinds")),
        tries=as_int(value.get("tries")),
        job=as_text(value.get("job")),
    )
