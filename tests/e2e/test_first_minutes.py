"""What a newcomer sees first: the welcome, and help, which know whether the person is linked."""

from __future__ import annotations

import pytest

from sandbox.teams import ALICE, CHANNEL, Chat, Posted, personal
from sandbox.teams_cards import links, words
from tests.support.world import World

PLACES = [personal(ALICE), CHANNEL]


async def ask_help(world: World, chat: Chat) -> Posted:
    async with world.teams.expecting(chat) as answers:
        await world.teams.say(ALICE, chat, "hi")
    return answers[0]


@pytest.mark.parametrize("chat", PLACES, ids=["personal", "channel"])
async def test_help_offers_a_link_only_to_those_without_one(world: World, chat: Chat) -> None:
    assert "Connect Jira" in words((await ask_help(world, chat)).card)
    await world.link()
    assert "Connect Jira" not in words((await ask_help(world, chat)).card)


async def test_help_shows_what_works_where_it_is_asked_for(world: World) -> None:
    alone, together = words((await ask_help(world, PLACES[0])).card), words((await ask_help(world, CHANNEL)).card)
    assert "notify [assigned" in alone
    assert "subscribe PROJ" not in alone
    assert "subscribe PROJ" in together
    assert "notify [assigned" not in together


async def welcome(world: World) -> Posted:
    chat = personal(ALICE)
    async with world.teams.expecting(chat, lambda p: "Jira in Teams" in words(p.card)) as shown:
        await world.teams.install(ALICE, chat)
    return shown[0]


async def test_welcome_offers_a_link(world: World) -> None:
    assert len(links((await welcome(world)).card)) == 1


async def test_welcome_knows_who_is_linked(world: World) -> None:
    await world.link()
    card = (await welcome(world)).card
    assert "You're connected to Jira as Alice Example" in words(card)
    assert links(card) == []
