"""Runs coroutines in tasks of their own: isolated, in the background, or supervised."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

import structlog

T = TypeVar("T")
Work = Callable[[], Coroutine[Any, Any, object]]

_MIN_RESTART_SECONDS, _MAX_RESTART_SECONDS = 0.5, 5.0
_STABLE_SECONDS = 60.0
"""A loop that ran this long before it failed is restarted as if it had not failed before."""

_MAX_FRAMES = 5

log = structlog.get_logger(__name__)


async def run_isolated(
    work: Coroutine[Any, Any, object],
    *,
    heartbeat: Callable[[], Awaitable[bool]] | None = None,
    heartbeat_seconds: float | None = None,
) -> BaseException | None:
    """Run `work` in a task of its own and return what it raised, so that a bug in one job cannot end the others.

    `heartbeat` is awaited every `heartbeat_seconds` meanwhile; the work is cancelled once it returns False.
    Cancelling the caller cancels the work.
    """
    task = asyncio.ensure_future(work)
    try:
        done: set[asyncio.Future[object]] = set()
        while not done:
            done, _ = await asyncio.wait({task}, timeout=heartbeat_seconds)
            if not done and heartbeat is not None and not await heartbeat():
                break
    finally:
        task.cancel()
    await asyncio.wait({task})
    return asyncio.CancelledError() if task.cancelled() else task.exception()


def error_fields(error: BaseException) -> dict[str, object]:
    """Return log fields for an exception: its type and location, never its message, which may quote people."""
    frames = traceback.extract_tb(error.__traceback__)[-_MAX_FRAMES:]
    return {"error": type(error).__name__, "at": [f"{f.filename}:{f.lineno} {f.name}" for f in frames]}


async def wait_until_set(event: asyncio.Event, seconds: float) -> bool:
    """Wait for `event`, at most this long; return whether it is set."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


async def supervise(
    name: str,
    loop: Work,
    stopping: asyncio.Event,
    *,
    on_restart: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Run `loop` until it returns or `stopping` is set; restart it when it fails, after a growing pause."""
    pause = _MIN_RESTART_SECONDS
    while not stopping.is_set():
        began = clock()
        error = await run_isolated(loop())
        if error is None:
            return
        on_restart(name)
        log.error("background loop failed", loop=name, **error_fields(error))
        stable = clock() - began > _STABLE_SECONDS
        pause = _MIN_RESTART_SECONDS if stable else min(2 * pause, _MAX_RESTART_SECONDS)
        await wait_until_set(stopping, pause)


class BackgroundTasks:
    """Tasks that nobody awaits. A failure is logged at once; leaving the block cancels what still runs."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run `work` concurrently with everything else."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finish)
        return task

    async def close(self, seconds: float = 0.0) -> int:
        """Wait at most `seconds` for what runs, then cancel the rest; return how many were cancelled."""
        if self._tasks and seconds:
            await asyncio.wait(set(self._tasks), timeout=seconds)
        left = set(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return len(left)

    def _finish(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("background work failed", exc_info=error)
