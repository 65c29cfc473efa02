"""Workers keep their leases, and stop when they have lost one."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter

from bot.jobs.outcome import JobOutcome
from bot.jobs.worker import BatchWorker, JobWorker
from bot.runtime.load_shedding import MIN_JOBS, LoadShedder
from bot.storage.base import Job, Leased, QueueStats, Store
from bot.storage.embedded import EmbeddedStore
from tests.support.clock import Clock

QUEUE, LEASE = "work", 0.3


class Counters:
    """`JobMetrics`."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self.retried = Counter("retried", "-", ["queue", "reason"], registry=registry)
        self.dead = Counter("dead", "-", ["queue", "reason"], registry=registry)


class CountingStore(EmbeddedStore):
    """Tells of each renewal."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        super().__init__(folder, clock=clock)
        self.renewals = asyncio.Queue[bool]()

    async def renew(self, queue: str, leased: Leased, *, seconds: float) -> bool:
        renewed = await super().renew(queue, leased, seconds=seconds)
        self.renewals.put_nowait(renewed)
        return renewed


@asynccontextmanager
async def opened(folder: Path, clock: Callable[[], float] = time.time) -> AsyncIterator[CountingStore]:
    store = CountingStore(folder / "store", clock)
    await store.open()
    yield store
    await store.close()


@asynccontextmanager
async def running(worker: JobWorker | BatchWorker) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    loop = asyncio.create_task(worker.run(stopping))
    yield
    stopping.set()
    await loop
    if isinstance(worker, JobWorker):
        await worker.drain(0)


class Handler:
    """Handles jobs until it is told to end; `begun` and `ended` tell of each."""

    def __init__(self, store: Store) -> None:
        self.outcome = JobOutcome(store, QUEUE, Counters(), clock=time.time, rng=random.Random(1))
        self.begun, self.ended = asyncio.Queue[str](), asyncio.Queue[str]()
        self.end = asyncio.Event()

    async def one(self, leased: Leased) -> None:
        await self.batch([leased])

    async def batch(self, batch: Sequence[Leased]) -> None:
        names = " ".join(leased.job.id for leased in batch)
        self.begun.put_nowait(names)
        try:
            await self.end.wait()
            await self.outcome.ack_all(batch, remember=0.0)
        finally:
            self.ended.put_nowait(names)


def worker_of(
    kind: type[JobWorker] | type[BatchWorker], store: Store, handler: Handler, load: LoadShedder | None = None
) -> JobWorker | BatchWorker:
    load = load or LoadShedder()
    if kind is JobWorker:
        return JobWorker(store, QUEUE, handler.one, handler.outcome, load, lease_seconds=LEASE)
    return BatchWorker(store, QUEUE, handler.batch, handler.outcome, load, batch_size=8, lease_seconds=LEASE)


@pytest.mark.parametrize("kind", [JobWorker, BatchWorker])
async def test_a_job_that_takes_longer_than_its_lease_is_done_once(
    tmp_path: Path, kind: type[JobWorker] | type[BatchWorker]
) -> None:
    async with opened(tmp_path) as store, asyncio.timeout(20):
        handler = Handler(store)
        await store.enqueue(QUEUE, Job("slow", {}))
        async with running(worker_of(kind, store, handler)):
            await handler.begun.get()
            for _ in range(5):
                assert await store.renewals.get()
            handler.end.set()
            await handler.ended.get()
        assert handler.begun.empty()
        assert await store.stats(QUEUE) == QueueStats()


@pytest.mark.parametrize("kind", [JobWorker, BatchWorker])
async def test_under_load_a_worker_begins_few_jobs_at_a_time_but_all_in_the_end(
    tmp_path: Path, kind: type[JobWorker] | type[BatchWorker]
) -> None:
    load = LoadShedder()
    for _ in range(10):
        load.adjust(60.0)
    async with opened(tmp_path) as store, asyncio.timeout(20):
        handler = Handler(store)
        handler.end.set()
        for number in range(MIN_JOBS + 1):
            await store.enqueue(QUEUE, Job(str(number), {}))
        async with running(worker_of(kind, store, handler, load)):
            while (await store.stats(QUEUE)).waiting == MIN_JOBS + 1:
                await store.arrival("nothing", seconds=0.01)
            assert (await store.stats(QUEUE)).waiting == 1
            while (await store.stats(QUEUE)).waiting:
                await store.arrival("nothing", seconds=0.01)


@pytest.mark.parametrize("kind", [JobWorker, BatchWorker])
async def test_a_worker_stops_working_on_a_job_that_another_has_now(
    tmp_path: Path, kind: type[JobWorker] | type[BatchWorker]
) -> None:
    clock = Clock(time.time())
    async with opened(tmp_path, clock) as store, asyncio.timeout(20):
        handler = Handler(store)
        await store.enqueue(QUEUE, Job("slow", {}))
        async with running(worker_of(kind, store, handler)):
            await handler.begun.get()
            # As after a long pause of the whole process.
            clock.advance(LEASE + 1)
            [elsewhere] = await store.lease(QUEUE, limit=1, seconds=3600)
            assert await handler.ended.get() == "slow"
            assert await store.done(QUEUE, elsewhere, remember=0.0)
        assert handler.begun.empty()
