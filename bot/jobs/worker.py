"""Keeps a queue's jobs moving: many groups at once, one job of a group at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import structlog

from bot.jobs.outcome import Settler, fault_of
from bot.storage.base import Leased, Store, StoreError

log = structlog.get_logger()


class Pump:
    """Leases jobs and runs `handle` on each, at most `most` at a time; a slow one holds up its group alone."""

    def __init__(
        self,
        store: Store,
        queue: str,
        handle: Callable[[Leased], Coroutine[object, object, None]],
        settler: Settler,
        *,
        lease: float,
        most: int = 64,
        poll: float = 0.5,
    ) -> None:
        self._store, self._queue, self._handle, self._settler = store, queue, handle, settler
        self._lease, self._most, self._poll = lease, most, poll
        self._running: set[asyncio.Task[None]] = set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Until `stopping` is set. Raises `StoreError`; jobs under way go on, and `run` may be called again."""
        while not stopping.is_set():
            free = self._most - len(self._running)
            leased = await self._store.lease(self._queue, limit=free, seconds=self._lease) if free else []
            for one in leased:
                task = asyncio.create_task(self._one(one))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            if not leased:
                await self._until_something_happens(stopping)

    async def drain(self, seconds: float) -> int:
        """Let jobs under way finish, then cancel what is left: their leases run out; how many were cancelled."""
        if self._running:
            await asyncio.wait(set(self._running), timeout=seconds)
        left = set(self._running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return len(left)

    async def _until_something_happens(self, stopping: asyncio.Event) -> None:
        """A job was put, one under way ended (its group may have another), or it is time to look at due ones."""
        arrival = asyncio.create_task(self._store.arrival(self._queue, seconds=self._poll))
        stop = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait({arrival, stop, *self._running}, return_when=asyncio.FIRST_COMPLETED)
            if arrival.done():
                arrival.result()
        finally:
            arrival.cancel()
            stop.cancel()

    async def _one(self, leased: Leased) -> None:
        fault = await fault_of(self._handle(leased))
        end = asyncio.get_running_loop().time() + self._lease
        while fault is not None:
            try:
                if isinstance(fault, StoreError):
                    await self._settler.failed(leased, "store")
                elif isinstance(fault, Exception):
                    await self._settler.crashed(leased, fault)
            except StoreError as error:
                # Else its conversation would wait for the lease, long after the store is back.
                if asyncio.get_running_loop().time() < end:
                    await asyncio.sleep(self._poll)
                    continue
                log.warning("job left to its lease", queue=self._queue, job=leased.job.id[:12], error=str(error))
            return
