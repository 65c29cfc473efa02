"""Periodic tasks that run on one replica at a time."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import structlog

from bot.jobs.tasks import Work, error_fields, run_isolated, wait_until_set
from bot.storage.base import Store, StoreError
from bot.storage.table import Table

TABLE = "rounds"
_MAX_FIRST_DELAY_SECONDS = 3.0
_LOCK_TIMEOUT = 0.5
_SETTLE_SECONDS = 2.0
"""How long to wait for further triggers: several changes in a row are one occasion."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _LastRun:
    """When a task last began on any replica (Unix seconds)."""

    at: float


class PeriodicTask:
    """Runs `work` every `every` seconds (with jitter) while the block runs, and soon after `trigger` is set.

    `name` is shared by all replicas; the first run comes within seconds. `clock` gives Unix seconds.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        work: Work,
        *,
        every: float,
        trigger: asyncio.Event | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._name, self._work = store, name, work
        self._every, self._clock = every, clock
        self._rng = random.Random()  # noqa: S311  # jitter, not a secret
        self._last_runs = Table(store, TABLE, _LastRun)
        self._trigger = trigger or asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def run_once(self, *, force: bool = False) -> None:
        """Run unless another replica is at it or, without `force`, did it a short while ago."""
        self._trigger.clear()
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._store.lock(f"round:{self._name}", seconds=_LOCK_TIMEOUT))
            except TimeoutError:
                log.debug("another replica does it", round=self._name)
                if force:
                    self._trigger.set()
                return
            last = await self._last_runs.get(self._name)
            if not force and last is not None and 0 <= self._clock() - last.at < self._every / 2:
                return
            await self._last_runs.put(self._name, _LastRun(self._clock()))
            await self._work()

    async def _run(self) -> None:
        await self._pause(_MAX_FIRST_DELAY_SECONDS * self._rng.uniform(0.3, 1.0))
        while True:
            error = await run_isolated(self.run_once(force=self._trigger.is_set()))
            if isinstance(error, StoreError):
                log.warning("round put off", round=self._name, error=str(error))
            elif isinstance(error, Exception):
                log.error("round failed", round=self._name, **error_fields(error))
            await self._pause(self._every * self._rng.uniform(0.8, 1.2))

    async def _pause(self, seconds: float) -> None:
        began = asyncio.get_running_loop().time()
        if await wait_until_set(self._trigger, seconds):
            left = began + seconds - asyncio.get_running_loop().time()
            await asyncio.sleep(max(0.0, min(_SETTLE_SECONDS, left)))
