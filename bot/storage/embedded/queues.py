"""The queues of `Store` in SQLite."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain, compress
from pathlib import Path
from typing import Any, Final

import orjson

from bot.storage.base import DeadJob, Job, Json, Leased, QueueStats, StoredJob
from bot.storage.embedded.database import Database, checksum, decode_checked
from bot.storage.job_batches import JobBatches
from bot.storage.sql import queries
from bot.storage.values import check_job, clean, encode, identifier

SQL: Final = queries(Path(__file__).with_name("queues.sql"))

MAX_JOBS_AT_ONCE: Final = 256

Values = Mapping[str, Any]


class EmbeddedQueues:
    """One transaction a call. A job's lease ends with its process."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock
        self._arrivals: dict[str, asyncio.Event] = {}
        self._batches: dict[str, JobBatches] = {}

    async def enqueue(self, queue: str, job: Job) -> bool:
        if identifier(queue) not in self._batches:
            self._batches[queue] = JobBatches(partial(self._put_jobs, queue), MAX_JOBS_AT_ONCE)
        values = self._new_values(queue, job)
        return await self._batches[queue].add(values, len(values["payload"]))

    async def enqueue_all(self, queue: str, jobs: Sequence[Job]) -> list[bool]:
        identifier(queue)
        rows = [self._new_values(queue, job) for job in jobs]
        return await self._put_jobs(queue, rows) if rows else []

    async def _put_jobs(self, queue: str, rows: Sequence[Values]) -> list[bool]:
        now = self._clock()
        return await self._database.write(
            lambda db: _put_fresh(db, queue, rows, now), on_end=lambda: self._announce(queue)
        )

    def _new_values(self, queue: str, job: Job) -> Values:
        check_job(job)
        return job_values(StoredJob(queue, job, put_at=self._clock(), attempts=0))

    async def lease(self, queue: str, *, limit: int, seconds: float) -> list[Leased]:
        now = self._clock()
        values = {"queue": identifier(queue), "limit": limit, "now": now, "until": now + seconds}
        return await self._database.write(lambda db: _lease(db, {**values, "lease": secrets.token_hex(8)}))

    async def renew(self, queue: str, leased: Leased, *, seconds: float) -> bool:
        return await self._settle("renew", queue, leased, until=self._clock() + seconds)

    async def done(self, queue: str, leased: Leased, *, remember: float) -> bool:
        return (await self.done_all(queue, [leased], remember=remember))[0]

    async def done_all(self, queue: str, leased: Sequence[Leased], *, remember: float) -> list[bool]:
        forget_at = self._clock() + remember if remember > 0 else None
        held = [{**_held(identifier(queue), one), "forget_at": forget_at} for one in leased]
        return await self._database.write(lambda db: [_finish(db, one) for one in held]) if held else []

    async def retry(self, queue: str, leased: Leased, *, due: float, payload: Json | None = None) -> bool:
        text = encode(payload).decode() if payload is not None else None
        job = leased.job
        new_sum = checksum(text, queue, job.id, job.group, _json(job.keys)) if text is not None else None
        return await self._settle("retry", queue, leased, due=due, payload=text, checksum=new_sum)

    async def bury(self, queue: str, leased: Leased, *, reason: str) -> bool:
        return await self._settle("bury", queue, leased, reason=clean(reason), now=self._clock())

    async def dead(self, queue: str, *, after: str = "", limit: int = 100) -> list[DeadJob]:
        rows = await self._database.rows(SQL["dead"], queue=identifier(queue), after=after, limit=limit)
        return [DeadJob(job_of(row), row["reason"], row["attempts"], row["died_at"]) for row in rows]

    async def revive(self, queue: str, job_id: str) -> bool:
        values = {"queue": identifier(queue), "id": job_id, "now": self._clock()}
        revived = await self._database.write(
            lambda db: db.execute(SQL["revive"], values).rowcount, on_end=lambda: self._announce(queue)
        )
        return revived > 0

    async def drop(self, queue: str, job_id: str) -> bool:
        return await self._database.change(SQL["drop"], queue=identifier(queue), id=job_id) > 0

    async def drop_group(self, queue: str, group: str) -> int:
        where = {"queue": identifier(queue), "group": group}
        return await self._database.change(SQL["drop_group"], **where, now=self._clock())

    async def hasten(self, queue: str, group: str) -> int:
        where = {"queue": identifier(queue), "group": group}
        return await self._database.change(SQL["hasten"], **where, now=self._clock())

    async def stats(self, queue: str) -> QueueStats:
        values = {"queue": identifier(queue), "now": self._clock()}
        return await self._database.read(lambda db: _stats(db, values))

    async def arrival(self, queue: str, *, seconds: float) -> None:
        arrived = self._arrivals.setdefault(identifier(queue), asyncio.Event())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await arrived.wait()
        arrived.clear()

    async def _settle(self, statement: str, queue: str, leased: Leased, **values: object) -> bool:
        return await self._database.change(SQL[statement], **_held(identifier(queue), leased), **values) > 0

    def _announce(self, queue: str) -> None:
        """Wake those who wait for an arrival."""
        self._arrivals.setdefault(queue, asyncio.Event()).set()


