"""Subscriptions made from a list and changed in a form: checks, roles, and on whose behalf they are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.faults import Fault
from sandbox.teams import ALICE, BOB, CAROL, CHANNEL, GROUP, Answer, Chat, Posted, TeamsUser, personal
from sandbox.teams_cards import actions, words
from tests.support.commands.accounts import disconnect
from tests.support.paths import JIRA_OPENAPI
from tests.support.world import World, running

WISH = {"f_events": "created,commented", "f_jql": "priority = High", "f_restricted": ""}


async def said(world: World, text: str, chat: Chat = CHANNEL, user: TeamsUser = ALICE) -> Posted:
    async with world.teams.expecting(chat) as got:
        await world.teams.say(user, chat, text)
    return got[0]


async def edited(world: World, filled: dict[str, str], user: TeamsUser = ALICE) -> tuple[Posted, Answer]:
    """Open the form of the first subscription, fill it in and save it."""
    posted = await said(world, "subscriptions")
    button = actions(posted.card, "subscription.edit")[0]
    form = await world.teams.press(user, CHANNEL, posted.id, button)
    saves = actions(form.card, "subscription.save")
    if not saves:
        return posted, form
    return posted, await world.teams.press(user, CHANNEL, posted.id, saves[0], {**WISH, **filled})


@pytest.mark.parametrize("chat", [CHANNEL, GROUP], ids=lambda c: c.kind)
async def test_what_a_list_finds_is_told_from_now_on(world: World, chat: Chat) -> None:
    await world.link(ALICE)
    await world.link(BOB)
    listed = await said(world, "jql project = DEMO AND priority = High ORDER BY key", chat)
    [button] = actions(listed.card, "subscription.make")
    answer = await world.teams.press(BOB, chat, listed.id, button)
    assert "updates here for all projects where project = DEMO AND priority = High: created" in words(answer.card)
    assert words(listed.card) == words(answer.card)
    async with world.teams.expecting(chat, lambda p: "Printer" in words(p.card)):
        world.create_issue("DEMO", "Printer on fire", by="d@example.com", priority={"name": "High"})


@pytest.mark.parametrize("missing", ["/jql/match", "/jql/parse", "/transitions", "/project/search", "/field"])
async def test_a_jira_without_some_call_still_tells(world: World, missing: str) -> None:
    await world.link()
    world.sandbox.faults.add(Fault(path=f"{missing}$", status=404, body=b'{"errorMessages": []}', times=None))
    world.sandbox.faults.add(Fault(path="/project/DEMO$", status=200, body=b'{"key": "DEMO"}', times=None))
    assert "Invalid JQL" in (await said(world, "subscribe DEMO where nonsense = High")).text
    assert "You'll get updates here" in (await said(world, "subscribe DEMO where priority = High")).text
    world.create_issue("DEMO", "Of no interest", by="d@example.com", priority={"name": "Low"})
    async with world.teams.expecting(CHANNEL, lambda p: "Printer" in words(p.card)):
        world.create_issue("DEMO", "Printer on fire", by="d@example.com", priority={"name": "High"})
    assert not [p for p in world.teams.messages(CHANNEL) if "Of no interest" in words(p.card)]


async def test_what_is_told_of_a_whole_site_is_said(world: World) -> None:
    await world.link()
    told = (await said(world, "subscribe where priority = High including restricted")).text
    assert "updates here for all projects where priority = High: created, including restricted issues." in told


async def test_the_list_says_what_is_restricted_and_why_one_has_stopped(world: World) -> None:
    await world.link(ALICE)
    await world.link(BOB)
    await said(world, "subscribe DEMO created including restricted")
    assert "created, including restricted issues" in words((await said(world, "subscriptions")).card)
    await disconnect(world, ALICE)
    async with world.teams.expecting(CHANNEL, lambda p: "Updates for" in words(p.card)):
        world.create_issue("DEMO", "Printer on fire", by="d@example.com")
    listed = words((await said(world, "subscriptions", user=BOB)).card)
    assert "The subscriber disconnected Jira." in listed


async def test_all_that_a_channel_is_told_is_changed_at_once(world: World) -> None:
    await world.link()
    await said(world, "subscribe DEMO")
    await said(world, "subscribe DEMO where priority = High")
    assert (await said(world, "pause all")).text.startswith("Paused: DEMO")
    assert words((await said(world, "subscriptions")).card).count("paused") == 2
    assert (await said(world, "resume everything")).text.startswith("Resumed: DEMO")
    assert "Which subscription" in words((await said(world, "unsubscribe from DEMO")).card)
    assert (await said(world, "unsubscribe DEMO where priority = high")).text.startswith(
        "Unsubscribed: DEMO where"
    )
    assert (await said(world, "unsubscribe from project demo")).text == "Unsubscribed: DEMO."
    assert (await said(world, "unsubscribe all")).text == "No subscriptions here."


async def test_nobody_is_alone_with_a_subscription(world: World) -> None:
    await world.link()
    listed = await said(world, "jql project = DEMO", personal(ALICE))
    assert actions(listed.card, "subscription.make") == []


async def test_who_may_subscribe_may_do_so_from_a_list_and_in_a_form(tmp_path: Path) -> None:
    async with running(tmp_path, contract=JIRA_OPENAPI, SUBSCRIBE_ROLE="owner") as world:
        await world.link()
        listed = await said(world, "jql project = DEMO")
        [button] = actions(listed.card, "subscription.make")
        answer = await world.teams.press(ALICE, CHANNEL, listed.id, button)
        assert "Only owners of this team" in words(answer.card)
        assert "No subscriptions here" in words((await said(world, "subscriptions")).card)


async def test_what_is_saved_is_told(world: World) -> None:
    await world.link()
    await said(world, "subscribe DEMO")
    posted, answer = await edited(world, {})
    assert "Saved." in words(answer.card)
    assert "DEMO where priority = High commented on, created" in words(posted.card)
    assert "Saved." not in words(posted.card)
    world.create_issue("DEMO", "Of no interest", by="d@example.com", priority={"name": "Low"})
    async with world.teams.expecting(CHANNEL):
        world.create_issue("DEMO", "Printer on fire", by="d@example.com", priority={"name": "High"})
    assert not [p for p in world.teams.messages(CHANNEL) if "Of no interest" in words(p.card)]


@pytest.mark.parametrize(
    ("filled", "told"),
    [
        ({"f_jql": "priority High"}, "The problem is here: priority ⟪High⟫"),
        ({"f_jql": "key = DEMO-1 ORDER BY key"}, "Remove ORDER BY"),
        ({"f_jql": "x" * 1001}, "too long"),
        ({"f_events": ""}, "at least one event"),
        ({"f_events": "everything"}, "at least one event"),
    ],
    ids=["wrong", "ordered", "long", "isn't an event", "unknown event"],
)
async def test_what_is_wrong_is_said_on_the_form(world: World, filled: dict[str, str], told: str) -> None:
    await world.link()
    await said(world, "subscribe DEMO where priority = Low")
    posted, answer = await edited(world, filled)
    assert told in words(answer.card)
    assert filled.get("f_jql", WISH["f_jql"]) in str(answer.card)
    assert "priority = Low" in words((await said(world, "subscriptions")).card)
    assert posted.versions == []


async def test_a_site_wide_subscription_needs_a_query(world: World) -> None:
    await world.link()
    await said(world, "subscribe where priority = Low")
    _posted, answer = await edited(world, {"f_jql": " "})
    assert "Enter a JQL query" in words(answer.card)


async def test_jira_away_leaves_what_was_filled_in(world: World) -> None:
    await world.link()
    await said(world, "subscribe DEMO")
    world.sandbox.faults.add(Fault("GET", "/project/search", status=503, times=None))
    _posted, answer = await edited(world, {})
    assert answer.body["type"] == "application/vnd.microsoft.activity.message"


async def test_t26_what_is_told_is_what_the_last_to_change_it_may_see(world: World) -> None:
    """Bob widens what Alice asked for: from then on nothing is told that only Alice may see."""
    await world.link(ALICE)
    await world.link(BOB)
    await said(world, "subscribe DEMO where priority = High")
    _posted, answer = await edited(world, {"f_jql": ""}, BOB)
    assert "your Jira permissions" in words(answer.card)
    assert "channel subscription" not in words((await disconnect(world, ALICE)).card)
    async with world.teams.expecting(CHANNEL, lambda p: "Printer" in words(p.card)):
        world.create_issue("DEMO", "Printer on fire", by="d@example.com", priority={"name": "Low"})


async def test_who_is_not_linked_is_asked_to_connect(world: World) -> None:
    await world.link()
    await said(world, "subscribe DEMO")
    _posted, answer = await edited(world, {}, CAROL)
    assert "Continue with Microsoft" in words(answer.card)


async def test_t21_a_subscription_of_another_conversation_is_not_touched(world: World) -> None:
    await world.link()
    await said(world, "subscribe DEMO")
    posted = await said(world, "subscriptions")
    [button] = actions(posted.card, "subscription.edit")
    assert "out of date" in words((await world.teams.press(ALICE, GROUP, posted.id, button)).card)
    await said(world, "unsubscribe DEMO")
    assert "no longer exists" in words((await world.teams.press(ALICE, CHANNEL, posted.id, button)).card)


@pytest.mark.parametrize("text", ["jql project = DEMO nonsense", "find me"], ids=["typed", "found"])
async def test_a_list_can_be_mended_where_it_stands(world: World, text: str) -> None:
    await world.link()
    listed = await said(world, text, personal(ALICE))
    [search] = actions(listed.card, "list.query")
    for query, seen in [("assignee = me me", "⟪me⟫"), ("key = DEMO-3", "Export the report as PDF")]:
        answer = await world.teams.press(ALICE, personal(ALICE), listed.id, search, {"query": query})
        assert seen in words(answer.card)
        assert words(listed.card) == words(answer.card)
        assert query in str(answer.card)
    before = words(listed.card)
    world.sandbox.faults.add(Fault("POST", "/search/jql", status=503, times=None))
    for query, seen in [
        ("x" * 2001, "too long"),
        (" ", "Enter a JQL query"),
        ("key = DEMO-2", "Jira isn't"),
    ]:
        answer = await world.teams.press(ALICE, personal(ALICE), listed.id, search, {"query": query})
        assert seen in str(answer.body["value"])
        assert answer.card == {}
    assert words(listed.card) == before
