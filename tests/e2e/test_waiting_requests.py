"""What people ask for before they link: the last request runs by itself, earlier ones are offered as buttons."""

from __future__ import annotations

import asyncio
import re

from sandbox.faults import Fault
from sandbox.teams import ALICE, BOB, CHANNEL, NOT_IN_ROSTER, Chat, Posted, TeamsUser, personal
from sandbox.teams_cards import actions, links, words
from tests.support.world import World

OWN = personal(ALICE)


async def ask_unlinked(world: World, text: str, chat: Chat = OWN, user: TeamsUser = ALICE) -> Posted:
    async with world.teams.expecting(chat, lambda p: "Connect Jira" in words(p.card)) as got:
        await world.teams.say(user, chat, text)
    return got[0]


async def link_by(world: World, card: Posted, user: TeamsUser = ALICE) -> Posted:
    """Follow the link of a card; return the message that says so."""
    async with world.teams.expecting(personal(user), lambda p: "Jira is connected" in words(p.card)) as got:
        await world.follow(card, user)
    return got[0]


def comments(world: World) -> list[str]:
    return [path for method, path, *_ in world.jira_calls() if method == "POST" and path.endswith("/comment")]


def offered(posted: Posted) -> list[str]:
    return [str(action["title"]) for action in actions(posted.card, "account.resume")]


async def test_card_says_what_will_run(world: World) -> None:
    card = await ask_unlinked(world, "create bug DEMO Login fails on Safari")
    assert "I'll run create bug DEMO Login fails on Safari once you're connected." in words(card.card)


async def test_long_request_is_cut_on_the_card(world: World) -> None:
    shown = words((await ask_unlinked(world, f"comment DEMO-1 {'very ' * 200}long")).card)
    assert "I'll run comment DEMO-1 very very" in shown
    assert "… once you're connected" in shown
    assert len(shown) < 500


async def test_connect_alone_promises_the_last_request(world: World) -> None:
    await ask_unlinked(world, "DEMO-2")
    assert "I'll run DEMO-2 once" in words((await ask_unlinked(world, "connect")).card)


async def test_nothing_is_promised_to_who_asked_for_nothing(world: World) -> None:
    assert "I'll run" not in words((await ask_unlinked(world, "connect")).card)


async def test_last_request_runs_and_earlier_ones_wait_for_a_press(world: World) -> None:
    await ask_unlinked(world, "comment DEMO-1 Hello")
    await ask_unlinked(world, "comment DEMO-1 Hello")
    await ask_unlinked(world, "assign DEMO-2 me")
    last = await ask_unlinked(world, "DEMO-3")
    async with world.teams.expecting(OWN, lambda p: "Export the report" in words(p.card)):
        connected = await link_by(world, last)
    assert offered(connected) == ["comment DEMO-1 Hello", "assign DEMO-2 me"]
    assert comments(world) == []


async def test_pressed_offer_runs_once_and_the_others_stay(world: World) -> None:
    await ask_unlinked(world, "comment DEMO-1 Hello")
    await ask_unlinked(world, "assign DEMO-2 me")
    connected = await link_by(world, await ask_unlinked(world, "DEMO-3"))
    comment = actions(connected.card, "account.resume")[0]
    async with world.teams.expecting(OWN, lambda p: "Comment added" in words(p.card)):
        answers = await asyncio.gather(*(world.teams.press(ALICE, OWN, connected.id, comment) for _ in range(4)))
    assert len(comments(world)) == 1
    assert all("assign DEMO-2 me" in words(answer.card) for answer in answers)
    assert all("comment DEMO-1" not in words(answer.card) for answer in answers)


async def test_link_of_an_earlier_card_runs_the_last_request_too(world: World) -> None:
    first = await ask_unlinked(world, "DEMO-2")
    await ask_unlinked(world, "DEMO-3")
    async with world.teams.expecting(OWN, lambda p: "Export the report" in words(p.card)):
        connected = await link_by(world, first)
    assert offered(connected) == ["DEMO-2"]


async def test_offer_is_another_persons_in_nobodys_hands(world: World) -> None:
    await ask_unlinked(world, "comment DEMO-1 Hello")
    connected = await link_by(world, await ask_unlinked(world, "DEMO-3"))
    await world.link(BOB)
    comment = actions(connected.card, "account.resume")[0]
    answer = await world.teams.press(BOB, personal(BOB), connected.id, comment)
    assert "out of date" in words(answer.card)
    assert comments(world) == []


