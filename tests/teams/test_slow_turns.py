"""F09: a turn is acknowledged in time whatever Jira does, and its answer is delivered all the same."""

from __future__ import annotations

import asyncio

import pytest

from bot.commands.request import Reply
from bot.teams.adapter import ACKNOWLEDGE_AFTER_SECONDS, INVOKE_TIMEOUTS, LATE_INVOKES
from sandbox.faults import Fault
from sandbox.teams import ALICE, BOB, CHANNEL, personal
from tests.support.teams import EdgeMaker

CARD = {"type": "AdaptiveCard", "version": "1.5", "body": []}


async def test_f09_slow_message_is_acknowledged_shows_typing_and_is_answered_later(make_edge: EdgeMaker) -> None:
    edge = await make_edge(acknowledge_after=0.8)
    edge.dispatcher.gate = asyncio.Event()
    async with edge.teams.expecting(personal(ALICE), lambda p: p.text == "ok"):
        answer = await edge.teams.say(ALICE, personal(ALICE), "mine")
        assert answer.status == 202
        assert edge.teams.typing == {personal(ALICE).id: 1}
        assert edge.teams.messages(personal(ALICE)) == []
        edge.dispatcher.gate.set()


async def test_f09_typing_is_shown_for_as_long_as_it_takes(make_edge: EdgeMaker) -> None:
    edge = await make_edge(acknowledge_after=2.0, typing_interval=0.1)
    edge.dispatcher.gate = asyncio.Event()
    async with edge.teams.expecting(personal(ALICE), lambda p: p.text == "ok"):
        await edge.teams.say(ALICE, personal(ALICE), "mine")
        assert edge.teams.typing[personal(ALICE).id] > 2
        edge.dispatcher.gate.set()
    shown = edge.teams.typing[personal(ALICE).id]
    edge.dispatcher.gate = asyncio.Event()
    await edge.teams.say(BOB, personal(BOB), "mine")
    assert edge.teams.typing[personal(BOB).id] > 2
    assert edge.teams.typing[personal(ALICE).id] <= shown + 1, "one may have been on its way"
    edge.dispatcher.gate.set()


async def test_f09_quick_message_shows_no_typing(make_edge: EdgeMaker) -> None:
    edge = await make_edge()
    answer = await edge.teams.say(ALICE, personal(ALICE), "mine")
    assert answer.status == 201
    assert not edge.teams.typing


async def test_f09_slow_press_leaves_the_card_and_changes_it_later(make_edge: EdgeMaker) -> None:
    edge = await make_edge(acknowledge_after=0.2)
    async with edge.teams.expecting(CHANNEL) as got:
        await edge.teams.say(ALICE, CHANNEL, "x")
    edge.dispatcher.gate = asyncio.Event()
    edge.dispatcher.reply = Reply(card={**CARD, "speak": "mine"}, shared={**CARD, "speak": "everybody's"})
    action = {"verb": "issue.move", "data": {"issue": "A-1"}}
    answer = await edge.teams.press(ALICE, CHANNEL, got[0].id, action)
    assert answer.body["type"] == "application/vnd.microsoft.activity.message"
    assert got[0].versions == []
    edge.dispatcher.gate.set()
    await edge.teams.next(CHANNEL, lambda p: p.card.get("speak") == "everybody's")
    assert "mine" not in str([p.activity for p in edge.teams.posts.values()])


async def test_f09_slow_connect_card_goes_to_the_presser_alone(make_edge: EdgeMaker) -> None:
    edge = await make_edge(acknowledge_after=0.2)
    edge.dispatcher.gate = asyncio.Event()
    edge.dispatcher.reply = Reply(card={**CARD, "speak": "private"})
    await edge.teams.press(ALICE, CHANNEL, "1", {"verb": "issue.move", "data": {}})
    async with edge.teams.expecting(personal(ALICE), lambda p: p.card.get("speak") == "private"):
        edge.dispatcher.gate.set()
    assert edge.teams.messages(CHANNEL) == []


