"""Work that one replica does every few minutes, for all."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack

import structlog

from bot.jobs.outcome import fault_of, told_of
from bot.storage.base import Store, StoreError

TABLE = "rounds"
_FIRST_AFTER = 3.0
_LOCK_PATIENCE = 0.5
_SETTLE = 2.0

log = structlog.get_logger()


class Rounds:
    """Runs `work` every `every` seconds (with jitter), and soon after `ask`, in one replica at a time."""

    def __init__(
        self,
        store: Store,
        name: str,
        work: Callable[[], Coroutine[object, object, None]],
        *,
        every: float,
        clock: Callable[[], float],
        rng: random.Random | None = None,
    ) -> None:
        self._store, self._name, self._work = store, name, work
        self._every, self._clock = every, clock
        self._rng = rng or random.Random()  # noqa: S311  # jitter, not a secret
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Something has changed: do not wait for the next round."""
        self._asked.set()

    async def run(self) -> None:
        """Until cancelled. A round that fails is told in the log; the next one comes all the same."""
        await self._pause(_FIRST_AFTER * self._rng.uniform(0.3, 1.0))
        while True:
            fault = await fault_of(self.once(at_once=self._asked.is_set()))
            if isinstance(fault, StoreError):
                log.warning("round put off", round=self._name, error=str(fault))
            elif isinstance(fault, Exception):
                log.error("round failed", round=self._name, **told_of(fault))
            await self._pause(self._every * self._rng.uniform(0.8, 1.2))

    async def once(self, *, at_once: bool = False) -> None:
        """One round, unless another replica is at it or, without `at_once`, has just done one."""
        self._asked.clear()
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._store.lock(f"round:{self._name}", seconds=_LOCK_PATIENCE))
            except TimeoutError:
                log.debug("another replica does it", round=self._name)
                if at_once:
                    self._asked.set()
                return
            last = await self._store.get(TABLE, self._name)
            began = last.value.get("at") if last else None
            if not at_once and isinstance(began, float) and 0 <= self._clock() - began < self._every / 2:
                return
            await self._store.put(TABLE, self._name, {"at": self._clock()})
            await self._work()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._asked.wait()
                # Several changes in a row are one occasion.
                await asyncio.sleep(min(_SETTLE, seconds))
        except TimeoutError:
            return
