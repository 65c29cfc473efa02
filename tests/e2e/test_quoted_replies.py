"""Whoever quotes a message of the bot means its issue."""

from __future__ import annotations

import pytest

from sandbox.teams import ALICE, BOB, CHANNEL, Chat, Posted, TeamsUser, personal
from sandbox.teams_cards import actions, words
from tests.support.rows import Row
from tests.support.world import World

OWN_CHAT = personal(ALICE)


async def answer(
    world: World, text: str, chat: Chat = OWN_CHAT, user: TeamsUser = ALICE, *, quoting: Posted | None = None
) -> Posted:
    async with world.teams.expecting(chat) as got:
        await world.teams.say(user, chat, text, quoting=quoting)
    return got[0]


def said(posted: Posted) -> str:
    return f"{posted.text} {words(posted.card)}"


OF_QUOTED = [
    ("comment looks good", "Comment added"),
    ("assign me", "Assigned to you"),
    ("move in progress", "Moved to In Progress"),
    ("watch", "You're watching"),
    ("log 1h", "Logged 1h"),
    ("priority high", "High"),
    ("it", "DEMO-1"),
    ("watch it", "You're watching"),
]


@pytest.mark.parametrize("chat", [OWN_CHAT, CHANNEL])
async def test_a_command_without_an_issue_is_about_the_quoted_card(world: World, chat: Chat, row: Row) -> None:
    await world.link()
    for text, expected in OF_QUOTED:
        with row(text):
            card = await answer(world, "DEMO-1", chat)
            await answer(world, "DEMO-2", chat)
            reply = said(await answer(world, text, chat, quoting=card))
            assert "DEMO-1" in reply
            assert expected in reply


async def test_an_issue_that_is_named_counts_more_than_the_quoted_one(world: World) -> None:
    await world.link()
    card = await answer(world, "DEMO-1")
    assert "DEMO-2" in said(await answer(world, "watch DEMO-2", quoting=card))


async def test_another_persons_card_in_a_channel_can_be_quoted(world: World) -> None:
    await world.link(ALICE)
    await world.link(BOB)
    card = await answer(world, "DEMO-1", CHANNEL)
    assert "DEMO-1" in said(await answer(world, "comment me too", CHANNEL, BOB, quoting=card))


async def test_what_the_bot_told_by_itself_can_be_quoted(world: World) -> None:
    await world.link()
    await answer(world, "subscribe DEMO", CHANNEL)
    async with world.teams.expecting(CHANNEL, lambda p: "New one" in words(p.card)) as got:
        key = world.create_issue("DEMO", "New one")
    assert key in said(await answer(world, "watch", CHANNEL, quoting=got[0]))


async def test_a_row_that_was_opened_in_place_of_its_list_is_what_the_message_is_about(world: World) -> None:
    await world.link()
    posted = await answer(world, "reported")
    row = actions(posted.card, "issue.show")[0]
    await world.teams.press(ALICE, OWN_CHAT, posted.id, row)
    key = row["data"]["issue"]  # type: ignore[index]
    assert str(key) in said(await answer(world, "watch", quoting=posted))


async def test_a_quote_of_something_else_names_no_issue(world: World) -> None:
    await world.link()
    await answer(world, "DEMO-1")
    other = Posted("1", OWN_CHAT.id, {"text": "Lunch?"})
    calls = len(world.jira_calls())
    assert "Comment added" not in said(await answer(world, "comment yes", quoting=other))
    assert len(world.jira_calls()) == calls
