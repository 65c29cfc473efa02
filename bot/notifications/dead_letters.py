"""What an admin can see and do of messages that were given up: `outbox list | retry | drop`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.http.json import as_object, as_text
from bot.notifications.inbox.endpoint import INBOX
from bot.notifications.messages import OUTBOX
from bot.storage.base import DeadJob, Store

QUEUES = (INBOX, OUTBOX)
SHORTEST = 12
"""Characters of an id that tables show and that are enough to name it."""


@dataclass(frozen=True, slots=True)
class DeadRow:
    """One dead job, without anything that people wrote: what an admin needs to decide."""

    queue: str
    id: str
    form: str
    issue: str
    reason: str
    attempts: int
    died_at: datetime


async def list_dead(store: Store) -> AsyncIterator[DeadRow]:
    """All dead jobs of both queues, by queue and id. Raises `StoreError`."""
    for queue in QUEUES:
        after = ""
        while page := await store.dead(queue, after=after):
            for dead in page:
                yield _row(queue, dead)
            after = page[-1].job.id


async def retry_dead(store: Store, name: str) -> bool:
    """Let a dead job run again; False if there is no single one of this id. Raises `StoreError`."""
    job_id = await _named(store, name)
    return any([await store.revive(queue, job_id) for queue in QUEUES])


async def drop_dead(store: Store, name: str) -> bool:
    """Forget a dead job; False if there is no single one of this id. Raises `StoreError`."""
    job_id = await _named(store, name)
    return any([await store.drop(queue, job_id) for queue in QUEUES])


async def _named(store: Store, name: str) -> str:
    """The id itself, where only its beginning is given, as tables show it; else `name`."""
    if len(name) < SHORTEST:
        return name
    fitting = {row.id async for row in list_dead(store) if row.id.startswith(name)}
    return fitting.pop() if len(fitting) == 1 else name


def _row(queue: str, dead: DeadJob) -> DeadRow:
    payload = dead.job.payload
    event = as_object(payload.get("event")) if queue == OUTBOX else as_object(payload.get("body"))
    issue = as_text(event.get("issue_key")) or as_text(as_object(event.get("issue")).get("key"))
    return DeadRow(
        queue=queue,
        id=dead.job.id,
        form=as_text(payload.get("form")) or "delivery",
        issue=issue,
        reason=dead.reason,
        attempts=dead.attempts,
        died_at=datetime.fromtimestamp(dead.died_at, UTC),
    )
