"""Coroutines in tasks of their own: isolated, in the background, supervised."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from bot.jobs.tasks import BackgroundTasks, error_fields, run_isolated, supervise


async def test_what_isolated_work_raises_is_returned() -> None:
    async def fails() -> None:
        raise KeyError("a name that people wrote")

    async def works() -> None:
        await asyncio.sleep(0)

    error = await run_isolated(fails())
    assert isinstance(error, KeyError)
    assert "people" not in str(error_fields(error))
    assert await run_isolated(works()) is None


async def test_isolated_work_is_cancelled_with_its_caller() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def waits() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    caller = asyncio.create_task(run_isolated(waits()))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await ended.wait()


async def test_isolated_work_goes_on_while_its_heart_beats() -> None:
    beats = 0

    async def beat() -> bool:
        nonlocal beats
        beats += 1
        return beats < 3

    error = await run_isolated(asyncio.Event().wait(), heartbeat=beat, heartbeat_seconds=0.001)
    assert isinstance(error, asyncio.CancelledError)
    assert beats == 3


async def test_a_supervised_loop_is_started_again_when_it_fails() -> None:
    runs: list[int] = []
    restarts: list[str] = []

    async def loop() -> None:
        runs.append(1)
        if len(runs) < 2:
            raise RuntimeError("unforeseen")

    await supervise("watch", loop, asyncio.Event(), on_restart=restarts.append)
    assert (len(runs), restarts) == (2, ["watch"])


async def test_a_supervised_loop_is_not_started_again_once_it_should_stop() -> None:
    stopping = asyncio.Event()

    async def loop() -> None:
        stopping.set()
        raise RuntimeError("unforeseen")

    await asyncio.wait_for(supervise("watch", loop, stopping, on_restart=lambda _: None), 5)


async def test_work_that_fails_in_the_background_is_said_at_once() -> None:
    async def work() -> None:
        raise RuntimeError("unforeseen")

    with capture_logs() as said:
        async with BackgroundTasks() as tasks:
            tasks.start(work())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert [line["event"] for line in said] == ["background work failed"]


async def test_background_work_is_waited_for_and_then_cancelled() -> None:
    done: list[str] = []
    go = asyncio.Event()

    async def quick() -> None:
        await go.wait()
        done.append("quick")

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            done.append("cancelled")

    tasks = BackgroundTasks()
    tasks.start(quick())
    tasks.start(endless())
    go.set()
    assert await tasks.close(0.05) == 1
    assert done == ["quick", "cancelled"]
