"""T43: one person cannot use up the requests that Jira allows for all, neither by typing nor by subscribing."""

from __future__ import annotations

import asyncio

from sandbox.teams import ALICE, BOB, CHANNEL, personal
from sandbox.teams_cards import words
from tests.support.conversations import shown_to_all, typed
from tests.support.world import World

QUOTA = 400
LIMITED = "You've used your share of the requests that Jira allows per hour"


def refused_by_jira(world: World) -> int:
    return sum(request.status == 429 for request in world.sandbox.requests)


async def test_t43_who_asks_without_end_leaves_jiras_quota_to_the_others(world: World) -> None:
    await world.link(ALICE)
    await world.link(BOB)
    own_chat = personal(ALICE)
    await typed(world, ALICE, own_chat, "DEMO-1")
    world.sandbox.points.quota = QUOTA
    before = len(world.teams.messages(own_chat))
    for _ in range(10):
        await asyncio.gather(*(world.teams.say(ALICE, own_chat, "DEMO-1") for _ in range(25)))
    await world.teams.next(own_chat, lambda p: len(world.teams.messages(own_chat)) >= before + 250, 30)
    last = await typed(world, ALICE, own_chat, "DEMO-1")
    assert LIMITED in words(last.card) + last.text
    assert "Try again in" in words(last.card) + last.text
    for number in (1, 2, 3):
        assert f"DEMO-{number}" in words((await typed(world, BOB, personal(BOB), f"DEMO-{number}")).card)
    assert not refused_by_jira(world)


async def test_t43_a_flood_of_one_subscribers_events_keeps_neither_others_nor_themselves_waiting(
    world: World,
) -> None:
    points = world.sandbox.points
    points.quota = 10_000
    await world.link(BOB)
    await world.link(ALICE)
    await typed(world, BOB, CHANNEL, "subscribe OPS created")
    await typed(world, BOB, personal(BOB), "DEMO-2")  # what is remembered of a site is read once
    await typed(world, ALICE, CHANNEL, "subscribe DEMO created")
    points.quota = points.used + 18
    for number in range(9):
        world.create_issue("DEMO", f"Flood {number}")
    async with world.teams.expecting(CHANNEL, lambda p: "Bob's matter" in words(p.card)):
        world.create_issue("OPS", "Bob's matter")
    told = shown_to_all(world, CHANNEL)
    assert 0 < sum(f"Flood {number}" in told for number in range(9)) < 9
    assert "DEMO-1" in words((await typed(world, ALICE, personal(ALICE), "DEMO-1")).card)
    assert not refused_by_jira(world)
