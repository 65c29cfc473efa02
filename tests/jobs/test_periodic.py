"""Periodic tasks: one replica at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.jobs.periodic import PeriodicTask
from bot.storage.base import Store
from bot.storage.factory import open_store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(f"tinydb://{tmp_path}/store")
    await store.open()
    yield store
    await store.close()


@pytest.mark.parametrize(("forced", "rounds"), [(False, 1), (True, 2)])
async def test_a_round_is_done_by_one_replica_unless_asked_for(store: Store, forced: bool, rounds: int) -> None:
    done: list[int] = []

    async def work() -> None:
        done.append(1)

    for _ in range(2):
        replica = PeriodicTask(store, "work", work, every=60.0)
        await replica.run_once(force=forced)
    assert len(done) == rounds


async def test_two_replicas_are_never_at_it_together(store: Store) -> None:
    begun, go, done = asyncio.Event(), asyncio.Event(), []

    async def work() -> None:
        begun.set()
        await go.wait()
        done.append(1)

    one, other = (PeriodicTask(store, "work", work, every=60.0) for _ in range(2))
    first = asyncio.create_task(one.run_once())
    await begun.wait()
    await other.run_once()
    go.set()
    await first
    assert done == [1]


async def test_a_round_whose_work_takes_too_long_is_not_taken_for_another_replicas(store: Store) -> None:
    async def work() -> None:
        raise TimeoutError("of the work")

    with pytest.raises(TimeoutError, match="of the work"):
        await PeriodicTask(store, "work", work, every=60.0).run_once(force=True)


async def test_a_trigger_brings_the_next_run_forward(store: Store) -> None:
    runs, trigger = asyncio.Queue[None](), asyncio.Event()

    async def work() -> None:
        runs.put_nowait(None)

    async with PeriodicTask(store, "work", work, every=3600.0, trigger=trigger), asyncio.timeout(20):
        await runs.get()
        trigger.set()
        await runs.get()


async def test_a_run_that_fails_does_not_end_the_task(store: Store) -> None:
    runs = asyncio.Queue[None]()

    async def work() -> None:
        runs.put_nowait(None)
        raise RuntimeError("unforeseen")

    async with PeriodicTask(store, "work", work, every=0.01), asyncio.timeout(20):
        for _ in range(3):
            await runs.get()
