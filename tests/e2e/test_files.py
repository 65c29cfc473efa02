"""Files of a typed message: they are not sent to Jira, and nobody is left in the belief that they are."""

from __future__ import annotations

import json

import pytest

from sandbox.teams import ALICE, CHANNEL, GROUP, Chat, Posted, personal
from sandbox.teams_cards import actions, links, words
from tests.support.rows import Row
from tests.support.world import World

OWN_CHAT = personal(ALICE)
SENTENCE = "Files can't be sent to Jira from here yet."


async def say(world: World, text: str, chat: Chat = OWN_CHAT, **more: object) -> Posted:
    async with world.teams.expecting(chat) as got:
        await world.teams.say(ALICE, chat, text, **more)  # type: ignore[arg-type]
    return got[0]


def says(posted: Posted) -> str:
    return f"{posted.text} {words(posted.card)}"


@pytest.mark.parametrize("chat", [OWN_CHAT, CHANNEL, GROUP])
async def test_a_comment_is_added_and_its_file_is_not(world: World, chat: Chat, row: Row) -> None:
    await world.link()
    attached: list[dict[str, object]] = [
        {"files": ("a.txt",)},
        {"pictures": 1},
        {"files": ("a.txt",), "pictures": 2},
    ]
    for more in attached:
        with row(more):
            answer = await say(world, "comment DEMO-1 look", chat, **more)
            assert "Comment added" in words(answer.card)
            assert SENTENCE in words(answer.card)
            assert any(link.endswith("/browse/DEMO-1") for link in links(answer.card))
            assert world.sandbox.site.issues["DEMO-1"].attachments == []


@pytest.mark.parametrize("chat", [OWN_CHAT, CHANNEL])
async def test_without_a_file_nothing_is_said_of_files(world: World, chat: Chat, row: Row) -> None:
    await world.link()
    for text in ("comment DEMO-1 look", "show DEMO-1", "help", "gibberish of sorts"):
        with row(text):
            assert SENTENCE not in says(await say(world, text, chat))


async def test_a_preview_of_a_link_and_a_quote_are_no_files(world: World) -> None:
    await world.link()
    card = await say(world, "DEMO-1")
    assert SENTENCE not in says(await say(world, "comment looks good", quoting=card))
    preview = {"id": "7", "contentType": "application/vnd.microsoft.card.adaptive", "content": {"body": []}}
    html = {"contentType": "text/html", "content": 'comment DEMO-1 look<attachment id="7"></attachment>'}
    more: dict[str, object] = {"text": "comment DEMO-1 look", "attachments": [html, preview]}
    async with world.teams.expecting(OWN_CHAT) as got:
        await world.teams.post(world.teams.activity(ALICE, OWN_CHAT, "message", **more))
    assert SENTENCE not in says(got[0])


async def test_what_waits_for_the_link_to_jira_says_it_when_it_is_done(world: World) -> None:
    connect = await say(world, "comment DEMO-1 look", files=("a.txt",))
    assert SENTENCE not in says(connect)
    async with world.teams.expecting(OWN_CHAT, lambda p: "Comment added" in words(p.card)) as got:
        await world.follow(connect, ALICE)
    assert f"{SENTENCE} Open DEMO-1 in Jira and attach them there: a.txt" in words(got[0].card)


async def test_t29_the_name_of_a_file_is_only_shown(world: World) -> None:
    await world.link()
    answer = await say(world, "comment DEMO-1 look", files=("[x](https://evil.example) <at>Bob</at>\u202e.txt",))
    assert "https://evil.example" not in links(answer.card)
    assert "<at>" not in json.dumps(answer.card)
    assert "\u202e" not in json.dumps(answer.card, ensure_ascii=False)


async def test_a_press_says_nothing_of_files(world: World) -> None:
    await world.link()
    card = await say(world, "DEMO-1", files=("a.txt",))
    assert SENTENCE in words(card.card)
    [button] = actions(card.card, "issue.comment")
    pressed = await world.teams.press(ALICE, OWN_CHAT, card.id, button, {"comment": "look"})
    assert "Comment added" in words(pressed.card)
    assert SENTENCE not in words(pressed.card)
