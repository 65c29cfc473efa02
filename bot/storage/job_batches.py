"""Puts jobs together: those that come while some are being put go with the next ones, in one commit."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.storage.base import StoreUnavailableError

MAX_SECONDS: Final = 1.8
"""For a job to be put: Jira waits for the answer to a delivery."""
MAX_BYTES: Final = 1 << 20
"""Of the jobs that are put together; a single one may be larger."""

JobFields = Mapping[str, Any]
"""A job as an engine puts it."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A job to be put, and the answer to whoever gave it."""

    fields: JobFields
    size: int
    put: asyncio.Future[bool]


class JobBatches:
    """Batches the jobs of one queue. `put` puts up to `max_jobs` and says of each whether it is new."""

    def __init__(self, put: Callable[[Sequence[JobFields]], Awaitable[Sequence[bool]]], max_jobs: int) -> None:
        self._put, self._max_jobs = put, max_jobs
        self._waiting: deque[_Waiting] = deque()
        self._deadlines: deque[tuple[float, asyncio.Future[bool]]] = deque()
        """By when (time of the event loop) each job is put. Most are long before: one timer is enough for all."""
        self._timer: asyncio.TimerHandle | None = None
        self._putting: asyncio.Task[None] | None = None

    async def add(self, fields: JobFields, size: int) -> bool:
        """Return whether the job, of `size` bytes, is new, once it is put; raises what `put` raises.

        Raises `StoreUnavailableError` after `MAX_SECONDS`. A job that is being put then, or when the caller stops
        waiting, is put all the same; one that still waits is not, so that nothing piles up before a hanging disk.
        """
        loop = asyncio.get_running_loop()
        job = _Waiting(fields, size, loop.create_future())
        self._waiting.append(job)
        self._deadlines.append((loop.time() + MAX_SECONDS, job.put))
        if self._timer is None:
            self._timer = loop.call_at(self._deadlines[0][0], self._give_up_late, loop)
        if self._putting is None:
            self._putting = asyncio.create_task(self._put_waiting())
        return await job.put

    def _give_up_late(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._deadlines and self._deadlines[0][0] <= loop.time():
            _, put = self._deadlines.popleft()
            if not put.done():
                put.set_exception(StoreUnavailableError("The store took too long."))
        self._drop_answered()
        self._timer = None
        if self._deadlines:
            self._timer = loop.call_at(self._deadlines[0][0], self._give_up_late, loop)

    async def _put_waiting(self) -> None:
        batch: list[_Waiting] = []
        try:
            while batch := self._take_batch():
                await self._put_batch(batch)
        finally:
            self._putting = None
            for job in [*batch, *self._waiting]:  # none still waits unless this task was cancelled
                job.put.cancel()
            self._waiting.clear()

    def _take_batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size = 0
        self._drop_answered()
        while self._waiting and len(batch) < self._max_jobs:
            size += self._waiting[0].size
            if batch and size > MAX_BYTES:
                break
            batch.append(self._waiting.popleft())
            self._drop_answered()
        return batch

    def _drop_answered(self) -> None:
        """Drop the jobs, up to the first that somebody waits for, whose callers have given up."""
        while self._waiting and self._waiting[0].put.done():
            self._waiting.popleft()

    async def _put_batch(self, batch: Sequence[_Waiting]) -> None:
        try:
            are_new = await self._put([job.fields for job in batch])
        except Exception as error:  # noqa: BLE001  # it is raised where the job was given
            for job in batch:
                if not job.put.done():
                    job.put.set_exception(error)
        else:
            for job, is_new in zip(batch, are_new, strict=True):
                if not job.put.done():
                    job.put.set_result(is_new)