def job_values(item: StoredJob) -> Values:
    """Prepare what `put_job` writes."""
    job, payload, keys = item.job, encode(item.job.payload).decode(), _json(item.job.keys)
    return {
        "queue": item.queue,
        "id": job.id,
        "group": job.group,
        "keys": keys,
        "payload": payload,
        "put_at": item.put_at,
        "due": job.due,
        "since": item.put_at if item.attempts else max(item.put_at, job.due),
        "attempts": item.attempts,
        "reason": item.reason,
        "died_at": item.died_at,
        "checksum": checksum(payload, item.queue, job.id, job.group, keys),
        "names": _names(job),
        "forget_at": None,
    }


def put_job(db: sqlite3.Connection, values: Values) -> None:
    """Put a job at the end of its queue and group, and know its names."""
    db.execute(SQL["name"], values)
    db.execute(SQL["put"], values)


def job_of(row: sqlite3.Row) -> Job:
    """Read the job in a row. Raises `StoreCorruptError`."""
    parts = row["queue"], row["id"], row["group_name"], row["keys"]
    payload = decode_checked(row["payload"], row["checksum"], *parts)
    return Job(row["id"], payload, row["group_name"], row["due"], tuple(orjson.loads(row["keys"])))


def _put_fresh(db: sqlite3.Connection, queue: str, rows: Sequence[Values], now: float) -> list[bool]:
    """Put the jobs none of whose names is known, and say of each whether it was; few statements for many jobs."""
    names = [{row["id"], *orjson.loads(row["keys"])} for row in rows]
    asked = {"queue": queue, "names": _json(set().union(*names)), "now": now}
    known = {row["name"] for row in db.execute(SQL["known"], asked)}
    fresh: list[bool] = []
    for of_job in names:
        fresh.append(known.isdisjoint(of_job))
        if fresh[-1]:
            known |= of_job
    db.execute(SQL["name"], {"queue": queue, "names": _json(chain(*compress(names, fresh))), "forget_at": None})
    db.executemany(SQL["put"], compress(rows, fresh))
    return fresh


def _lease(db: sqlite3.Connection, values: Values) -> list[Leased]:
    db.execute(SQL["wake"], values)
    rows = db.execute(SQL["ready"], values).fetchall()
    db.executemany(SQL["lease"], [{**values, "place": row["place"]} for row in rows])
    token, until = values["lease"], values["until"]
    return [Leased(job_of(row), token, row["attempts"] + 1, until, row["put_at"]) for row in rows]


def _held(queue: str, leased: Leased) -> Values:
    return {"queue": queue, "id": leased.job.id, "lease": leased.lease, "names": _names(leased.job)}


def _finish(db: sqlite3.Connection, held: Values) -> bool:
    if held["forget_at"] is not None:  # else the names go with the job
        db.execute(SQL["remember"], held)
    return db.execute(SQL["done"], held).rowcount > 0


def _stats(db: sqlite3.Connection, values: Values) -> QueueStats:
    number, since = db.execute(SQL["unfinished"], values).fetchone()
    leased = db.execute(SQL["leased"], values).fetchone()[0]
    dead = db.execute(SQL["number_dead"], values).fetchone()[0]
    return QueueStats(number - leased, leased, dead, max(0.0, values["now"] - since) if number else 0.0)


def _names(job: Job) -> str:
    return _json({job.id, *job.keys})


def _json(names: Any) -> str:
    return orjson.dumps(list(names)).decode()
