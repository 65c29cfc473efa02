"""Cards that several people see: each one's client asks for a view of their own, and nobody else's changes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from sandbox import changes
from sandbox.faults import Fault
from sandbox.people import by_email
from sandbox.teams import ALICE, BOB, CAROL, CHANNEL, GROUP, Answer, Chat, Posted, TeamsUser, personal
from sandbox.teams_cards import actions, links, words
from tests.e2e.test_presses import shown
from tests.support.commands.accounts import disconnect
from tests.support.json_path import at
from tests.support.world import World

READING = r"/rest/api/3/issue/DEMO-2$"
KEPT = "application/vnd.microsoft.error"
SHARED = [CHANNEL, GROUP]


@pytest.fixture
async def linked(world: World) -> World:
    """Alice and Bob have linked Jira."""
    await world.link(ALICE)
    await world.link(BOB)
    return world


def viewers(posted: Posted) -> list[str]:
    """Whose clients a card asks to fetch their own view."""
    wanted = posted.card.get("refresh")
    return list(wanted["userIds"]) if isinstance(wanted, dict) else []


def titles(card: Mapping[str, object], verb: str) -> list[str]:
    return [str(a["title"]) for a in actions(card, verb)]


async def looked(world: World, user: TeamsUser, posted: Posted, chat: Chat = CHANNEL) -> Answer:
    """Ask as somebody's client does; the answer, which changed nothing that others see."""
    before, calls = words(posted.card), [c for c in world.teams.calls if c[0] != "GET"]
    answer = await world.teams.look(user, chat, posted)
    assert answer is not None
    assert answer.status == 200
    assert words(posted.card) == before
    assert [c for c in world.teams.calls if c[0] != "GET"] == calls
    return answer


def is_kept(answer: Answer) -> bool:
    """Whether the client goes on showing the card that it has."""
    value = answer.body["value"]
    return answer.body["type"] == KEPT and answer.body["statusCode"] == 500 and "$schema" not in str(value)


@pytest.mark.parametrize("chat", SHARED, ids=lambda c: c.kind)
async def test_cards_name_the_linked_people_met_here_newest_first(linked: World, chat: Chat) -> None:
    assert viewers(await shown(linked, chat)) == [ALICE.id]
    assert viewers(await shown(linked, chat, by=BOB)) == [BOB.id, ALICE.id]
    async with linked.teams.expecting(chat):
        await linked.teams.say(CAROL, chat, "whoami")
    assert viewers(await shown(linked, chat)) == [ALICE.id, BOB.id]
    other = GROUP if chat is CHANNEL else CHANNEL
    assert viewers(await shown(linked, other)) == [ALICE.id]
    assert viewers(await shown(linked, personal(ALICE))) == []


async def test_own_view_differs_from_the_shared_card_and_costs_one_request(linked: World) -> None:
    await shown(linked, CHANNEL, by=BOB)
    card = await shown(linked, CHANNEL, "DEMO-2")
    before = len(linked.sandbox.requests)
    hers = (await looked(linked, ALICE, card)).card
    assert len(linked.sandbox.requests) == before + 1
    his = (await looked(linked, BOB, card)).card
    assert titles(card.card, "issue.assign") == ["Assign to me", "Assign"]
    assert titles(hers, "issue.unassign") == ["Unassign"]
    assert titles(his, "issue.assign") == ["Assign to me", "Assign"]
    assert {*titles(card.card, "issue.watch"), *titles(card.card, "issue.unwatch")} == {"Watch", "Stop watching"}
    assert "you're watching" in words(hers)
    assert "you're watching" not in words(card.card)
    assert [at(view, "refresh", "userIds") for view in (hers, his)] == [[ALICE.id], [BOB.id]]


async def test_a_look_shows_what_has_changed_in_jira_since(linked: World) -> None:
    card = await shown(linked, CHANNEL, "DEMO-2")
    person = by_email(BOB.email)
    assert person is not None
    seen = linked.sandbox.site.issue("DEMO-2", person.account_id)
    changes.edit(linked.sandbox.site, person.account_id, seen, {"fields": {"summary": "Nobody can log in"}})
    assert "Nobody can log in" in words((await looked(linked, ALICE, card)).card)


async def test_a_look_at_a_view_does_not_change_what_others_see_again(linked: World) -> None:
    card = await shown(linked, CHANNEL, "DEMO-2")
    view = (await looked(linked, ALICE, card)).card
    for _ in range(3):
        seen = Posted(card.id, card.chat, {"attachments": [{"content": view}]})
        view = (await looked(linked, ALICE, seen)).card
    assert card.versions == []


