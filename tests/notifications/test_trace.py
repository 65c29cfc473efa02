"""`trace DELIVERY`: what became of a delivery and of each message that came of it."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from bot.chat.messages import DeliveryRefusedError
from bot.notifications.messages import INBOX
from bot.notifications.trace import Trace
from bot.storage.base import Job
from tests.support.admin import run_action
from tests.support.notifications.bench import Bench
from tests.support.notifications.payloads import HERE, THERE, delivery


async def shown(bench: Bench, name: str) -> tuple[int, str]:
    return await run_action(bench.store, "trace", name)


async def arrive(bench: Bench, body: dict[str, object], name: str) -> None:
    payload = {"body": body, "delivery": name, "received": bench.clock()}
    await bench.store.enqueue(INBOX, Job(f"{name}-hash", payload, keys=(f"delivery:jira-{name}",)))


async def traced(bench: Bench, name: str, steps: int) -> None:
    """Wait until so many steps are recorded: a step is after the job that it tells of."""
    record = Trace(bench.store, clock=bench.clock)
    async with asyncio.timeout(10):
        while len(await record.steps_of(name)) < steps:
            await bench.store.arrival("quiet", seconds=0.02)


async def test_the_life_of_one_event(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.subscribe(THERE)
    running.teams.answers[THERE.id].append(DeliveryRefusedError("no"))
    await arrive(running, delivery(), "abc123")
    await traced(running, "abc123", 3)
    for name in ("abc123", "jira-abc123"):
        status, text = await shown(running, name)
        assert status == 0
        assert "created: wanted by 2 subscriptions, 2 new messages" in text
        assert "delivered as card" in text
        assert "given up: refused by Teams" in text
        assert "PROJ-1" in text
    assert len(await Trace(running.store, clock=running.clock).steps_of("abc123")) == 3


async def test_each_digest_that_came_of_one_event_is_shown(bench: Bench) -> None:
    trail = Trace(bench.store, clock=bench.clock)
    for place in (HERE, THERE):
        payload = {"delivery": "abc123", "conversation": asdict(place)}
        await trail.record_message(Job(f"digest:{place.tenant}/{place.id}:7", payload), "delivered as digest")
    assert {step.conversation.rpartition("/")[2] for step in await trail.steps_of("abc123")} == {HERE.id, THERE.id}


async def test_what_was_ignored_says_why(running: Bench) -> None:
    await arrive(running, {"webhookEvent": "board_created"}, "ffff")
    await traced(running, "ffff", 1)
    assert "ignored: not told" in (await shown(running, "ffff"))[1]


async def test_an_unknown_delivery(running: Bench) -> None:
    status, text = await shown(running, "0" * 64)
    assert (status, "Nothing is known" in text) == (1, True)
