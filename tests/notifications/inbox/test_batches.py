"""The worker takes many deliveries at once: no one of them may be to the others' harm."""

from __future__ import annotations

import asyncio

from bot.notifications.messages import INBOX
from bot.storage.base import Job
from tests.support.notifications.bench import Bench
from tests.support.notifications.payloads import HERE, delivery, issue


async def test_f21_a_delivery_that_cannot_be_noted_harms_no_other_of_its_batch(bench: Bench) -> None:
    await bench.subscribe(HERE)
    for number in (1, 2, 3):
        bench.jira.put(issue(number))
        name = "x" * 2000 if number == 2 else f"d{number}"
        payload = {"body": delivery(number=number), "delivery": name, "received": bench.clock()}
        await bench.store.enqueue(INBOX, Job(f"{number}", payload))
    await bench.service.start()
    says = await bench.told(HERE, 3)
    assert [text.partition("]")[0] for text in says] == ["[PROJ-1 Issue 1", "[PROJ-2 Issue 2", "[PROJ-3 Issue 3"]

    async def unfinished() -> int:
        stats = await bench.store.stats(INBOX)
        return stats.waiting + stats.leased

    async with asyncio.timeout(10):  # no lease runs out meanwhile: the clock stands
        while await unfinished() > 1:
            await bench.store.arrival("time", seconds=0.05)

    async def buried() -> bool:
        return [dead.job.id for dead in await bench.store.dead(INBOX)] == ["2"]

    while not await buried():
        bench.clock.now += 1.0
        await bench.store.arrival("time", seconds=0.05)
    assert await unfinished() == 0
