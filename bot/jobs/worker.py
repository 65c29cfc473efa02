"""Leases queued jobs and runs them: one by one with many groups at once, or in batches in order of arrival."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

import structlog

from bot.jobs.outcome import JobOutcome
from bot.jobs.tasks import run_isolated
from bot.storage.base import Leased, Store, StoreError

LEASE_SECONDS = 60.0
MAX_CONCURRENT_JOBS = 64
POLL_SECONDS = 0.5
"""How often due jobs are looked for when nothing tells of a new one."""

log = structlog.get_logger(__name__)


class JobWorker:
    """Runs `handle` on each job of a queue; a slow job holds up its own group alone.

    `handle` settles the job. If it raises, the job is retried: a `StoreError` counts as a failure, anything else
    as a crash.
    """

    def __init__(
        self,
        store: Store,
        queue: str,
        handle: Callable[[Leased], Coroutine[Any, Any, None]],
        outcome: JobOutcome,
    ) -> None:
        self._store, self._queue, self._handle, self._outcome = store, queue, handle, outcome
        self._running: set[asyncio.Task[None]] = set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set.

        Raises `StoreError`; jobs under way go on then, and `run` may be called again.
        """
        while not stopping.is_set():
            free = MAX_CONCURRENT_JOBS - len(self._running)
            jobs = await self._store.lease(self._queue, limit=free, seconds=LEASE_SECONDS) if free else []
            for leased in jobs:
                task = asyncio.create_task(self._work_on(leased))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            if not jobs:
                # A job that ends may let the next one of its group be leased.
                await _wait_for_work(self._store, self._queue, stopping, POLL_SECONDS, self._running)

    async def drain(self, seconds: float) -> int:
        """Let jobs under way finish, then cancel the rest; return how many were cancelled."""
        if self._running:
            await asyncio.wait(set(self._running), timeout=seconds)
        left = set(self._running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return len(left)

    async def _work_on(self, leased: Leased) -> None:
        error = await run_isolated(self._handle_unless_poison(leased))
        end = asyncio.get_running_loop().time() + LEASE_SECONDS
        while isinstance(error, Exception):
            try:
                await self._retry(leased, error)
            except StoreError as store_error:
                # Else its group would wait for the lease, long after the store is back.
                if asyncio.get_running_loop().time() < end:
                    await asyncio.sleep(POLL_SECONDS)
                    continue
                log.warning(
                    "job left to its lease", queue=self._queue, job=leased.job.id[:12], error=str(store_error)
                )
            return

    async def _handle_unless_poison(self, leased: Leased) -> None:
        if not await self._outcome.reject_poison(leased):
            await self._handle(leased)

    async def _retry(self, leased: Leased, error: Exception) -> None:
        if isinstance(error, StoreError):
            await self._outcome.retry(leased, "store")
        else:
            await self._outcome.retry_crashed(leased, error)


class BatchWorker:
    """Runs `handle` on up to `batch_size` jobs of a queue at a time, in order of arrival.

    `handle` acknowledges the jobs. If it raises anything but a `StoreError`, they are handled one by one, so that
    a bug with one job stays that job's own. `clock` gives Unix seconds.
    """

    def __init__(
        self,
        store: Store,
        queue: str,
        handle: Callable[[Sequence[Leased]], Coroutine[Any, Any, None]],
        outcome: JobOutcome,
        *,
        batch_size: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._queue, self._handle, self._outcome = store, queue, handle, outcome
        self._batch_size, self._clock = batch_size, clock
        self._begun: list[Leased] = []

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set. Raises `StoreError`; `run` may be called again then."""
        while not stopping.is_set():
            if not await self._run_batch():
                await _wait_for_work(self._store, self._queue, stopping, 2 * POLL_SECONDS)

    async def _run_batch(self) -> int:
        # What a failing store interrupted is still ours: nobody else can lease it before the lease runs out.
        batch = [leased for leased in self._begun if leased.until > self._clock()]
        batch = batch or await self._store.lease(self._queue, limit=self._batch_size, seconds=LEASE_SECONDS)
        self._begun = batch
        await self._work_on([leased for leased in batch if not await self._outcome.reject_poison(leased)])
        self._begun = []
        return len(batch)

    async def _work_on(self, batch: list[Leased]) -> None:
        error = await run_isolated(self._handle(batch)) if batch else None
        if error is None:
            return
        if isinstance(error, StoreError) or not isinstance(error, Exception):
            raise error
        if len(batch) == 1:
            await self._outcome.retry_crashed(batch[0], error)
            return
        for leased in batch:
            await self._work_on([leased])


async def _wait_for_work(
    store: Store,
    queue: str,
    stopping: asyncio.Event,
    seconds: float,
    running: Iterable[asyncio.Task[None]] = (),
) -> None:
    """Return when a job was put, one of `running` ended, `stopping` is set, or after `seconds`."""
    arrival = asyncio.create_task(store.arrival(queue, seconds=seconds))
    stop = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({arrival, stop, *running}, return_when=asyncio.FIRST_COMPLETED)
        if arrival.done():
            arrival.result()
    finally:
        arrival.cancel()
        stop.cancel()