async def test_f09_slow_press_that_fails_is_told_to_the_presser_alone(make_edge: EdgeMaker) -> None:
    edge = await make_edge(acknowledge_after=0.2)
    async with edge.teams.expecting(CHANNEL) as got:
        await edge.teams.say(ALICE, CHANNEL, "x")
    edge.dispatcher.gate = asyncio.Event()
    edge.dispatcher.reply = Reply(card=CARD, shared=CARD, repeatable=True, problem="Jira said no")
    await edge.teams.press(ALICE, CHANNEL, got[0].id, {"verb": "issue.move", "data": {}})
    async with edge.teams.expecting(personal(ALICE), lambda p: "Jira said no" in p.text):
        edge.dispatcher.gate.set()
    assert "Jira said no" not in str([p.activity for p in edge.teams.messages(CHANNEL)])


async def test_f09_press_that_fails_is_told_though_teams_is_slow_to_change_the_card(make_edge: EdgeMaker) -> None:
    edge = await make_edge(acknowledge_after=0.2)
    async with edge.teams.expecting(CHANNEL) as got:
        await edge.teams.say(ALICE, CHANNEL, "x")
    edge.teams.faults.add(Fault("PUT", "/activities", delay=0.6))
    edge.dispatcher.reply = Reply(card=CARD, shared=CARD, repeatable=True, problem="Jira said no")
    async with edge.teams.expecting(personal(ALICE), lambda p: "Jira said no" in p.text):
        answer = await edge.teams.press(ALICE, CHANNEL, got[0].id, {"verb": "issue.move", "data": {}})
        assert "Still working on it" in str(answer.body)


async def test_unforeseen_failure_is_no_silence(make_edge: EdgeMaker) -> None:
    edge = await make_edge()
    edge.dispatcher.failure = RuntimeError("a secret detail")
    async with edge.teams.expecting(personal(ALICE), lambda p: "on our side" in p.text):
        answer = await edge.teams.say(ALICE, personal(ALICE), "mine")
    assert answer.status == 201
    pressed = await edge.teams.press(ALICE, personal(ALICE), "1", {"verb": "issue.move", "data": {}})
    assert pressed.status == 200
    assert "on our side" in str(pressed.body["value"])
    assert "secret" not in str(edge.teams.posts) + str(pressed.body)


@pytest.mark.parametrize(
    ("name", "in_time"),
    [
        ("composeExtension/query", True),
        ("composeExtension/fetchTask", True),
        ("task/fetch", True),
        ("application/search", True),
        ("composeExtension/submitAction", False),
        ("task/submit", False),
        ("adaptiveCard/action", False),
    ],
)
def test_an_invoke_that_cannot_be_answered_later_takes_the_time_that_teams_gives(
    name: str, *, in_time: bool
) -> None:
    longest = {"composeExtension/": 5.0, "task/fetch": 10.0, "application/search": 10.0}
    for beginning, seconds in INVOKE_TIMEOUTS.items():
        assert ACKNOWLEDGE_AFTER_SECONDS < seconds < longest[beginning]
    assert (any(name.startswith(each) for each in INVOKE_TIMEOUTS) and name not in LATE_INVOKES) is in_time


async def test_a_slow_dialog_opens_all_the_same(make_edge: EdgeMaker) -> None:
    edge = await make_edge(acknowledge_after=0.1, invoke_timeouts={"task/fetch": 5.0})
    edge.dispatcher.gate = asyncio.Event()
    edge.dispatcher.reply = Reply(card=CARD, repeatable=True)
    asyncio.get_running_loop().call_later(0.4, edge.dispatcher.gate.set)
    value = {"data": {"verb": "issue.edit"}}
    answer = await edge.teams.invoke(ALICE, personal(ALICE), "task/fetch", value)
    assert answer.body["task"]["type"] == "continue"  # type: ignore[index]


@pytest.mark.parametrize("name", ["adaptiveCard/action", "task/submit", "task/fetch"])
async def test_no_late_answer_promises_that_a_message_will_change(make_edge: EdgeMaker, name: str) -> None:
    edge = await make_edge(acknowledge_after=0.1)
    edge.dispatcher.gate = asyncio.Event()
    value = {"action": {"verb": "issue.move", "data": {}}, "data": {"verb": "issue.move"}}
    answer = await edge.teams.invoke(ALICE, CHANNEL, name, value)
    edge.dispatcher.gate.set()
    assert "Still working on it" in str(answer.body)
    assert "will update" not in str(answer.body)
