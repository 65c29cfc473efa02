"""The queues of `Store` in PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from time import monotonic
from typing import Final
from uuid import UUID, uuid4

import orjson
from psycopg.rows import DictRow

from bot.storage.base import DeadJob, Job, Json, Leased, QueueStats, StoreError
from bot.storage.job_batches import JobBatches, JobFields
from bot.storage.postgres.pool import Pool
from bot.storage.postgres.sql import queries
from bot.storage.values import check_job, clean, encode, identifier

MAX_JOBS_AT_ONCE: Final = 256
"""In one statement, which has two seconds and locks the groups of its jobs."""


class PostgresQueues:
    """One statement a method. Times are compared with the clock of the database server.

    A `done` whose answer was lost is retried and finds nothing: it returns False although it was carried out.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._queue_sql = queries("queue")
        self._batches: dict[str, JobBatches] = {}
        self._unanswered: dict[str, dict[UUID, float]] = {}
        """By queue: leases that may exist though their answer was lost, and when (monotonic) they have run out."""

    async def enqueue(self, queue: str, job: Job) -> bool:
        if identifier(queue) not in self._batches:
            self._batches[queue] = JobBatches(partial(self._put_jobs, queue), MAX_JOBS_AT_ONCE)
        payload = encode(job.payload)
        return await self._batches[queue].add(_job_fields(job, payload), len(payload))

    async def enqueue_all(self, queue: str, jobs: Sequence[Job]) -> list[bool]:
        identifier(queue)
        rows = [_job_fields(job, encode(job.payload)) for job in jobs]
        put: list[bool] = []
        for start in range(0, len(rows), MAX_JOBS_AT_ONCE):
            put += await self._put_jobs(queue, rows[start : start + MAX_JOBS_AT_ONCE])
        return put

    async def _put_jobs(self, queue: str, rows: Sequence[JobFields]) -> list[bool]:
        values = {"queue": queue, "jobs": orjson.dumps(rows).decode()}
        put: list[bool] = (await self._pool.run(self._queue_sql["enqueue"], values)).rows[0]["put"]
        return put

    async def lease(self, queue: str, *, limit: int, seconds: float) -> list[Leased]:
        lease, now = uuid4(), monotonic()
        unanswered = {lost: until for lost, until in self._unanswered.get(queue, {}).items() if until > now}
        self._unanswered[queue] = unanswered
        # Its own id is in `lost` too: a retry gives back what the first try may have taken.
        values = {"queue": identifier(queue), "limit": limit, "seconds": seconds, "lease": lease}
        try:
            answer = await self._pool.run(self._queue_sql["lease"], {**values, "lost": [lease, *unanswered]})
        except (StoreError, asyncio.CancelledError):
            unanswered[lease] = now + seconds
            raise
        return [
            Leased(_job(row), str(row["lease"]), row["attempts"], row["leased_until"], row["put_at"])
            for row in answer.rows
        ]

    async def renew(self, queue: str, leased: Leased, *, seconds: float) -> bool:
        return await self._settle("renew", queue, leased, seconds=seconds)

    async def done(self, queue: str, leased: Leased, *, remember: float) -> bool:
        return (await self.done_all(queue, [leased], remember=remember))[0]

    async def done_all(self, queue: str, leased: Sequence[Leased], *, remember: float) -> list[bool]:
        identifier(queue)
        held = [(one.job.id, lease) for one in leased if (lease := _lease_id(one)) is not None]
        finished: set[str] = set()
        for start in range(0, len(held), MAX_JOBS_AT_ONCE):
            ids, leases = zip(*held[start : start + MAX_JOBS_AT_ONCE], strict=True)
            values = {"queue": queue, "ids": list(ids), "leases": list(leases), "remember": remember}
            answer = await self._pool.run(self._queue_sql["done"], values)
            finished |= {row["id"] for row in answer.rows}
        return [one.job.id in finished for one in leased]

    async def retry(self, queue: str, leased: Leased, *, due: float, payload: Json | None = None) -> bool:
        text = encode(payload).decode() if payload is not None else None
        return await self._settle("retry", queue, leased, due=due, payload=text)

    async def bury(self, queue: str, leased: Leased, *, reason: str) -> bool:
        return await self._settle("bury", queue, leased, reason=clean(reason))

    async def dead(self, queue: str, *, after: str = "", limit: int = 100) -> list[DeadJob]:
        values = {"queue": identifier(queue), "after": after, "limit": limit}
        answer = await self._pool.run(self._queue_sql["dead"], values)
        return [DeadJob(_job(row), row["reason"], row["attempts"], row["died_at"]) for row in answer.rows]

    async def revive(self, queue: str, job_id: str) -> bool:
        return await self._changed("revive", queue, id=job_id) > 0

    async def drop(self, queue: str, job_id: str) -> bool:
        return await self._changed("drop", queue, id=job_id) > 0

    async def drop_group(self, queue: str, group: str) -> int:
        return await self._changed("drop_group", queue, group=group)

    async def hasten(self, queue: str, group: str) -> int:
        return await self._changed("hasten", queue, group=group)

    async def stats(self, queue: str) -> QueueStats:
        row = (await self._pool.run(self._queue_sql["stats"], {"queue": identifier(queue)})).rows[0]
        return QueueStats(row["waiting"], row["leased"], row["dead"], row["oldest"])

    async def merge_counts(self) -> None:
        """Add up the job counts of connections that have ended, so that `stats` reads few rows."""
        await self._pool.run(self._queue_sql["merge_counts"])

    async def _settle(self, query: str, queue: str, leased: Leased, **values: object) -> bool:
        lease = _lease_id(leased)
        if lease is None:
            return False
        return await self._changed(query, queue, id=leased.job.id, lease=lease, **values) > 0

    async def _changed(self, query: str, queue: str, **values: object) -> int:
        return (await self._pool.run(self._queue_sql[query], {"queue": identifier(queue), **values})).count


def _job(row: DictRow) -> Job:
    return Job(row["id"], row["payload"], row["group_name"], row["due"], tuple(row["keys"]))


def _job_fields(job: Job, payload: bytes) -> JobFields:
    check_job(job)
    return {
        "id": job.id,
        "group": job.group,
        "names": sorted({job.id, *job.keys}),
        "keys": job.keys,
        "payload": orjson.Fragment(payload),
        "due": job.due,
        "put_id": uuid4(),
    }


def _lease_id(leased: Leased) -> UUID | None:
    try:
        return UUID(leased.lease)
    except ValueError:  # another engine's
        return None
