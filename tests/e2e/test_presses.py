"""Card buttons act as the presser: T20-T22, T50, and what is answered when something does not work."""

from __future__ import annotations

import asyncio
import json

import pytest

from sandbox.faults import Fault
from sandbox.teams import ALICE, BOB, CHANNEL, GROUP, Chat, Posted, TeamsUser, personal
from sandbox.teams_cards import actions, links, words
from tests.support.json_path import at
from tests.support.world import World


async def shown(world: World, chat: Chat, key: str = "DEMO-1", by: TeamsUser = ALICE) -> Posted:
    """Show an issue's card in a conversation."""
    async with world.teams.expecting(chat, lambda p: key in words(p.card)) as got:
        await world.teams.say(by, chat, key)
    return got[0]


def button(posted: Posted, verb: str, title: str = "") -> dict[str, object]:
    """Find a button of a posted card."""
    return next(a for a in actions(posted.card, verb) if title in str(a.get("title")))


def writes(world: World) -> list[tuple[str, str]]:
    """All calls that changed something in Jira."""
    reading = ("/search/jql", "/jql/parse", "/jql/match")
    return [c for c in world.jira_calls() if c[0] != "GET" and not c[1].endswith(reading)]


async def test_t22_press_acts_as_the_presser_and_everybody_sees_the_new_state(world: World) -> None:
    await world.link(ALICE)
    await world.link(BOB)
    card = await shown(world, CHANNEL)
    answer = await world.teams.press(BOB, CHANNEL, card.id, button(card, "issue.assign", "Assign to me"))
    assert answer.body["statusCode"] == 200
    assert "Bob B" in words(answer.card)
    assert "Bob B" in words(card.card)
    assert "you're watching" not in words(card.card)
    assert world.sandbox.requests[-2].method == "PUT"


async def test_unconnected_presser_gets_own_link_and_the_press_goes_on(world: World) -> None:
    await world.link(ALICE)
    card = await shown(world, CHANNEL)
    before = words(card.card)
    answer = await world.teams.press(BOB, CHANNEL, card.id, button(card, "issue.assign", "Assign to me"))
    assert "Continue with Microsoft" in words(answer.card)
    assert words(card.card) == before
    assert writes(world) == []
    await world.follow_url(links(answer.card)[0], BOB)
    await world.teams.next(CHANNEL, lambda p: p.id == card.id and "Bob B" in words(p.card))
    assert links(answer.card)[0] not in str([p.activity for p in world.teams.posts.values()])


@pytest.mark.parametrize("chat", [CHANNEL, GROUP], ids=lambda c: c.kind)
async def test_group_card_carries_no_link_only_a_button_answered_to_the_presser(world: World, chat: Chat) -> None:
    async with world.teams.expecting(chat) as got:
        await world.teams.say(ALICE, chat, "DEMO-1")
    assert links(got[0].card) == []
    assert "ticket" not in str(got[0].card)
    [connect] = actions(got[0].card, "account.connect")
    bobs = await world.teams.press(BOB, chat, got[0].id, connect)
    alices = await world.teams.press(ALICE, chat, got[0].id, connect)
    assert links(bobs.card) != links(alices.card)
    async with world.teams.expecting(chat, lambda p: "DEMO-1" in words(p.card)):
        await world.follow_url(links(alices.card)[0], ALICE)


async def test_what_was_typed_in_a_channel_waits_whole_and_off_the_card(world: World) -> None:
    await world.link(BOB)
    text = f"<at>Bob B</at> {'please look ' * 2_500}"
    async with world.teams.expecting(CHANNEL) as got:
        await world.teams.say(ALICE, CHANNEL, f"comment DEMO-1 {text}", mentions=(BOB,))
    assert len(json.dumps(got[0].card)) < 28_000
    [connect] = actions(got[0].card, "account.connect")
    answer = await world.teams.press(ALICE, CHANNEL, got[0].id, connect)
    async with world.teams.expecting(CHANNEL, lambda p: "Comment added" in words(p.card)):
        await world.follow_url(links(answer.card)[0], ALICE)
    mention, rest = at(world.sandbox.site.issues["DEMO-1"].comments[-1].body, "content", 0, "content")
    assert (mention["type"], len(rest["text"])) == ("mention", 30_000)


@pytest.mark.parametrize(
    "change",
    [
        {"issue": "DEMO-2"},
        {"site": "another-site"},
        {"transition": "999"},
        {"sig": ""},
        {"sig": "1.issue,site.AAAAAAAAAAAAAAAAAAAAAAAA"},
        {"sig": "ü.ü.ü"},
        {"issue": "../../myself"},
    ],
    ids=str,
)
async def test_t21_altered_button_makes_no_call_to_jira(world: World, change: dict[str, str]) -> None:
    await world.link()
    card = await shown(world, personal(ALICE))
    before = len(world.sandbox.requests)
    answer = await world.teams.press(ALICE, personal(ALICE), card.id, button(card, "issue.move"), change)
    assert "out of date" in words(answer.card)
    assert len(world.sandbox.requests) == before


async def test_t21_button_of_another_conversation_is_out_of_date(world: World) -> None:
    await world.link()
    card = await shown(world, CHANNEL)
    answer = await world.teams.press(ALICE, GROUP, card.id, button(card, "issue.assign"))
    assert "out of date" in words(answer.card)
    assert writes(world) == []


