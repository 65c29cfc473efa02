"""The main job, over sockets: link once, show, move by a button, a channel hears of a new issue."""

from __future__ import annotations

import asyncio
import re

import pytest

from sandbox import browser
from sandbox.faults import Fault
from sandbox.teams import ALICE, BOB, CHANNEL, NOT_IN_ROSTER, personal
from sandbox.teams_cards import actions, links, words
from tests.support.world import World, browser_session


async def test_command_typed_before_linking_runs_by_itself_afterwards(world: World) -> None:
    chat = personal(ALICE)
    async with world.teams.expecting(chat) as asked:
        answer = await world.teams.say(ALICE, chat, "DEMO-1")
    assert answer.status in (200, 201, 202)
    assert "Continue with Microsoft" in words(asked[0].card)
    async with world.teams.expecting(chat, lambda p: "DEMO-1" in words(p.card)):
        page = await world.follow(asked[0], ALICE)
    assert "Alice" in page


async def test_button_moves_the_issue_and_everybodys_card(world: World) -> None:
    await world.link()
    chat = personal(ALICE)
    async with world.teams.expecting(chat, lambda p: "DEMO-1" in words(p.card)) as got:
        await world.teams.say(ALICE, chat, "demo-1")
    moves = actions(got[0].card, "issue.move")
    press = next(a for a in moves if "In Progress" in str(a["title"]))
    answer = await world.teams.press(ALICE, chat, got[0].id, press)
    assert answer.status == 200
    assert answer.body["statusCode"] == 200
    assert answer.body["type"] == "application/vnd.microsoft.card.adaptive"
    assert "In Progress" in words(answer.card)
    assert "In Progress" in words(got[0].card)


async def test_channel_hears_of_a_new_issue_once(world: World) -> None:
    await world.link()
    async with world.teams.expecting(CHANNEL, lambda p: "DEMO" in p.text):
        await world.teams.say(ALICE, CHANNEL, "subscribe DEMO")
    async with world.teams.expecting(CHANNEL, lambda p: "Printer on fire" in words(p.card)) as told:
        world.create_issue("DEMO", "Printer on fire")
    await world.sandbox.webhooks_settled()
    move = next(a for a in actions(told[0].card, "issue.move") if "In Progress" in str(a["title"]))
    assert (await world.teams.press(ALICE, CHANNEL, told[0].id, move)).status == 200
    await world.teams.next(CHANNEL, lambda p: p.id == told[0].id and "In Progress" in words(p.card))
    assert len([p for p in world.teams.messages(CHANNEL) if "Printer on fire" in words(p.card)]) == 1


@pytest.mark.parametrize("how", ["same identifier", "fresh identifier"])
async def test_t13_repeated_delivery_is_told_once(world: World, how: str) -> None:
    await world.link()
    async with world.teams.expecting(CHANNEL):
        await world.teams.say(ALICE, CHANNEL, "subscribe DEMO")
    async with world.teams.expecting(CHANNEL, lambda p: "Once only" in words(p.card)):
        world.create_issue("DEMO", "Once only")
    await world.sandbox.webhooks_settled()
    hooks = world.sandbox.webhooks[world.sandbox.site.cloud_id]
    sent = hooks.deliveries[-1]
    async with browser_session() as session:
        for number in range(5):
            headers = dict(sent.headers)
            if how == "fresh identifier":
                headers["X-Atlassian-Webhook-Identifier"] = f"fresh-{number}"
            async with session.post(f"{world.url}/jira/webhooks", data=sent.payload, headers=headers) as response:
                assert response.status == 200
    async with world.teams.expecting(CHANNEL, lambda p: "After it" in words(p.card)):
        world.create_issue("DEMO", "After it")
    assert len([p for p in world.teams.messages(CHANNEL) if "Once only" in words(p.card)]) == 1


async def test_f15_channel_that_refused_is_told_again_once_somebody_speaks_there(world: World) -> None:
    await world.link()
    async with world.teams.expecting(CHANNEL):
        await world.teams.say(ALICE, CHANNEL, "subscribe DEMO")
    fault = Fault("POST", re.escape(CHANNEL.id), status=403, body=NOT_IN_ROSTER)
    world.teams.faults.add(fault)
    world.create_issue("DEMO", "Told to nobody")
    await asyncio.wait_for(fault.hit.wait(), 10)
    await world.counted('jira_webhook_withheld_total{reason="conversation gone"}')
    async with world.teams.expecting(CHANNEL):
        await world.teams.say(ALICE, CHANNEL, "subscriptions")
    async with world.teams.expecting(CHANNEL, lambda p: "Told again" in words(p.card)):
        world.create_issue("DEMO", "Told again")


async def test_t01_who_was_meant_hears_that_somebody_else_opened_their_link(world: World) -> None:
    async with world.teams.expecting(personal(ALICE)) as got:
        await world.teams.say(ALICE, personal(ALICE), "connect")
    async with (
        world.teams.expecting(personal(ALICE), lambda p: "Bob B opened your link" in words(p.card)),
        browser_session() as session,
    ):
        page = await browser.link(session, links(got[0].card)[0], microsoft_user=BOB.email, jira_user=BOB.email)
    assert "This link is not yours" in page