async def test_buttons_of_ones_own_view_work(linked: World) -> None:
    card = await shown(linked, CHANNEL, "DEMO-2")
    view = (await looked(linked, ALICE, card)).card
    [unassign] = actions(view, "issue.unassign")
    stolen = await linked.teams.press(BOB, CHANNEL, card.id, unassign)
    assert "out of date" in words(stolen.card)
    answer = await linked.teams.press(ALICE, CHANNEL, card.id, unassign)
    assert "Unassigned" in words(answer.card)
    assert "Unassigned" in words(card.card)
    assert viewers(card) == [ALICE.id]


async def test_what_a_client_fetched_is_not_it(linked: World) -> None:
    await shown(linked, CHANNEL, "DEMO-2")
    card = await shown(linked, CHANNEL, "DEMO-3", by=BOB)
    await looked(linked, ALICE, card)
    async with linked.teams.expecting(CHANNEL) as got:
        await linked.teams.say(ALICE, CHANNEL, "it")
    assert "Login fails after password reset" in words(got[0].card)


async def test_who_has_disconnected_keeps_the_card_and_is_asked_no_more(linked: World) -> None:
    await shown(linked, CHANNEL, "DEMO-2", by=BOB)
    card = await shown(linked, CHANNEL, "DEMO-2")
    await disconnect(linked, BOB)
    assert is_kept(await looked(linked, BOB, card))
    assert viewers(await shown(linked, CHANNEL, "DEMO-2")) == [ALICE.id]


async def test_a_link_that_has_ended_is_told_in_ones_own_chat(linked: World) -> None:
    card = await shown(linked, CHANNEL, "DEMO-2")
    person = by_email(ALICE.email)
    assert person is not None
    linked.sandbox.atlassian.revoke(person.account_id)
    async with linked.teams.expecting(personal(ALICE), lambda p: "connection has ended" in words(p.card)):
        answer = await linked.teams.look(ALICE, CHANNEL, card)
    assert answer is not None
    assert is_kept(answer)


@pytest.mark.parametrize(
    "fault",
    [Fault("GET", READING, status=503, times=None), Fault("GET", READING, status=404, times=None)],
    ids=["unavailable", "forbidden"],
)
async def test_what_cannot_be_fetched_leaves_the_card(linked: World, fault: Fault) -> None:
    card = await shown(linked, CHANNEL, "DEMO-2")
    linked.sandbox.faults.add(fault)
    assert is_kept(await looked(linked, ALICE, card))


async def test_a_late_view_leaves_the_card(linked: World) -> None:
    card = await shown(linked, CHANNEL, "DEMO-2")
    waiting = asyncio.Event()
    linked.sandbox.faults.add(Fault("GET", READING, until=waiting))
    assert is_kept(await looked(linked, ALICE, card))
    waiting.set()
    await shown(linked, CHANNEL, "DEMO-3")
    assert card.versions == []
    assert not [p for p in linked.teams.messages(personal(ALICE)) if "DEMO-2" in words(p.card)]


@pytest.mark.parametrize(
    "change",
    [{"verb": "issue.vote"}, {"verb": "issue.unwatch"}, {"data": {"issue": "DEMO-2", "site": "", "sig": ""}}],
    ids=str,
)
async def test_t21_only_a_genuine_look_is_answered(linked: World, change: dict[str, object]) -> None:
    card = await shown(linked, CHANNEL, "DEMO-2")
    wanted = card.card["refresh"]
    assert isinstance(wanted, dict)
    value = {"action": {**wanted["action"], **change}, "trigger": "automatic"}
    before = len(linked.sandbox.requests)
    answer = await linked.teams.invoke(ALICE, CHANNEL, "adaptiveCard/action", value, reply_to=card.id)
    assert is_kept(answer)
    assert len(linked.sandbox.requests) == before


async def test_a_notification_can_be_looked_at_and_keeps_its_headline(linked: World) -> None:
    async with linked.teams.expecting(CHANNEL):
        await linked.teams.say(ALICE, CHANNEL, "subscribe DEMO")
    async with linked.teams.expecting(CHANNEL) as told:
        linked.create_issue("DEMO", "Printer on fire", by="d@example.com")
    assert viewers(told[0]) == [ALICE.id]
    headline = words(told[0].card).split("Task")[0].strip()
    view = (await looked(linked, ALICE, told[0])).card
    assert headline
    assert headline in words(view)
    again = (await looked(linked, ALICE, Posted(told[0].id, "", {"attachments": [{"content": view}]}))).card
    assert headline in words(again)


