"""`trace DELIVERY`: shows what happened to one event, from its delivery to each conversation."""

from __future__ import annotations

import argparse
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from bot.admin.dead_letters import QUEUES, SHORT_ID_LENGTH
from bot.admin.output import Column, from_unix
from bot.admin.toolbox import Toolbox
from bot.http.json import as_text
from bot.notifications.trace import Step, Trace
from bot.storage.base import Store

COLUMNS = (
    Column("at", "When (UTC)", time_format="%Y-%m-%d %H:%M:%S"),
    Column("what", "What"),
    Column("conversation", "Conversation"),
    Column("issue", "Issue"),
    Column("tries", "Tries"),
    Column("short_id", "Id", whole=True),
)
_HASH_CHARS = 64
_UNKNOWN = (
    "Nothing is known of that delivery. It is named as in the log (`delivery`), by Jira's own identifier, or by"
    " the SHA-256 of its body; it is kept for TRACE_RETENTION_DAYS, and one that still waits in the inbox is not"
    " there yet."
)


@dataclass(frozen=True, slots=True)
class TraceRow:
    """A step of a delivery as admins see it. `id` is that of its job."""

    at: datetime | None
    what: str
    conversation: str
    issue: str
    tries: int | None
    id: str

    @property
    def short_id(self) -> str:
        """As much of the id as names the job."""
        return self.id[:SHORT_ID_LENGTH]


async def show_trace(tools: Toolbox, options: argparse.Namespace) -> int:
    """Print the steps of a delivery and return the exit status.

    It is named by Jira's identifier, the short one of the log or the whole hash. Raises `StoreError`.
    """
    trace, name = Trace(tools.store, clock=time.time), options.name.strip()
    delivery = await trace.delivery_of(name) or (name[:SHORT_ID_LENGTH] if len(name) == _HASH_CHARS else name)
    steps = await trace.steps_of(delivery)
    dead = {job: reason async for job, reason in _dead_jobs(tools.store, delivery)}
    if not steps and not dead:
        tools.output.print_result(_UNKNOWN, known=False)
        return 1
    rows = [_row(step, dead.pop(step.job, "")) for step in steps]
    rows += [TraceRow(None, f"given up: {reason}", "", "", None, job) for job, reason in dead.items()]
    tools.output.print_rows(COLUMNS, rows)
    return 0


def _row(step: Step, reason: str) -> TraceRow:
    what = f"{step.kinds}: {step.outcome}" if step.kinds else step.outcome
    what = f"given up: {reason}" if reason else what
    return TraceRow(from_unix(step.at), what, step.conversation, step.issue, step.tries or None, step.job)


async def _dead_jobs(store: Store, delivery: str) -> AsyncIterator[tuple[str, str]]:
    """Yield id and reason of the jobs of this delivery that were given up."""
    for queue in QUEUES:
        after = ""
        while page := await store.dead(queue, after=after):
            for dead_job in page:
                if as_text(dead_job.job.payload.get("delivery")) == delivery:
                    yield dead_job.job.id, dead_job.reason
            after = page[-1].job.id
