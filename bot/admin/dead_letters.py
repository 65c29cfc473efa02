"""Lists, retries and drops jobs that were given up (`app.py outbox list | retry | drop`).

`bot.jobs.outcome.JobOutcome.dead_letter` gives them up.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.http.json import as_object, as_text
from bot.notifications.messages import INBOX, OUTBOX
from bot.storage.base import DeadJob, Store

QUEUES = (INBOX, OUTBOX)
SHORT_ID_LENGTH = 12
"""Characters of an id that tables show and that are enough to name it."""


@dataclass(frozen=True, slots=True)
class DeadRow:
    """A dead job as admins see it, without any text that people wrote."""

    queue: str
    id: str
    form: str
    issue: str
    reason: str
    attempts: int
    died_at: datetime

    @property
    def short_id(self) -> str:
        """What tables show. Ids of events are hashes; other ids differ only at their end."""
        return self.id[:SHORT_ID_LENGTH] if self.id.isalnum() else self.id


async def list_dead(store: Store) -> AsyncIterator[DeadRow]:
    """Yield all dead jobs of both queues, by queue and id. Raises `StoreError`."""
    for queue in QUEUES:
        after = ""
        while page := await store.dead(queue, after=after):
            for dead in page:
                yield _row(queue, dead)
            after = page[-1].job.id


async def retry_dead(store: Store, name: str) -> bool:
    """Run a dead job again; False if the id fits none or several. Raises `StoreError`."""
    job_id = await _full_id(store, name)
    return any([await store.revive(queue, job_id) for queue in QUEUES])


async def drop_dead(store: Store, name: str) -> bool:
    """Delete a dead job; False if the id fits none or several. Raises `StoreError`."""
    job_id = await _full_id(store, name)
    return any([await store.drop(queue, job_id) for queue in QUEUES])


async def _full_id(store: Store, name: str) -> str:
    """Complete the beginning of an id, as tables show it, if it fits one job only; else return `name`."""
    if len(name) < SHORT_ID_LENGTH:
        return name
    ids = {row.id async for row in list_dead(store) if row.id.startswith(name)}
    return ids.pop() if len(ids) == 1 else name


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