async def test_t21_button_of_ones_own_chat_works_there_alone(world: World) -> None:
    await world.link()
    card = await shown(world, personal(ALICE))
    for verb in ("issue.assign", "issue.move", "issue.edit"):
        answer = await world.teams.press(ALICE, GROUP, card.id, button(card, verb))
        assert "out of date" in words(answer.card)
    assert writes(world) == []


@pytest.mark.parametrize("verb", ["", "issue.delete", "made.up", "issue.move "])
async def test_unknown_verb_is_out_of_date(world: World, verb: str) -> None:
    await world.link()
    card = await shown(world, personal(ALICE))
    answer = await world.teams.press(ALICE, personal(ALICE), card.id, {**button(card, "issue.move"), "verb": verb})
    assert "out of date" in words(answer.card)
    assert writes(world) == []


async def test_t50_twenty_presses_at_once_write_once(world: World) -> None:
    await world.link()
    card = await shown(world, personal(ALICE))
    press = button(card, "issue.move")
    answers = await asyncio.gather(*(world.teams.press(ALICE, personal(ALICE), card.id, press) for _ in range(20)))
    assert {a.body["statusCode"] for a in answers} == {200}
    assert len(writes(world)) == 1


async def test_vanished_transition_is_told_on_a_fresh_card(world: World) -> None:
    await world.link(ALICE)
    await world.link(BOB)
    card = await shown(world, CHANNEL)
    start = button(card, "issue.move", "In Progress")
    await world.teams.press(ALICE, CHANNEL, card.id, start)
    answer = await world.teams.press(BOB, CHANNEL, card.id, start)
    assert "no longer available" in words(answer.card)
    assert "In Progress" in words(answer.card)
    assert "no longer available" not in words(card.card)


async def test_comment_is_written_as_the_presser_and_shown(world: World) -> None:
    await world.link()
    card = await shown(world, personal(ALICE))
    press = button(card, "issue.comment")
    answer = await world.teams.press(ALICE, personal(ALICE), card.id, press, {"comment": "Looks **good** to me"})
    assert "Looks good to me" in " ".join(words(answer.card).split())
    assert len(writes(world)) == 1
    empty = await world.teams.press(
        ALICE, personal(ALICE), card.id, button(card, "issue.comment"), {"comment": " "}
    )
    assert empty.body["statusCode"] == 200
    assert len(writes(world)) == 1


@pytest.mark.parametrize(
    ("verb", "inputs"), [("issue.log", {"time": "1h 30m"}), ("issue.vote", {}), ("issue.assign", {})]
)
async def test_other_buttons_work(world: World, verb: str, inputs: dict[str, str]) -> None:
    await world.link()
    card = await shown(world, personal(ALICE), "DEMO-2")
    answer = await world.teams.press(ALICE, personal(ALICE), card.id, button(card, verb), inputs)
    assert answer.body["type"] == "application/vnd.microsoft.card.adaptive"
    assert "DEMO-2" in words(answer.card)


@pytest.mark.parametrize(
    ("filled_in", "assigned"),
    [("Bob B", "Bob B"), ("bob@example.com", "Bob B"), ("712020:5f000000-0000-4000-8000-0000000000b1", "Bob B")],
)
async def test_assign_to_whom_somebody_filled_in(world: World, filled_in: str, assigned: str) -> None:
    await world.link()
    card = await shown(world, personal(ALICE))
    other = next(a for a in actions(card.card, "issue.assign") if a.get("associatedInputs") != "none")
    answer = await world.teams.press(ALICE, personal(ALICE), card.id, other, {"assignee": filled_in})
    assert assigned in words(answer.card)


async def test_permission_lost_is_said_on_the_card_that_may_be_seen(world: World) -> None:
    await world.link()
    card = await shown(world, personal(ALICE))
    world.sandbox.faults.add(Fault("PUT", "/assignee$", status=403))
    answer = await world.teams.press(ALICE, personal(ALICE), card.id, button(card, "issue.assign", "Assign to me"))
    assert "You don't have permission to do that in Jira." in words(answer.card)
    assert "DEMO-1" in words(answer.card)
    assert "doesn't exist" not in words(answer.card)


async def test_f14_answer_that_teams_did_not_take_is_said_to_be_lost(world: World) -> None:
    await world.link()
    world.teams.faults.add(Fault("POST", "/activities", status=500))
    async with world.teams.expecting(personal(ALICE)) as got:
        await world.teams.say(ALICE, personal(ALICE), "comment DEMO-1 hello")
    assert "Teams didn't deliver my answer" in got[0].text


async def test_f16_token_that_teams_refuses_is_not_asked_of_the_cache_again(world: World) -> None:
    await world.link()
    before = world.sandbox.microsoft.token_calls.count("client_credentials")
    world.teams.faults.add(Fault("POST", "/activities", status=401))
    async with world.teams.expecting(personal(ALICE)) as got:
        await world.teams.say(ALICE, personal(ALICE), "whoami")
    assert "Alice Example" in got[0].text
    assert world.sandbox.microsoft.token_calls.count("client_credentials") == before + 1
