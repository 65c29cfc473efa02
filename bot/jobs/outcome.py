"""Settles leased jobs: acknowledged, retried, or moved to the dead letters.

A job counts in its payload how often it was given back (`returns`), how many attempts failed (`tries`) and how
many crashed its handler (`faults`). A lease that ended in none of these killed its process, or was lost with it. A
job with fewer leases than returns was revived by an admin: its counts begin anew.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog
from cachetools import LRUCache
from prometheus_client import Counter

from bot.jobs.retry import MAX_AGE_SECONDS, MAX_CRASHES, crash_delay, retry_delay
from bot.jobs.tasks import error_fields
from bot.storage.base import Leased, Store

_MAX_SETTLING = 1024
"""Leases that are remembered as settled; more than any number of jobs under way."""

log = structlog.get_logger(__name__)


class JobMetrics(Protocol):
    """Counters of jobs, by queue and reason."""

    retried: Counter
    dead: Counter


class JobOutcome:
    """Settles the jobs of one queue. Every method may raise `StoreError`; the lease then runs out by itself.

    Metrics are counted after the write that they tell of. `clock` gives Unix seconds.
    """

    def __init__(
        self, store: Store, queue: str, metrics: JobMetrics, *, clock: Callable[[], float], rng: random.Random
    ) -> None:
        self._store, self._queue, self._metrics = store, queue, metrics
        self._clock, self._rng = clock, rng
        self._settling: LRUCache[tuple[str, str], bool] = LRUCache(_MAX_SETTLING)

    def is_settling(self, leased: Leased) -> bool:
        """Whether this lease is being settled, or was a short while ago: then it cannot be renewed."""
        return self._settling.get((leased.job.id, leased.lease), False)

    async def ack(self, leased: Leased, *, remember: float) -> None:
        """Finish a job; its names count as duplicates for `remember` more seconds."""
        self._begin_settling(leased)
        self._check_in_time(leased, await self._store.done(self._queue, leased, remember=remember))

    async def ack_all(self, leased: Sequence[Leased], *, remember: float) -> None:
        """Finish several jobs in one go."""
        for job in leased:
            self._begin_settling(job)
        settled = await self._store.done_all(self._queue, leased, remember=remember)
        for job, in_time in zip(leased, settled, strict=True):
            self._check_in_time(job, in_time)

    async def reject_poison(self, leased: Leased) -> bool:
        """Move a job that killed its process too often to the dead letters; return whether it did."""
        if leased.attempts - 1 - _count(leased, "returns") < MAX_CRASHES:
            return False
        await self.dead_letter(leased, "killed its worker")
        return True

    async def postpone(self, leased: Leased, seconds: float) -> None:
        """Reschedule without counting a failed attempt."""
        await self._give_back(leased, seconds)

    async def retry(self, leased: Leased, reason: str, retry_after: float = 0.0) -> None:
        """Reschedule after a failure elsewhere, or give up once the job is a day old."""
        failures = _count(leased, "tries")
        delay = retry_delay(failures, retry_after, self._rng)
        if self._clock() + delay - leased.put_at > MAX_AGE_SECONDS:
            await self.dead_letter(leased, reason)
            return
        await self._give_back(leased, delay, tries=failures + 1)
        self._metrics.retried.labels(self._queue, reason).inc()
        log.info("job put off", queue=self._queue, job=leased.job.id[:12], reason=reason, seconds=round(delay, 1))

    async def retry_crashed(self, leased: Leased, error: BaseException) -> None:
        """Reschedule after a bug in the handler: a few quick attempts, then the queue goes on without the job."""
        crashes = _count(leased, "faults") + 1
        log.error("job crashed", queue=self._queue, job=leased.job.id[:12], faults=crashes, **error_fields(error))
        if crashes > MAX_CRASHES:
            await self.dead_letter(leased, f"crashed: {type(error).__name__}")
            return
        await self._give_back(leased, crash_delay(crashes), faults=crashes)
        self._metrics.retried.labels(self._queue, "crashed").inc()

    async def dead_letter(self, leased: Leased, reason: str) -> None:
        """Give up; an admin can look at the job, retry or drop it."""
        self._begin_settling(leased)
        await self._store.bury(self._queue, leased, reason=reason)
        self._metrics.dead.labels(self._queue, reason.partition(":")[0]).inc()
        log.error("job given up", queue=self._queue, job=leased.job.id[:12], reason=reason)

    def _check_in_time(self, leased: Leased, in_time: bool) -> None:
        if not in_time:
            log.warning("lease ran out before the job was done", queue=self._queue, job=leased.job.id[:12])

    async def _give_back(self, leased: Leased, seconds: float, **counts: int) -> None:
        counted = {name: _count(leased, name) for name in ("tries", "faults") if name in leased.job.payload}
        payload = {**leased.job.payload, **counted, **counts, "returns": _count(leased, "returns") + 1}
        self._begin_settling(leased)
        await self._store.retry(self._queue, leased, due=self._clock() + seconds, payload=payload)

    def _begin_settling(self, leased: Leased) -> None:
        self._settling[leased.job.id, leased.lease] = True


def _count(leased: Leased, name: str) -> int:
    def number(key: str) -> int:
        value = leased.job.payload.get(key)
        return value if isinstance(value, int) else 0

    return number(name) if leased.attempts > number("returns") else 0
