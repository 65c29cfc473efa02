"""Leases queued jobs and runs them: one by one with many groups at once, or in batches in order of arrival."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

import structlog

from bot.jobs.outcome import JobOutcome
from bot.jobs.tasks import run_isolated, wait_until_set
from bot.runtime.load_shedding import LoadShedder
from bot.storage.base import Leased, Store, StoreError

LEASE_SECONDS = 15.0
"""How long after the death of a process its jobs are leased again, by whichever process is there."""
_RENEWALS_PER_LEASE = 3
"""While its job is worked on, a lease is renewed this often before it would run out."""
MAX_CONCURRENT_JOBS = 64
POLL_SECONDS = 0.5
"""How often due jobs are looked for when nothing tells of a new one."""

log = structlog.get_logger(__name__)


class JobWorker:
    """Runs `handle` on each job of a queue; a slow job holds up its own group alone.

    While `load` says so, fewer jobs are begun, and with pauses.

    A job's lease is renewed while it is handled. If it is lost all the same, because another worker has the job,
    `handle` is cancelled.

    `handle` settles the job. If it raises, the job is retried: a `StoreError` counts as a failure, anything else
    as a crash.
    """

    def __init__(
        self,
        store: Store,
        queue: str,
        handle: Callable[[Leased], Coroutine[Any, Any, None]],
        outcome: JobOutcome,
        load: LoadShedder,
        *,
        lease_seconds: float = LEASE_SECONDS,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._store, self._queue, self._handle, self._outcome = store, queue, handle, outcome
        self._load = load
        self._leases = _Leases(store, queue, outcome, lease_seconds)
        self._poll_seconds = poll_seconds
        self._running: set[asyncio.Task[None]] = set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set.

        Raises `StoreError`; jobs under way go on then, and `run` may be called again.
        """
        while not stopping.is_set():
            await self._load.let_burst_pass()
            free = min(MAX_CONCURRENT_JOBS - len(self._running), self._load.limit(MAX_CONCURRENT_JOBS))
            jobs = await self._leases.take(free) if free else []
            for leased in jobs:
                task = asyncio.create_task(self._work_on(leased))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            if not jobs:
                # A job that ends may let the next one of its group be leased.
                await _wait_for_work(self._store, self._queue, stopping, self._poll_seconds, self._running)
            if pause := self._load.pause:
                await wait_until_set(stopping, pause)

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
        error = await self._leases.hold([leased], self._handle_unless_poison(leased))
        end = asyncio.get_running_loop().time() + self._leases.seconds
        while isinstance(error, Exception):
            try:
                await self._retry(leased, error)
            except StoreError as store_error:
                # Else its group would wait for the lease, long after the store is back.
                if asyncio.get_running_loop().time() < end:
                    await asyncio.sleep(self._poll_seconds)
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
    a bug with one job stays that job's own. While `load` says so, batches are smaller, and come with pauses.
    `clock` gives Unix seconds.
    """

    def __init__(
        self,
        store: Store,
        queue: str,
        handle: Callable[[Sequence[Leased]], Coroutine[Any, Any, None]],
        outcome: JobOutcome,
        load: LoadShedder,
        *,
        batch_size: int,
        lease_seconds: float = LEASE_SECONDS,
        poll_seconds: float = POLL_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._queue, self._handle, self._outcome = store, queue, handle, outcome
        self._load = load
        self._leases = _Leases(store, queue, outcome, lease_seconds)
        self._batch_size, self._poll_seconds, self._clock = batch_size, poll_seconds, clock
        self._begun: list[Leased] = []

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set. Raises `StoreError`; `run` may be called again then."""
        while not stopping.is_set():
            await self._load.let_burst_pass()
            if not await self._run_batch():
                await _wait_for_work(self._store, self._queue, stopping, 2 * self._poll_seconds)
            if pause := self._load.pause:
                await wait_until_set(stopping, pause)

    async def _run_batch(self) -> int:
        # What a failing store interrupted is still ours: nobody else can lease it before the lease runs out.
        batch = [leased for leased in self._begun if leased.until > self._clock()]
        batch = batch or await self._leases.take(self._load.limit(self._batch_size))
        self._begun = batch
        await self._work_on([leased for leased in batch if not await self._outcome.reject_poison(leased)])
        self._begun = []
        return len(batch)

    async def _work_on(self, batch: list[Leased]) -> None:
        if not batch:
            return
        error = await self._leases.hold(batch, self._handle(batch))
        if isinstance(error, StoreError):
            raise error
        if not isinstance(error, Exception):
            return  # done, or lost to another worker
        if len(batch) == 1:
            await self._outcome.retry_crashed(batch[0], error)
            return
        for leased in batch:
            await self._work_on([leased])


class _Leases:
    """Leases jobs of one queue and keeps their leases while they are worked on."""

    def __init__(self, store: Store, queue: str, outcome: JobOutcome, seconds: float) -> None:
        self._store, self._queue, self._outcome, self.seconds = store, queue, outcome, seconds

    async def take(self, limit: int) -> list[Leased]:
        return await self._store.lease(self._queue, limit=limit, seconds=self.seconds)

    async def hold(self, jobs: Sequence[Leased], work: Coroutine[Any, Any, None]) -> BaseException | None:
        """Run `work` while renewing the leases; cancel it once a job was lost to another worker."""
        return await run_isolated(
            work,
            heartbeat=lambda: self._renew(jobs),
            heartbeat_seconds=self.seconds / _RENEWALS_PER_LEASE,
        )

    async def _renew(self, jobs: Sequence[Leased]) -> bool:
        """Renew the leases; return whether all jobs are still ours."""
        try:
            refused = [j for j in jobs if not await self._store.renew(self._queue, j, seconds=self.seconds)]
        except StoreError as error:
            log.warning("lease not renewed", queue=self._queue, error=str(error))
            return True
        lost = [leased for leased in refused if not self._outcome.is_settling(leased)]
        for leased in lost:
            log.warning("lease lost to another worker", queue=self._queue, job=leased.job.id[:12])
        return not lost


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
