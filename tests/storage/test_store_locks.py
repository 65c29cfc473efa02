"""Named locks, for both engines and among processes."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from bot.storage.base import Store
from bot.storage.postgres import PostgresStore

HOLDER = """
import asyncio, sys
from bot.storage.postgres import PostgresStore

async def main():
    store = PostgresStore(sys.argv[1], pool_size=2)
    await store.open()
    async with store.lock("grant", seconds=5):
        print("held", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
    print("freed", flush=True)
    await store.close()

asyncio.run(main())
"""


async def test_one_holder_at_a_time(store: Store) -> None:
    inside = most = 0

    async def work() -> None:
        nonlocal inside, most
        async with store.lock("grant", seconds=20):
            inside += 1
            most = max(most, inside)
            await store.put("people", "a", {})
            inside -= 1

    await asyncio.gather(*(work() for _ in range(20)))
    assert most == 1


async def test_other_names_are_free_and_a_held_one_times_out(store: Store) -> None:
    async with store.lock("a"), store.lock("b"):
        with pytest.raises(TimeoutError):
            async with store.lock("a", seconds=0.05):
                pytest.fail("two holders")
    async with store.lock("a", seconds=1):
        pass


async def test_a_lock_is_freed_when_its_holder_fails_or_is_cancelled(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        async with store.lock("a"):
            raise ZeroDivisionError
    held = asyncio.Event()

    async def hold() -> None:
        async with store.lock("a"):
            held.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await held.wait()
    waiter = asyncio.create_task(hold())
    await asyncio.sleep(0)
    waiter.cancel()
    task.cancel()
    await asyncio.gather(task, waiter, return_exceptions=True)
    async with store.lock("a", seconds=1):
        pass


async def test_many_locks_are_held_at_once_beside_the_pool(store: Store) -> None:
    gate = asyncio.Event()
    holding = asyncio.Semaphore(0)

    async def hold(n: int) -> None:
        async with store.lock(f"n{n}", seconds=30):
            holding.release()
            await gate.wait()

    tasks = [asyncio.create_task(hold(n)) for n in range(100)]
    for _ in tasks:
        await holding.acquire()
    await store.put("people", "a", {})
    gate.set()
    await asyncio.gather(*tasks)


async def test_f02_two_replicas_exclude_each_other(dsn: str) -> None:
    one, two = PostgresStore(dsn, pool_size=2), PostgresStore(dsn, pool_size=2)
    await one.open()
    await two.open()
    async with one.lock("a"):
        with pytest.raises(TimeoutError):
            async with two.lock("a", seconds=0.2):
                pytest.fail("two holders")
    async with two.lock("a", seconds=1):
        pass
    await one.close()
    await two.close()


@pytest.mark.parametrize("end", ["leave", "kill"])
async def test_f04_a_process_that_dies_frees_its_locks(dsn: str, end: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, dsn, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert await process.stdout.readline() == b"held\n"
    store = PostgresStore(dsn, pool_size=2)
    await store.open()
    with pytest.raises(TimeoutError):
        async with store.lock("grant", seconds=0.1):
            pytest.fail("two holders")
    if end == "kill":
        process.kill()
    else:
        process.stdin.write(b"\n")
    async with store.lock("grant", seconds=10):
        pass
    await store.close()
    await process.communicate()


async def test_locks_outlive_the_closing_of_nothing(engine: Any) -> None:
    """A store that was closed while a lock was held leaves the name free for the next."""
    first = engine.make()
    await first.open()
    async with first.lock("a"):
        await first.close()
    second = engine.make()
    await second.open()
    async with second.lock("a", seconds=2):
        pass
    await second.close()
