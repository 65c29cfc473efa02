"""The embedded engine as the bridge sees it: TinyDB files, worked on by the store's own threads."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from bot.storage.base import DeadJob, Job, Json, Leased, QueueStats, Row, Stored, StoreUnavailableError, Write
from bot.storage.names import NamedLocks
from bot.storage.tiny.cache import RecordCache
from bot.storage.tiny.database import BATCH, Database
from bot.storage.values import check_job, checked, clean, decode, draft, encode, identifier

P = ParamSpec("P")
T = TypeVar("T")

WORKERS: Final = 8
"""Threads that wait for the disk. The kernel commits together what they sync at the same time."""


class TinyStore:
    """Implements `bot.storage.base.Store` in `folder`, which belongs to this process while the store is open.

    A write whose outcome is unknown because the disk failed late raises `StoreUnavailableError` like any other.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._cache = RecordCache()
        self._clock = clock
        self._database = Database(folder, self._cache, clock)
        self._threads: ThreadPoolExecutor | None = None
        self._reader: ThreadPoolExecutor | None = None
        self._locks = NamedLocks()
        self._arrivals: dict[str, asyncio.Event] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(WORKERS, "store")
        self._reader = ThreadPoolExecutor(1, "store-reader")
        try:
            await self._run(self._database.open)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        pools = [pool for pool in (self._reader, self._threads) if pool is not None]
        self._reader = self._threads = None
        for pool in pools:
            await asyncio.to_thread(pool.shutdown)
        if pools:
            await asyncio.to_thread(self._database.close)
        self._cache.clear()

    async def ping(self) -> None:
        await self._run(self._database.probe)

    async def get(self, table: str, key: str) -> Row | None:
        record = self._cache.get(table, key) if self._threads else None
        if record is not None:
            return record.row if record.live(self._clock()) else None
        return await self._run(self._database.get, identifier(table), checked(key, "key"))

    async def get_all(self, table: str, keys: Sequence[str]) -> dict[str, Row]:
        for key in keys:
            checked(key, "key")
        rows = await self._run(self._database.get_all, identifier(table), keys) if keys else []
        return {row.key: row for row in rows}

    async def put(
        self, table: str, key: str, value: Json, *, tags: Sequence[str] = (), expires_at: float | None = None
    ) -> Row:
        row = await self._run(self._database.put, identifier(table), draft(key, value, tags, expires_at), None)
        if row is None:
            raise AssertionError("an unconditional write was refused")
        return row

    async def put_all(self, table: str, writes: Sequence[Write]) -> None:
        drafts = [draft(w.key, w.value, w.tags, w.expires_at) for w in writes]
        parts = [part for n in range(WORKERS // 2) if (part := drafts[n :: WORKERS // 2])]
        for written in await asyncio.gather(
            *(self._run(self._database.put_all, identifier(table), part) for part in parts), return_exceptions=True
        ):
            if written is not None:
                raise written

    async def replace(
        self,
        table: str,
        key: str,
        value: Json,
        *,
        version: int,
        tags: Sequence[str] = (),
        expires_at: float | None = None,
    ) -> Row | None:
        return await self._run(self._database.put, identifier(table), draft(key, value, tags, expires_at), version)

    async def take(self, table: str, key: str) -> Row | None:
        return await self._run(self._database.take, identifier(table), checked(key, "key"))

    async def delete(self, table: str, key: str) -> bool:
        return await self.take(table, key) is not None

    async def find(self, table: str, tag: str) -> list[Row]:
        await self._index(identifier(table))
        return (await self._run(self._database.find, table, [tag]))[0]

    async def find_each(self, table: str, tags: Sequence[str]) -> list[list[Row]]:
        await self._index(identifier(table))
        return await self._run(self._database.find, table, tags) if tags else []

    async def page(self, table: str, *, after: str = "", limit: int = 100) -> list[Row]:
        await self._index(identifier(table))
        return await self._run(self._database.page, table, after, limit)

    async def count(self, table: str) -> int:
        await self._index(identifier(table))
        return await self._run(self._database.count, table)

    async def tables(self) -> list[str]:
        return await self._run(self._database.tables)

    async def sweep(self) -> int:
        return await self._on(self._reader, self._database.sweep)

    def lock(self, name: str, *, seconds: float = 10.0) -> AbstractAsyncContextManager[None]:
        return self._locks.hold(name, seconds)

    async def enqueue(self, queue: str, job: Job) -> bool:
        return (await self.enqueue_all(queue, [job]))[0]

    async def enqueue_all(self, queue: str, jobs: Sequence[Job]) -> list[bool]:
        identifier(queue)
        for job in jobs:
            check_job(job)
        texts = [(job, encode(job.payload)) for job in jobs]
        return await self._run(self._enqueue, queue, texts) if texts else []

    async def lease(self, queue: str, *, limit: int, seconds: float) -> list[Leased]:
        return await self._run(lambda: self._database.queue(identifier(queue)).lease(limit, seconds))

    async def done(self, queue: str, leased: Leased, *, remember: float) -> bool:
        return (await self.done_all(queue, [leased], remember=remember))[0]

    async def done_all(self, queue: str, leased: Sequence[Leased], *, remember: float) -> list[bool]:
        return await self._run(lambda: self._database.queue(identifier(queue)).done_all(leased, remember))

    async def retry(self, queue: str, leased: Leased, *, due: float, payload: Json | None = None) -> bool:
        storable = decode(encode(payload)) if payload is not None else None
        return await self._run(lambda: self._database.queue(identifier(queue)).retry(leased, due, storable))

    async def bury(self, queue: str, leased: Leased, *, reason: str) -> bool:
        return await self._run(lambda: self._database.queue(identifier(queue)).bury(leased, clean(reason)))

    async def dead(self, queue: str, *, after: str = "", limit: int = 100) -> list[DeadJob]:
        return await self._run(lambda: self._database.queue(identifier(queue)).dead(after, limit))

    async def revive(self, queue: str, job_id: str) -> bool:
        return await self._run(self._revive, identifier(queue), job_id)

    async def drop(self, queue: str, job_id: str) -> bool:
        return await self._run(lambda: self._database.queue(identifier(queue)).drop(job_id))

    async def drop_group(self, queue: str, group: str) -> int:
        return await self._run(lambda: self._database.queue(identifier(queue)).drop_group(group))

    async def hasten(self, queue: str, group: str) -> int:
        return await self._run(lambda: self._database.queue(identifier(queue)).hasten(group))

    async def stats(self, queue: str) -> QueueStats:
        return await self._run(lambda: self._database.queue(identifier(queue)).stats())

    async def arrival(self, queue: str, *, seconds: float) -> None:
        arrived = self._arrivals.setdefault(identifier(queue), asyncio.Event())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await arrived.wait()
        arrived.clear()

    async def export(self) -> AsyncGenerator[Stored, None]:
        batches = self._database.export()
        while (batch := await self._run(lambda: next(batches, None))) is not None:
            for item in batch:
                yield item

    async def import_(self, items: AsyncIterator[Stored]) -> int:
        await self._run(self._database.begin_copy)
        try:
            count = await self._restore(items)
            await self._run(self._database.end_copy)
        except BaseException:
            await self.close()
            raise
        return count

    async def _restore(self, items: AsyncIterator[Stored]) -> int:
        count = 0
        batch: list[Stored] = []
        async for item in items:
            batch.append(item)
            count += 1
            if len(batch) == BATCH:
                await self._run(self._database.restore, batch)
                batch = []
        await self._run(self._database.restore, batch)
        return count

    def _enqueue(self, queue: str, jobs: Sequence[tuple[Job, bytes]]) -> list[bool]:
        put = self._database.queue(queue).enqueue_all(jobs)
        if any(put):
            self._announce(queue)
        return put

    def _revive(self, queue: str, job_id: str) -> bool:
        revived = self._database.queue(queue).revive(job_id)
        if revived:
            self._announce(queue)
        return revived

    def _announce(self, queue: str) -> None:
        # From the thread, so that a caller who stopped waiting does not leave the job unannounced.
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(lambda: self._arrivals.setdefault(queue, asyncio.Event()).set())

    async def _index(self, table: str) -> None:
        # In a thread of its own: a table that is read for the first time must not keep others waiting.
        if not self._database.indexed(table):
            await self._on(self._reader, self._database.index, table)

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._on(self._threads, work, *args, **kwargs)

    async def _on(
        self, threads: ThreadPoolExecutor | None, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        if threads is None:
            raise StoreUnavailableError("The store is not open.")
        return await asyncio.wrap_future(threads.submit(work, *args, **kwargs))
