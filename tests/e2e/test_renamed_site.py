"""A site that gets another address: links, cards and subscriptions follow."""

from __future__ import annotations

from sandbox.teams import ALICE, CHANNEL, Chat, Posted, personal
from sandbox.teams_cards import links, words
from tests.support.world import World

CHAT = personal(ALICE)


async def say(world: World, text: str, chat: Chat = CHAT) -> Posted:
    async with world.teams.expecting(chat) as got:
        await world.teams.say(ALICE, chat, text)
    return got[0]


async def test_links_cards_and_subscriptions_follow_a_renamed_site(world: World) -> None:
    await world.link()
    await say(world, "subscribe DEMO", CHANNEL)
    old = world.sandbox.site.url
    new = old.replace("127.0.0.1", "localhost")
    world.sandbox.site.url = new
    shown = await say(world, f"{new}/browse/DEMO-1")
    assert "DEMO-1" in words(shown.card)
    assert f"{new}/browse/DEMO-1" in links(shown.card)
    assert "DEMO-2" in words((await say(world, f"{old}/browse/DEMO-2")).card)
    async with world.teams.expecting(CHANNEL, lambda p: "After the move" in words(p.card)):
        world.create_issue("DEMO", "After the move")


async def test_a_host_that_is_not_theirs_stays_foreign(world: World) -> None:
    await world.link()
    foreign = await say(world, "https://evil.example/browse/DEMO-1")
    assert "DEMO-1" not in words(foreign.card)
    assert "connect again" in foreign.text
