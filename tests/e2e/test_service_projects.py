"""In a service project a comment from Teams reaches the customer only if it was meant to."""

from __future__ import annotations

import pytest

from sandbox.teams import ALICE, CHANNEL, Answer, Chat, Posted, personal
from sandbox.teams_cards import actions, words
from tests.support.commands.grammar_player import Player
from tests.support.commands.grammar_rows import Begun, Sent
from tests.support.world import World

CHAT = personal(ALICE)


async def say(world: World, text: str, chat: Chat = CHAT, *, quoting: Posted | None = None) -> Posted:
    async with world.teams.expecting(chat) as got:
        await world.teams.say(ALICE, chat, text, quoting=quoting)
    return got[0]


def comments(world: World, key: str = "OPS-1") -> list[tuple[str, bool]]:
    """Who reads each comment of an issue: text and whether it is internal."""
    rows = world.sandbox.site.issues[key].comments
    return [(words_of(row.body), row.internal) for row in rows]


def words_of(node: object) -> str:
    if isinstance(node, dict):
        return str(node.get("text", "")) + "".join(map(words_of, node.get("content", [])))
    return ""


async def press(world: World, card: Posted, verb: str, chat: Chat = CHAT, **inputs: str) -> Answer:
    [button] = actions(card.card, verb)
    return await world.teams.press(ALICE, chat, card.id, button, inputs)


@pytest.mark.parametrize("chat", [CHAT, CHANNEL])
async def test_a_comment_is_an_internal_note(world: World, chat: Chat) -> None:
    await world.link()
    before = comments(world)
    answer = await say(world, "comment OPS-1 the customer is confused", chat)
    assert "Internal note added" in words(answer.card)
    assert comments(world) == [*before, ("the customer is confused", True)]


async def test_a_reply_reaches_the_customer(world: World) -> None:
    await world.link()
    before = comments(world)
    answer = await say(world, "reply OPS-1 We are working on it")
    assert "Reply sent to the customer" in words(answer.card)
    assert "visible to the customer" in words(answer.card)
    assert comments(world) == [*before, ("We are working on it", False)]


async def test_the_card_has_a_button_for_each(world: World) -> None:
    await world.link()
    card = await say(world, "OPS-1")
    titles = {verb: [a["title"] for a in actions(card.card, verb)] for verb in ("issue.comment", "issue.reply")}
    assert titles == {"issue.comment": ["Add internal note"], "issue.reply": ["Reply to customer"]}
    note = await press(world, card, "issue.comment", comment="psst")
    assert "internal note" in words(note.card)
    await press(world, await say(world, "OPS-1"), "issue.reply", comment="Hello")
    assert comments(world)[-2:] == [("psst", True), ("Hello", False)]


async def test_a_comment_made_from_a_message_or_by_quoting_a_card_is_a_note(world: World) -> None:
    await world.link()
    player = Player(world)
    await player.play(Begun("commentOnIssue", "<p>Angry words</p>", ""))
    filled = {"f_issue": "OPS-1", "f_comment": "Angry words"}
    answer = await player.play(Sent("commentOnIssue", "message.comment", "", filled))
    assert "Internal note added to OPS-1" in answer
    assert comments(world)[-1] == ("Angry words", True)
    card = await say(world, "OPS-1")
    await say(world, "comment between us", quoting=card)
    assert comments(world)[-1] == ("between us", True)


async def test_a_comment_on_the_screen_of_a_transition_is_a_note(world: World) -> None:
    await world.link()
    form = await say(world, "move OPS-1 to done")
    done = await press(world, form, "form.submit", f_resolution="10001", f_comment="Fixed by magic")
    assert "Moved to Done" in words(done.card)
    assert comments(world)[-1] == ("Fixed by magic", True)


async def test_elsewhere_a_comment_is_a_comment_and_there_is_no_customer_to_reply_to(world: World) -> None:
    await world.link()
    assert "Comment added" in words((await say(world, "comment DEMO-2 hello")).card)
    assert comments(world, "DEMO-2")[-1] == ("hello", False)
    before = comments(world, "DEMO-2")
    refused = await say(world, "reply DEMO-2 hello")
    assert "no customer" in refused.text
    assert "comment DEMO-2" in refused.text
    assert comments(world, "DEMO-2") == before
    assert not actions((await say(world, "DEMO-2")).card, "issue.reply")
