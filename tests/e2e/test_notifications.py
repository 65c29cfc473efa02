"""What channels are told of Jira, over sockets."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from sandbox import activity, changes
from sandbox.faults import Fault
from sandbox.teams import ALICE, BOB, CAROL, CHANNEL, NOT_IN_ROSTER, Chat
from sandbox.teams_cards import actions, words
from sandbox.teams_server import Teams
from tests.support.commands.accounts import disconnect
from tests.support.json_path import at
from tests.support.notifications.told import (
    HIS,
    assign,
    comment,
    hearing,
    issue,
    jira,
    says,
    set_up,
)
from tests.support.world import World


async def test_a_channels_card_is_updated_in_place_and_answered_in_its_thread(linked: World) -> None:
    async with linked.teams.expecting(CHANNEL, lambda p: "You'll get updates here" in p.text):
        await linked.teams.say(ALICE, CHANNEL, "subscribe DEMO created transitioned")
    async with linked.teams.expecting(CHANNEL, lambda p: "Printer on fire" in words(p.card)) as got:
        key = linked.create_issue("DEMO", "Printer on fire")
    async with linked.teams.expecting(CHANNEL, lambda p: "moved To Do → In Progress" in p.text) as line:
        changes.move(linked.sandbox.site, jira(BOB).account_id, issue(linked, key), {"transition": {"id": "11"}})
    assert got[0].versions
    assert "In Progress" in words(got[0].card)
    assert line[0].chat == f"{CHANNEL.id};messageid={got[0].id}"


async def test_f22_a_burst_becomes_a_digest(linked: World) -> None:
    async with linked.teams.expecting(CHANNEL, lambda p: "You'll get updates here" in p.text):
        await linked.teams.say(ALICE, CHANNEL, "subscribe DEMO")
    async with linked.teams.expecting(CHANNEL, lambda p: "changes in Jira" in words(p.card), seconds=30.0):
        for number in range(13):
            linked.create_issue("DEMO", f"One of many {number}")
    cards = [p for p in linked.teams.messages(CHANNEL) if "One of many" in words(p.card)]
    assert len(cards) <= 11
    told = " ".join(words(p.card) for p in cards)
    assert all(f"One of many {number}" in told for number in range(13))


async def test_a_card_that_was_deleted_with_its_thread_is_posted_anew(linked: World) -> None:
    async with linked.teams.expecting(CHANNEL, lambda p: "You'll get updates here" in p.text):
        await linked.teams.say(ALICE, CHANNEL, "subscribe DEMO all")
    async with linked.teams.expecting(CHANNEL, lambda p: "Short-lived" in words(p.card)) as first:
        key = linked.create_issue("DEMO", "Short-lived")
    # Teams still takes the update of what it does not show any more.
    linked.teams.faults.add(Fault(path=f"messageid={first[0].id}", status=404, times=None))
    async with linked.teams.expecting(CHANNEL, lambda p: "Carol C commented" in words(p.card)):
        comment(linked, key, "Still there?", by=CAROL)


async def test_f15_after_a_403_nothing_more_is_posted(linked: World) -> None:
    async with linked.teams.expecting(CHANNEL, lambda p: "You'll get updates here" in p.text):
        await linked.teams.say(ALICE, CHANNEL, "subscribe DEMO")
    fault = Fault(path=re.escape(CHANNEL.id), status=403, body=NOT_IN_ROSTER, times=None)
    linked.teams.faults.add(fault)
    before = posts_to(linked, CHANNEL)
    linked.create_issue("DEMO", "Told to nobody")
    async with asyncio.timeout(10):
        await fault.hit.wait()
    async with linked.teams.expecting(HIS, lambda p: "DEMO-4" in says(p)):
        linked.create_issue("DEMO", "Nor is this")
        assign(linked, "DEMO-4", BOB)
    assert posts_to(linked, CHANNEL) == before + 1


async def test_f15_who_speaks_to_the_bot_after_a_403_hears_from_it_again(linked: World) -> None:
    linked.teams.faults.add(Fault(path=re.escape(HIS.id), status=403, body=NOT_IN_ROSTER))
    assign(linked, "DEMO-4", BOB)
    await linked.counted('jira_webhook_withheld_total{reason="conversation gone"}')
    await set_up(linked, BOB, "")
    async with hearing(linked, BOB, "DEMO-5"):
        assign(linked, "DEMO-5", BOB)


async def test_f15_who_presses_a_button_after_a_403_hears_from_the_bot_again(linked: World) -> None:
    async with linked.teams.expecting(HIS, lambda p: "Notifications" in words(p.card)) as settings:
        await linked.teams.say(BOB, HIS, "notify")
    linked.teams.faults.add(Fault(path=re.escape(HIS.id), status=403, body=NOT_IN_ROSTER))
    assign(linked, "DEMO-4", BOB)
    await linked.counted('jira_webhook_withheld_total{reason="conversation gone"}')
    buttons = actions(settings[0].card, "notify.set")
    [watched] = [button for button in buttons if at(button, "data", "wish") == "watched on"]
    await linked.teams.press(BOB, HIS, settings[0].id, watched)
    async with hearing(linked, BOB, "DEMO-5"):
        assign(linked, "DEMO-5", BOB)


@pytest.mark.parametrize(
    ("gone", "again"),
    [
        ("channelDeleted", "channelRestored"),
        ("teamDeleted", "teamRestored"),
        ("teamDeleted", "teamUnarchived"),
        ("teamHardDeleted", ""),
    ],
)
async def test_f37_a_channel_that_was_deleted_is_told_nothing_more(linked: World, gone: str, again: str) -> None:
    async def announce(what: str) -> None:
        general = Chat(CHANNEL.team, "channel", team=CHANNEL.team)
        told = linked.teams.activity(ALICE, general, "conversationUpdate")
        named = {"channel": {"id": CHANNEL.id, "name": "Releases"}} if what.startswith("channel") else {}
        told["channelData"] = {**told["channelData"], **named, "eventType": what}  # type: ignore[dict-item]
        assert (await linked.teams.post(told)).status == 201

    async with linked.teams.expecting(CHANNEL, lambda p: "You'll get updates here" in p.text):
        await linked.teams.say(ALICE, CHANNEL, "subscribe DEMO")
    await announce(gone)
    before = posts_to(linked, CHANNEL)
    async with linked.teams.expecting(HIS, lambda p: "DEMO-4" in says(p)):
        linked.create_issue("DEMO", "Told to nobody")
        assign(linked, "DEMO-4", BOB)
    assert posts_to(linked, CHANNEL) == before
    if again:
        await announce(again)
        async with linked.teams.expecting(CHANNEL, lambda p: "Told again" in words(p.card)):
            linked.create_issue("DEMO", "Told again")


async def test_f37_the_bot_leaves_and_enters_a_team_with_all_of_its_channels(linked: World) -> None:
    general = Chat(CHANNEL.team, "channel", team=CHANNEL.team)
    async with linked.teams.expecting(CHANNEL, lambda p: "You'll get updates here" in p.text):
        await linked.teams.say(ALICE, CHANNEL, "subscribe DEMO")
    await linked.teams.uninstall(ALICE, general)
    before = posts_to(linked, CHANNEL)
    async with linked.teams.expecting(HIS, lambda p: "DEMO-4" in says(p)):
        linked.create_issue("DEMO", "Told to nobody")
        assign(linked, "DEMO-4", BOB)
    assert posts_to(linked, CHANNEL) == before
    async with linked.teams.expecting(general):
        await linked.teams.install(ALICE, general)
    async with linked.teams.expecting(CHANNEL, lambda p: "Told again" in words(p.card)):
        linked.create_issue("DEMO", "Told again")


async def test_f37_a_new_version_of_the_app_takes_nothing_away(linked: World) -> None:
    general = Chat(CHANNEL.team, "channel", team=CHANNEL.team)
    async with linked.teams.expecting(general):
        await linked.teams.install(ALICE, general)
    async with linked.teams.expecting(CHANNEL, lambda p: "You'll get updates here" in p.text):
        await linked.teams.say(ALICE, CHANNEL, "subscribe DEMO")
    for action in ("remove-upgrade", "add-upgrade"):
        await linked.teams.post(linked.teams.activity(ALICE, general, "installationUpdate", action=action))
        async with linked.teams.expecting(CHANNEL, lambda p: "Told all along" in words(p.card)):
            linked.create_issue("DEMO", "Told all along")
    assert len(linked.teams.messages(general)) == 1


async def test_f37_who_asks_from_a_new_address_is_answered_and_told_there(linked: World) -> None:
    linked.teams.faults.add(Fault(path=".*", status=404, times=None))
    async with Teams(linked.teams.app_id) as moved:
        asked = linked.teams.activity(BOB, HIS, "message", text="notify")
        async with moved.expecting(HIS) as got:
            await linked.teams.post({**asked, "serviceUrl": moved.service_url})
        assert "Notifications" in words(got[0].card)
        async with moved.expecting(HIS, lambda p: "DEMO-4" in says(p)):
            assign(linked, "DEMO-4", BOB)


@pytest.mark.parametrize("left", [True, False])
async def test_f37_a_team_that_moved_is_told_at_its_new_address_in_all_of_its_channels(
    linked: World, left: bool
) -> None:
    general = Chat(CHANNEL.team, "channel", team=CHANNEL.team)
    async with linked.teams.expecting(CHANNEL, lambda p: "You'll get updates here" in p.text):
        await linked.teams.say(ALICE, CHANNEL, "subscribe DEMO")
    if left:
        await linked.teams.uninstall(ALICE, general)
    async with Teams(linked.teams.app_id) as moved:
        installed = linked.teams.activity(ALICE, general, "installationUpdate", action="add")
        async with moved.expecting(general):
            await linked.teams.post({**installed, "serviceUrl": moved.service_url})
        async with moved.expecting(CHANNEL, lambda p: "Told there" in words(p.card)):
            linked.create_issue("DEMO", "Told there")


async def test_t27_the_subscription_of_somebody_who_left_is_suspended_and_can_be_taken_over(linked: World) -> None:
    async with linked.teams.expecting(CHANNEL, lambda p: "You'll get updates here" in p.text):
        await linked.teams.say(ALICE, CHANNEL, "subscribe DEMO")
    await disconnect(linked, ALICE)
    async with linked.teams.expecting(CHANNEL, lambda p: "Someone else can take over" in words(p.card)) as got:
        linked.create_issue("DEMO", "First after she left")
    linked.create_issue("DEMO", "Second after she left")
    async with linked.teams.expecting(HIS, lambda p: "DEMO-4" in says(p)):
        assign(linked, "DEMO-4", BOB)
    assert sum("take over" in words(p.card) for p in linked.teams.messages(CHANNEL)) == 1
    [button] = actions(got[0].card, "subscription.takeover")
    answer = await linked.teams.press(BOB, CHANNEL, got[0].id, button)
    assert "Bob B took over DEMO" in words(answer.card)
    assert not actions(got[0].card)
    async with linked.teams.expecting(CHANNEL, lambda p: "Told on behalf of Bob" in words(p.card)):
        linked.create_issue("DEMO", "Told on behalf of Bob")


async def test_t27_a_suspended_subscription_can_be_taken_over_from_the_list(linked: World) -> None:
    async with linked.teams.expecting(CHANNEL, lambda p: "You'll get updates here" in p.text):
        await linked.teams.say(ALICE, CHANNEL, "subscribe DEMO")
    await disconnect(linked, ALICE)
    async with linked.teams.expecting(CHANNEL, lambda p: "Someone else can take over" in words(p.card)):
        linked.create_issue("DEMO", "First after she left")
    async with linked.teams.expecting(CHANNEL, lambda p: "Subscriptions" in words(p.card)) as got:
        await linked.teams.say(BOB, CHANNEL, "subscriptions")
    [button] = actions(got[0].card, "subscription.takeover")
    answer = await linked.teams.press(BOB, CHANNEL, got[0].id, button)
    assert "Bob B took over DEMO" in words(answer.card)
    assert actions(got[0].card, "subscription.pause")
    async with linked.teams.expecting(CHANNEL, lambda p: "Told on behalf of Bob" in words(p.card)):
        linked.create_issue("DEMO", "Told on behalf of Bob")


async def test_t27_who_links_again_is_told_on_behalf_of_before_teams_takes_the_greeting(linked: World) -> None:
    async with linked.teams.expecting(CHANNEL, lambda p: "You'll get updates here" in p.text):
        await linked.teams.say(BOB, CHANNEL, "subscribe DEMO")
    await disconnect(linked, BOB)
    async with linked.teams.expecting(CHANNEL, lambda p: "Someone else can take over" in words(p.card)):
        linked.create_issue("DEMO", "After he left")
    async with linked.teams.expecting(HIS) as got:
        await linked.teams.say(BOB, HIS, "connect")
    slow = Fault("POST", re.escape(HIS.id), until=asyncio.Event(), times=None)
    linked.teams.faults.add(slow)
    linking = asyncio.create_task(linked.follow(got[0], BOB))
    async with asyncio.timeout(20):
        await slow.hit.wait()
    async with linked.teams.expecting(CHANNEL, lambda p: "After he is back" in words(p.card)):
        linked.create_issue("DEMO", "After he is back")
    assert slow.until is not None
    slow.until.set()
    await linking


async def test_taking_over_needs_eyes_for_the_project(linked: World) -> None:
    async with linked.teams.expecting(CHANNEL, lambda p: "You'll get updates here" in p.text):
        await linked.teams.say(ALICE, CHANNEL, "subscribe HR")
    await disconnect(linked, ALICE)
    async with linked.teams.expecting(CHANNEL, lambda p: "Someone else can take over" in words(p.card)) as got:
        linked.create_issue("HR", "A secret of the people")
    [button] = actions(got[0].card, "subscription.takeover")
    answer = await linked.teams.press(BOB, CHANNEL, got[0].id, button)
    assert "Project HR doesn't exist" in words(answer.card)
    assert actions(got[0].card, "subscription.takeover")


@pytest.mark.parametrize(
    ("row", "may"),
    [
        ({"userRole": "guest"}, False),
        ({"userRole": "user", "userPrincipalName": "al_x.com#EXT#@example.com"}, False),
        ({"userRole": "user"}, True),
        ({"userRole": "owner"}, True),
    ],
)
async def test_guests_do_not_subscribe_a_channel(linked: World, row: dict[str, str], may: bool) -> None:
    linked.teams.faults.add(Fault("GET", status=200, body=json.dumps(row), times=None))
    expected = "You'll get updates here" if may else "Only members of this team"
    async with linked.teams.expecting(CHANNEL, lambda p: expected in p.text):
        await linked.teams.say(ALICE, CHANNEL, "subscribe DEMO")


def posts_to(world: World, chat: Chat) -> int:
    """How often the connector was asked to post there."""
    return sum(method == "POST" and chat.id in path for method, path, _ in world.teams.calls)


async def test_marks_of_wiki_markup_are_not_shown(linked: World) -> None:
    """Jira's webhooks carry wiki markup, whatever the comment was written with."""
    async with linked.teams.expecting(CHANNEL, lambda p: "You'll get updates here" in p.text):
        await linked.teams.say(ALICE, CHANNEL, "subscribe DEMO commented")
    marked = [
        {"type": "text", "text": text, "marks": [{"type": mark}]}
        for text, mark in (("bold", "strong"), ("slanted", "em"), ("gone", "strike"), ("mono", "code"))
    ]
    spaced = [node for each in marked for node in (each, {"type": "text", "text": " "})]
    cells = [
        {"type": "tableHeader", "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]}
        for text in ("Name", "Size")
    ]
    table = {"type": "table", "content": [{"type": "tableRow", "content": cells}]}
    body = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": spaced}, table]}
    async with linked.teams.expecting(CHANNEL, lambda p: "commented" in says(p)) as got:
        activity.add_comment(linked.sandbox.site, jira(BOB).account_id, issue(linked, "DEMO-2"), {"body": body})
    assert "bold slanted gone mono Name, Size" in says(got[0])
