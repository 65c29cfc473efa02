"""The queues of `Store` in PostgreSQL."""

from __future__ import annotations

from uuid import UUID, uuid4

from psycopg.rows import DictRow

from bot.storage.base import DeadJob, Job, Json, Leased, QueueStats
from bot.storage.postgres.connection import Link
from bot.storage.postgres.sql import queries
from bot.storage.values import check_job, clean, encode, identifier


class PostgresQueues:
    """One statement a method; the time that counts is the database's.

    A settling whose answer was lost is asked for again and then finds nothing: it says False though it happened.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._queue_sql = queries("queue")

    async def enqueue(self, queue: str, job: Job) -> bool:
        check_job(job)
        values = {
            "queue": identifier(queue),
            "id": job.id,
            "group": job.group,
            "names": sorted({job.id, *job.keys}),
            "keys": list(job.keys),
            "payload": encode(job.payload).decode(),
            "due": job.due,
            "put_id": uuid4(),
        }
        answer = await self._link.run(self._queue_sql["enqueue"], values)
        return bool(answer.rows[0]["put"])

    async def lease(self, queue: str, *, limit: int, seconds: float) -> list[Leased]:
        values = {"queue": identifier(queue), "limit": limit, "seconds": seconds}
        answer = await self._link.run(self._queue_sql["lease"], values)
        return [
            Leased(_job(row), str(row["lease"]), row["attempts"], row["leased_until"], row["put_at"])
            for row in answer.rows
        ]

    async def done(self, queue: str, leased: Leased, *, remember: float) -> bool:
        return await self._settle("done", queue, leased, remember=remember)

    async def retry(self, queue: str, leased: Leased, *, due: float, payload: Json | None = None) -> bool:
        text = encode(payload).decode() if payload is not None else None
        return await self._settle("retry", queue, leased, due=due, payload=text)

    async def bury(self, queue: str, leased: Leased, *, reason: str) -> bool:
        return await self._settle("bury", queue, leased, reason=clean(reason))

    async def dead(self, queue: str, *, after: str = "", limit: int = 100) -> list[DeadJob]:
        values = {"queue": identifier(queue), "after": after, "limit": limit}
        answer = await self._link.run(self._queue_sql["dead"], values)
        return [DeadJob(_job(row), row["reason"], row["attempts"], row["died_at"]) for row in answer.rows]

    async def revive(self, queue: str, job_id: str) -> bool:
        return await self._changed("revive", queue, id=job_id) > 0

    async def drop(self, queue: str, job_id: str) -> bool:
        return await self._changed("drop", queue, id=job_id) > 0

    async def drop_group(self, queue: str, group: str) -> int:
        return await self._changed("drop_group", queue, group=group)

    async def stats(self, queue: str) -> QueueStats:
        row = (await self._link.run(self._queue_sql["stats"], {"queue": identifier(queue)})).rows[0]
        return QueueStats(row["waiting"], row["leased"], row["dead"], row["oldest"])

    async def _settle(self, query: str, queue: str, leased: Leased, **values: object) -> bool:
        try:
            lease = UUID(leased.lease)
        except ValueError:  # another engine's
            return False
        return await self._changed(query, queue, id=leased.job.id, lease=lease, **values) > 0

    async def _changed(self, query: str, queue: str, **values: object) -> int:
        return (await self._link.run(self._queue_sql[query], {"queue": identifier(queue), **values})).count


def _job(row: DictRow) -> Job:
    return Job(row["id"], row["payload"], row["group_name"], row["due"], tuple(row["keys"]))
