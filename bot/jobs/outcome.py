"""How a leased job ends: done, later, or given up.

A job counts in its payload how often it was given back (`returns`), put off (`tries`) and crashed its handler
(`faults`). A lease that ended in none of these killed its process, or was lost with it. One with fewer leases than
returns was let run again by an admin: it begins anew.
"""

from __future__ import annotations

import asyncio
import random
import traceback
from collections.abc import Callable, Coroutine, Sequence
from typing import Protocol

import structlog
from prometheus_client import Counter

from bot.jobs.retry import GIVE_UP_AFTER, MOST_FAULTS, fault_delay, next_delay
from bot.storage.base import Leased, Store

log = structlog.get_logger()


async def fault_of(work: Coroutine[object, object, None]) -> BaseException | None:
    """Run `work` in a task of its own and return what it raised, so that a bug in one job stays its own.

    Cancelling the caller cancels the work.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task})
    finally:
        if not task.done():
            task.cancel()
    return asyncio.CancelledError() if task.cancelled() else task.exception()


def told_of(fault: BaseException) -> dict[str, object]:
    """A fault for the log: its type and where it was, without its words, which may quote what people wrote."""
    frames = traceback.extract_tb(fault.__traceback__)[-5:]
    return {"error": type(fault).__name__, "at": [f"{f.filename}:{f.lineno} {f.name}" for f in frames]}


class JobMetrics(Protocol):
    """Counters of jobs, by queue and reason."""

    retried: Counter
    dead: Counter


class Settler:
    """Ends the jobs of one queue. Every method may raise `StoreError`; the lease then runs out by itself."""

    def __init__(
        self, store: Store, queue: str, metrics: JobMetrics, *, clock: Callable[[], float], rng: random.Random
    ) -> None:
        self._store, self._queue, self._metrics = store, queue, metrics
        self._clock, self._rng = clock, rng

    async def done(self, leased: Leased, *, remember: float) -> None:
        """Finished; its names are known for `remember` seconds more."""
        if not await self._store.done(self._queue, leased, remember=remember):
            log.warning("lease ran out before the job was done", queue=self._queue, job=leased.job.id[:12])

    async def all_done(self, leased: Sequence[Leased], *, remember: float) -> None:
        """`done` for each, in one go."""
        settled = await self._store.done_all(self._queue, leased, remember=remember)
        for one, own in zip(leased, settled, strict=True):
            if not own:
                log.warning("lease ran out before the job was done", queue=self._queue, job=one.job.id[:12])

    async def kills(self, leased: Leased) -> bool:
        """Whether this job took its process down too often; if so it is buried."""
        if leased.attempts - 1 - _count(leased, "returns") < MOST_FAULTS:
            return False
        await self.bury(leased, "killed its worker")
        return True

    async def later(self, leased: Leased, seconds: float) -> None:
        """Not now, through no failure of anybody's."""
        await self._give_back(leased, seconds)

    async def failed(self, leased: Leased, reason: str, retry_after: float = 0.0) -> None:
        """Somebody else failed: try again by the schedule, or give up when it has been a day."""
        tries = _count(leased, "tries")
        delay = next_delay(tries, retry_after, self._rng)
        if self._clock() + delay - leased.put_at > GIVE_UP_AFTER:
            await self.bury(leased, reason)
            return
        self._metrics.retried.labels(self._queue, reason).inc()
        log.info("job put off", queue=self._queue, job=leased.job.id[:12], reason=reason, seconds=round(delay, 1))
        await self._give_back(leased, delay, tries=tries + 1)

    async def crashed(self, leased: Leased, fault: BaseException) -> None:
        """The handler has a bug with this job: a few quick tries, then the queue goes on without it."""
        faults = _count(leased, "faults") + 1
        log.error("job crashed", queue=self._queue, job=leased.job.id[:12], faults=faults, **told_of(fault))
        if faults > MOST_FAULTS:
            await self.bury(leased, f"crashed: {type(fault).__name__}")
            return
        self._metrics.retried.labels(self._queue, "crashed").inc()
        await self._give_back(leased, fault_delay(faults), faults=faults)

    async def bury(self, leased: Leased, reason: str) -> None:
        """Give up; an admin can look at it, retry or drop it."""
        await self._store.bury(self._queue, leased, reason=reason)
        self._metrics.dead.labels(self._queue, reason.partition(":")[0]).inc()
        log.error("job given up", queue=self._queue, job=leased.job.id[:12], reason=reason)

    async def _give_back(self, leased: Leased, seconds: float, **counts: int) -> None:
        counted = {name: _count(leased, name) for name in ("tries", "faults") if name in leased.job.payload}
        payload = {**leased.job.payload, **counted, **counts, "returns": _count(leased, "returns") + 1}
        await self._store.retry(self._queue, leased, due=self._clock() + seconds, payload=payload)


def _count(leased: Leased, name: str) -> int:
    def number(key: str) -> int:
        value = leased.job.payload.get(key)
        return value if isinstance(value, int) else 0

    return number(name) if leased.attempts > number("returns") else 0
