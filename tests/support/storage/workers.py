"""Many workers on one queue, watched for what must never happen."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from bot.storage.base import Job, Leased, Store

JOBS = 200


async def work_off(stores: Sequence[Store]) -> None:
    """Put jobs of 15 groups and of none, and work them off with several workers a store."""
    for n in range(JOBS):
        group = f"g{n % 20}" if n % 4 else ""
        assert await stores[n % len(stores)].enqueue("work", Job(f"{n:03}", {}, group=group))
    running: set[str] = set()
    finished: list[str] = []
    order: dict[str, list[str]] = defaultdict(list)

    async def run(store: Store, leased: Leased) -> None:
        names = {leased.job.id, leased.job.group} - {""}
        assert leased.attempts == 1
        assert running.isdisjoint(names)
        running.update(names)
        order[leased.job.group].append(leased.job.id)
        await asyncio.sleep(0)
        running.difference_update(names)
        finished.append(leased.job.id)
        assert await store.done("work", leased, remember=60)

    async def work(store: Store) -> None:
        while len(finished) < JOBS:
            leased = await store.lease("work", limit=3, seconds=60)
            await asyncio.gather(*(run(store, one) for one in leased))

    await asyncio.gather(*(work(store) for store in stores for _ in range(3)))
    assert sorted(finished) == [f"{n:03}" for n in range(JOBS)]
    assert all(jobs == sorted(jobs) for group, jobs in order.items() if group)
