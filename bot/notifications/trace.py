"""Traces of deliveries: shown by `app.py trace`, and used to recognise events seen before.

There is one row for a delivery (`D`) and one for each message that came of it (`D/…`). They hold no text from Jira
but issue keys.
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
DEFAULT_RETENTION_SECONDS = 14 * 86400.0
_HASH_LENGTH = 12
_MAX_MESSAGES = 1000


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
class DeliveryOutcome:
    """What became of a delivery, and its events. `keys` are those of its job in the inbox."""

    delivery: str
    outcome: str
    keys: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()


class Trace:
    """Writes and reads traces. Every method may raise `StoreError`; writing the same again is harmless.

    Each is kept for `retention` seconds after its newest outcome.
    """

    def __init__(
        self, store: Store, *, clock: Callable[[], float], retention: float = DEFAULT_RETENTION_SECONDS
    ) -> None:
        self._table, self._clock, self._retention = Table(store, TABLE, Step), clock, retention

    async def record_deliveries(self, outcomes: Sequence[DeliveryOutcome]) -> None:
        """Write what became of these deliveries; of two outcomes of the same one the later counts."""
        await self._table.put_all({o.delivery: self._draft(o) for o in outcomes if o.delivery}.values())

    def _draft(self, outcome: DeliveryOutcome) -> Draft[Step]:
        step, tags, events = Step(self._clock(), outcome.outcome), list(outcome.keys), outcome.events
        if events:
            kinds = {kind for event in events for kind in event.kinds}
            issue = events[0].issue_key or events[0].issue_id
            step = replace(step, issue=issue, kinds=", ".join(sorted(kinds)))
            tags += [_tag(event, name) for event in events for name in event.names]
        return Draft(outcome.delivery, step, tags, self._clock() + self._retention)

    async def record_message(self, job: Job, outcome: str) -> None:
        """Write the newest outcome of a message."""
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
        key = f"{delivery}/{hashlib.sha256(job.id.encode()).hexdigest()[:_HASH_LENGTH]}"
        await self._table.put(key, step, expires_at=self._clock() + self._retention)

    async def has_seen(self, event: Event) -> bool:
        """Whether a delivery brought this event before."""
        return any([await self._table.find(_tag(event, name)) for name in event.names])

    async def delivery_of(self, identifier: str) -> str:
        """Return the short name of the delivery that Jira gave this identifier, or an empty string."""
        entries = await self._table.find(f"delivery:{identifier}")
        return entries[0].key if entries else ""

    async def steps_of(self, delivery: str) -> list[Step]:
        """Return the delivery's own step and those of its messages; none if it is not known (any more)."""
        own = await self._table.entry(delivery)
        messages = await self._table.page(after=f"{delivery}/", limit=_MAX_MESSAGES)
        return [entry.value for entry in [own, *messages] if entry and entry.key.partition("/")[0] == delivery]


def _tag(event: Event, name: str) -> str:
    return f"{event.site}/{name}"