async def test_a_row_of_a_shared_list_opens_for_its_presser_alone(linked: World) -> None:
    async with linked.teams.expecting(CHANNEL) as got:
        await linked.teams.say(ALICE, CHANNEL, "jql key = DEMO-2")
    [row] = actions(got[0].card, "issue.show")
    answer = await linked.teams.press(ALICE, CHANNEL, got[0].id, row)
    assert "you're watching" in words(answer.card)
    [back] = [a for a in actions(answer.card, "list.page") if a["title"] == "Back to the list"]
    assert got[0].versions == []
    answer = await linked.teams.press(ALICE, CHANNEL, got[0].id, back)
    assert words(answer.card) == words(got[0].card)
    assert got[0].versions == []


async def test_t22_a_client_older_than_universal_actions_posts_nothing_of_one_person(linked: World) -> None:
    async with linked.teams.expecting(CHANNEL) as got:
        await linked.teams.say(ALICE, CHANNEL, "jql key = DEMO-2")
    [row] = actions(got[0].card, "issue.show")
    data = row["data"] | {"verb": "issue.show"}  # type: ignore[operator]
    async with linked.teams.expecting(CHANNEL) as posted:
        await linked.teams.post(linked.teams.activity(ALICE, CHANNEL, "message", value=data, replyToId=got[0].id))
    assert "DEMO-2" in words(posted[0].card)
    assert "you're watching" not in words(posted[0].card)
    assert titles(posted[0].card, "list.page") == []


async def pressed_in_an_old_client(world: World, user: TeamsUser, card: Posted, verb: str) -> Posted:
    """Press as an old client does, by a message; what comes into the presser's own chat."""
    before = len(world.teams.messages(CHANNEL))
    data = actions(card.card, verb)[0]["data"] | {"verb": verb}  # type: ignore[operator]
    async with world.teams.expecting(personal(user)) as got:
        await world.teams.post(world.teams.activity(user, CHANNEL, "message", value=data, replyToId=card.id))
    assert len(world.teams.messages(CHANNEL)) == before
    assert card.versions == []
    return got[0]


async def test_t22_form_that_an_older_client_asks_for_comes_into_ones_own_chat(linked: World) -> None:
    form = await pressed_in_an_old_client(linked, ALICE, await shown(linked, CHANNEL, "DEMO-2"), "issue.edit")
    button, filled_in = actions(form.card, "form.submit")[0], {"f_summary": "Login fails"}
    answer = await linked.teams.press(ALICE, personal(ALICE), form.id, button, filled_in)
    assert "Saved." in words(answer.card)


async def test_t22_link_that_an_older_client_asks_for_comes_into_ones_own_chat(linked: World) -> None:
    card = await pressed_in_an_old_client(linked, CAROL, await shown(linked, CHANNEL, "DEMO-2"), "issue.watch")
    assert "/connect?ticket=" in links(card.card)[0]


async def test_in_ones_own_chat_a_list_and_its_issues_change_in_place(linked: World) -> None:
    chat = personal(ALICE)
    async with linked.teams.expecting(chat) as got:
        await linked.teams.say(ALICE, chat, "jql key = DEMO-2")
    listed = words(got[0].card)
    await linked.teams.press(ALICE, chat, got[0].id, actions(got[0].card, "issue.show")[0])
    assert "Back to the list" in words(got[0].card)
    await linked.teams.press(ALICE, chat, got[0].id, actions(got[0].card, "list.page")[0])
    assert words(got[0].card) == listed


async def test_an_issue_can_be_edited_in_a_dialog(linked: World) -> None:
    card = await shown(linked, CHANNEL, "DEMO-2")
    async with linked.teams.expecting(CHANNEL) as offered:
        await linked.teams.say(ALICE, CHANNEL, "edit DEMO-2")
    [button] = submits(offered[0].card)
    value = {"data": {k: v for k, v in at(button, "data").items() if k != "msteams"}}
    answer = await linked.teams.invoke(ALICE, CHANNEL, "task/fetch", value, reply_to=card.id)
    assert "Edit DEMO-2" in str(answer.body)


def submits(node: object) -> list[dict[str, object]]:
    """Find the buttons that open a dialog."""
    if isinstance(node, list):
        return [found for part in node for found in submits(part)]
    if not isinstance(node, dict):
        return []
    data = node.get("data")
    if isinstance(data, dict) and "msteams" in data and node.get("type") == "Action.Submit" and "verb" in data:
        return [node]
    return [found for part in node.values() for found in submits(part)]
