"""T26: nobody can make one webhook cost hundreds of calls: conversations and people have a limit."""

from __future__ import annotations

from pathlib import Path

from sandbox.teams import ALICE, BOB, CHANNEL, GROUP, Chat, TeamsUser
from sandbox.teams_cards import words
from tests.support.conversations import typed
from tests.support.world import World, running

HERE = "This conversation can have 2 subscriptions. Remove one first"
MINE = "You can have 3 subscriptions. Remove one"


async def subscribe(world: World, user: TeamsUser, chat: Chat, what: str) -> str:
    posted = await typed(world, user, chat, f"subscribe DEMO {what}")
    return f"{posted.activity.get('text', '')} {words(posted.card)}"


async def test_t26_a_conversation_and_a_person_have_so_many_subscriptions_and_no_more(tmp_path: Path) -> None:
    limits = {"MAX_CONVERSATION_SUBSCRIPTIONS": "2", "MAX_PERSON_SUBSCRIPTIONS": "3"}
    async with running(tmp_path, contract=None, **limits) as world:
        await world.link(ALICE)
        await world.link(BOB)
        assert HERE not in await subscribe(world, ALICE, CHANNEL, "created")
        assert HERE not in await subscribe(world, ALICE, CHANNEL, "created where priority = High")
        assert HERE in await subscribe(world, ALICE, CHANNEL, "created where priority = Low")
        assert HERE in await subscribe(world, BOB, CHANNEL, "created")
        # What is there already can be changed.
        assert HERE not in await subscribe(world, ALICE, CHANNEL, "created commented")
        assert MINE not in await subscribe(world, ALICE, GROUP, "created")
        assert MINE in await subscribe(world, ALICE, GROUP, "created where priority = High")
        assert MINE not in await subscribe(world, BOB, GROUP, "created")


async def test_t26_an_event_is_read_once_a_subscriber_however_many_subscriptions_want_it(world: World) -> None:
    await world.link(ALICE)
    for number in range(8):
        await subscribe(world, ALICE, CHANNEL, f"created where labels = other{number}")
    await subscribe(world, ALICE, CHANNEL, "created where labels = wanted")
    before = len(world.jira_calls())
    async with world.teams.expecting(CHANNEL, lambda p: "Told once" in words(p.card)):
        key = world.create_issue("DEMO", "Told once", labels=["wanted"])
    reads = [path for method, path in world.jira_calls()[before:] if method == "GET" and path.endswith(f"/{key}")]
    assert len(reads) == 1
