"""`trace DELIVERY`: shows what happened to one event, from its delivery to each conversation."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Column, Table

from bot.http.json import as_text
from bot.notifications.dead_letters import QUEUES, SHORT_ID_LENGTH
from bot.notifications.trace import Trace
from bot.storage.base import Store

_HASH_CHARS = 64
_UNKNOWN = (
    "Nothing is known of that delivery. It is named as in the log (`delivery`), by Jira's own identifier, or by"
    " the SHA-256 of its body; it is kept for 14 days, and one that still waits in the inbox is not there yet."
)


async def trace(console: Console, store: Store, name: str) -> int:
    """Print the steps of a delivery and return the exit status.

    `name` is Jira's identifier, the short one of the log or the whole hash. Raises `StoreError`.
    """
    trace_table = Trace(store, clock=time.time)
    name = name.strip()
    delivery = await trace_table.delivery_of(name) or (
        name[:SHORT_ID_LENGTH] if len(name) == _HASH_CHARS else name
    )
    steps = await trace_table.steps_of(delivery)
    dead = {job: reason async for job, reason in _dead_jobs(store, delivery)}
    if not steps and not dead:
        console.print(_UNKNOWN)
        return 1
    table = Table("When (UTC)", "What", "Conversation", "Issue", "Tries", Column("Id", no_wrap=True))
    for step in steps:
        when = datetime.fromtimestamp(step.at, UTC).strftime("%Y-%m-%d %H:%M:%S")
        what = f"{step.kinds}: {step.outcome}" if step.kinds else step.outcome
        reason = dead.pop(step.job, "")
        what = f"given up: {reason}" if reason else what
        table.add_row(when, what, step.conversation, step.issue, str(step.tries or ""), step.job[:SHORT_ID_LENGTH])
    for job, reason in dead.items():
        table.add_row("", f"given up: {reason}", "", "", "", job[:SHORT_ID_LENGTH])
    console.print(table)
    return 0


async def _dead_jobs(store: Store, delivery: str) -> AsyncIterator[tuple[str, str]]:
    """Yield id and reason of the jobs of this delivery that were given up."""
    for queue in QUEUES:
        after = ""
        while page := await store.dead(queue, after=after):
            for dead_job in page:
                if as_text(dead_job.job.payload.get("delivery")) == delivery:
                    yield dead_job.job.id, dead_job.reason
            after = page[-1].job.id