async def test_what_could_not_be_announced_is_not_lost(world: World) -> None:
    asked = await ask_unlinked(world, "comment DEMO-1 Hello")
    fault = Fault("POST", re.escape(OWN.id), status=403, body=NOT_IN_ROSTER, times=1)
    await ask_unlinked(world, "mine")
    world.teams.faults.add(fault)
    async with world.teams.expecting(OWN, lambda p: "Login fails" in words(p.card)):
        await world.follow(asked, ALICE)
    assert fault.hits == 1
    async with world.teams.expecting(OWN, lambda p: "Jira is connected" in words(p.card)) as got:
        await world.teams.say(ALICE, OWN, "connect")
    assert offered(got[0]) == ["comment DEMO-1 Hello"]


async def test_what_is_left_over_is_offered_by_connect(world: World) -> None:
    await ask_unlinked(world, "comment DEMO-1 Hello")
    last = await ask_unlinked(world, "DEMO-3")
    async with world.teams.expecting(OWN, lambda p: "Export the report" in words(p.card)):
        await link_by(world, last)
    async with world.teams.expecting(OWN, lambda p: "Jira is connected" in words(p.card)) as got:
        await world.teams.say(ALICE, OWN, "connect")
    assert offered(got[0]) == ["comment DEMO-1 Hello"]


async def test_requests_that_wait_are_ten_at_most(world: World) -> None:
    for number in range(1, 14):
        last = await ask_unlinked(world, f"search words {number}")
    connected = await link_by(world, last)
    assert offered(connected) == [f"search words {number}" for number in range(4, 13)]


async def test_request_of_a_channel_is_answered_there(world: World) -> None:
    asked = await ask_unlinked(world, "show DEMO-2", CHANNEL)
    assert "I'll run show DEMO-2 once you're connected." in words(asked.card)
    assert links(asked.card) == []
    connected = await link_by(world, await ask_unlinked(world, "DEMO-3"))
    show = actions(connected.card, "account.resume")[0]
    async with world.teams.expecting(CHANNEL, lambda p: "Login fails" in words(p.card)):
        await world.teams.press(ALICE, OWN, connected.id, show)


async def test_pressed_button_is_named_by_what_it_does(world: World) -> None:
    await world.link()
    async with world.teams.expecting(CHANNEL, lambda p: "Login fails" in words(p.card)) as shared:
        await world.teams.say(ALICE, CHANNEL, "DEMO-2")
    watch = actions(shared[0].card, "issue.watch")[0]
    answer = await world.teams.press(BOB, CHANNEL, shared[0].id, watch)
    assert "I'll run Watch DEMO-2 once you're connected." in words(answer.card)


async def test_offer_of_a_request_that_disconnecting_deleted_promises_nothing(world: World) -> None:
    await ask_unlinked(world, "comment DEMO-1 Hello")
    connected = await link_by(world, await ask_unlinked(world, "DEMO-3"))
    async with world.teams.expecting(OWN, lambda p: "Disconnect Jira?" in words(p.card)) as got:
        await world.teams.say(ALICE, OWN, "disconnect")
    await world.teams.press(ALICE, OWN, got[0].id, actions(got[0].card, "account.disconnect")[0])
    answer = await world.teams.press(ALICE, OWN, connected.id, actions(connected.card, "account.resume")[0])
    assert "has expired. Type it again." in words(answer.card)
    assert "once you're connected" not in words(answer.card)


async def test_offer_that_is_pressed_without_a_link_runs_after_the_next_one(world: World) -> None:
    await ask_unlinked(world, "comment DEMO-1 Hello")
    connected = await link_by(world, await ask_unlinked(world, "DEMO-3"))
    world.sandbox.atlassian.revoke("712020:5f000000-0000-4000-8000-0000000000a1")
    await ask_unlinked(world, "mine")
    answer = await world.teams.press(ALICE, OWN, connected.id, actions(connected.card, "account.resume")[0])
    assert "I'll run comment DEMO-1 Hello once you're connected." in words(answer.card)
    async with world.teams.expecting(OWN, lambda p: "Comment added" in words(p.card)):
        await world.follow_url(links(answer.card)[0], ALICE)
    assert len(comments(world)) == 1


async def test_button_without_a_name_is_promised_in_words(world: World) -> None:
    await world.link()
    async with world.teams.expecting(CHANNEL, lambda p: "Open form" in words(p.card)) as shared:
        await world.teams.say(ALICE, CHANNEL, "create")
    opener = actions(shared[0].card, "form.open")[0]
    answer = await world.teams.press(BOB, CHANNEL, shared[0].id, opener)
    assert "I'll run what you asked for once you're connected." in words(answer.card)
