"""T28: who may choose a channel's notifications, at each entrance; what cannot be checked is not allowed."""

from __future__ import annotations

import json

import pytest

from sandbox.faults import Fault
from sandbox.teams import ALICE, BOB, CHANNEL, Posted
from sandbox.teams_cards import Json, actions, words
from tests.support.commands.accounts import disconnect
from tests.support.commands.form_player import ask
from tests.support.rows import Row
from tests.support.world import World

GUEST = Fault("GET", "/members/", status=200, body=json.dumps({"userRole": "guest"}), times=None, server="teams")
NOT_MEMBERS = "Only members of this team"
NO_ANSWERS = {
    "refused": Fault("GET", "/members/", status=403, times=None, server="teams"),
    "unknown member": Fault("GET", "/members/", status=404, times=None, server="teams"),
    "redirected": Fault("GET", "/members/", status=307, times=None, server="teams"),
    "page": Fault(
        "GET", "/members/", status=200, body="<html>", content_type="text/html", times=None, server="teams"
    ),
    "nothing": Fault("GET", "/members/", status=200, body="{}", times=None, server="teams"),
    "odd": Fault("GET", "/members/", status=200, body='["owner"]', times=None, server="teams"),
}
NOT_CHECKED = "Can't check your role"

WISH = {"f_events": "commented", "f_jql": "", "f_restricted": "yes"}


async def listed(world: World) -> str:
    """Return what the channel's list of subscriptions says now."""
    return words((await ask(world, "subscriptions", CHANNEL)).card)


async def button_of(world: World, verb: str) -> tuple[Posted, Json]:
    """Return a button that changes the channel's only subscription, and the card on which it is."""
    if verb == "subscription.make":
        posted = await ask(world, "jql project = DEMO", CHANNEL)
        return posted, actions(posted.card, verb)[0]
    await ask(world, "subscribe DEMO", CHANNEL)
    if verb == "subscription.resume":
        await ask(world, "pause DEMO", CHANNEL)
    if verb == "subscription.takeover":
        return await takeover_button(world)
    posted = await ask(world, "subscriptions", CHANNEL)
    if verb == "subscription.save":
        form = await world.teams.press(ALICE, CHANNEL, posted.id, actions(posted.card, "subscription.edit")[0])
        return posted, actions(form.card, verb)[0]
    return posted, actions(posted.card, verb)[0]


async def takeover_button(world: World) -> tuple[Posted, Json]:
    await disconnect(world, ALICE)
    async with world.teams.expecting(CHANNEL, lambda p: "Someone else can take over" in words(p.card)) as got:
        world.create_issue("DEMO", "Printer on fire")
    return got[0], actions(got[0].card, "subscription.takeover")[0]


VERBS = [f"subscription.{name}" for name in ("make", "pause", "resume", "remove", "edit", "save", "takeover")]


@pytest.mark.parametrize("verb", VERBS)
async def test_t28_guest_changes_nothing_by_a_button(world: World, verb: str) -> None:
    await world.link(ALICE)
    await world.link(BOB)
    posted, button = await button_of(world, verb)
    before = await listed(world)
    world.teams.faults.add(GUEST)
    answer = await world.teams.press(BOB, CHANNEL, posted.id, button, WISH)
    assert NOT_MEMBERS in words(answer.card)
    world.teams.faults.clear()
    assert await listed(world) == before
    allowed = await world.teams.press(BOB, CHANNEL, posted.id, button, WISH)
    assert NOT_MEMBERS not in words(allowed.card)


@pytest.mark.parametrize("verb", VERBS)
async def test_t28_role_that_teams_does_not_say_allows_no_button(world: World, verb: str) -> None:
    await world.link(ALICE)
    await world.link(BOB)
    posted, button = await button_of(world, verb)
    before = await listed(world)
    world.teams.faults.add(NO_ANSWERS["refused"])
    answer = await world.teams.press(BOB, CHANNEL, posted.id, button, WISH)
    assert NOT_CHECKED in words(answer.card)
    world.teams.faults.clear()
    assert await listed(world) == before
    allowed = await world.teams.press(BOB, CHANNEL, posted.id, button, WISH)
    assert NOT_CHECKED not in words(allowed.card)


@pytest.mark.parametrize("text", ["subscribe OPS", "unsubscribe DEMO", "pause all", "resume DEMO"])
async def test_t28_role_that_teams_does_not_say_allows_no_command(world: World, text: str, row: Row) -> None:
    await world.link(ALICE)
    await ask(world, "subscribe DEMO", CHANNEL)
    before = await listed(world)
    for name, fault in NO_ANSWERS.items():
        with row(name):
            world.teams.faults.add(fault)
            answer = await ask(world, text, CHANNEL)
            assert NOT_CHECKED in answer.text
            world.teams.faults.clear()
            assert await listed(world) == before


async def test_t28_guest_changes_nothing_by_a_command(world: World, row: Row) -> None:
    await world.link(ALICE)
    await ask(world, "subscribe DEMO", CHANNEL)
    before = await listed(world)
    for text in ("subscribe OPS", "unsubscribe DEMO", "pause all"):
        with row(text):
            world.teams.faults.add(GUEST)
            assert NOT_MEMBERS in (await ask(world, text, CHANNEL)).text
            world.teams.faults.clear()
            assert await listed(world) == before
