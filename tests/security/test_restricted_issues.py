"""T22, T25, T37: of an issue with a security level a conversation sees the key alone, wherever its card may come.

DEMO-6 has a level from the start. Alice and Bob are in it, Carol is not.
"""

from __future__ import annotations

import json

import pytest

from sandbox.teams import ALICE, BOB, CAROL, CHANNEL, GROUP, Chat, personal
from sandbox.teams_cards import actions, words
from tests.support.conversations import shown_to_all, typed
from tests.support.jira_site import LEVEL, account, edit
from tests.support.json_path import at
from tests.support.rows import Row
from tests.support.world import World

SECRET = "Tokens end up in the debug log"
SHARED = [CHANNEL, GROUP]


@pytest.fixture
async def linked(world: World) -> World:
    """Alice and Bob have linked Jira."""
    await world.link(ALICE)
    await world.link(BOB)
    return world


# Old cards ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chat", SHARED, ids=lambda c: c.kind)
async def test_t22_a_press_does_not_show_all_what_got_a_level_since(linked: World, chat: Chat, row: Row) -> None:
    for verb in ("issue.watch", "issue.move", "issue.assign", "issue.show"):
        with row(verb):
            await press_shows_the_key_alone(linked, verb, chat)


async def press_shows_the_key_alone(linked: World, verb: str, chat: Chat) -> None:
    card = await typed(linked, ALICE, chat, "DEMO-2")
    button = actions(card.card, verb)[0] if verb != "issue.show" else at(card.card, "refresh", "action")
    edit(linked, "DEMO-2", summary="We are being sued", **LEVEL)
    answer = await linked.teams.press(ALICE, chat, card.id, button)
    assert "We are being sued" in words(answer.card)
    assert "DEMO-2" in words(card.card)
    assert "restricted" in words(card.card)
    assert "Login fails" not in words(card.card)
    assert "We are being sued" not in shown_to_all(linked, chat)
    assert "In Progress" not in json.dumps(card.activity)


async def test_t22_what_a_vote_reports_is_not_said_to_all(linked: World) -> None:
    card = await typed(linked, BOB, CHANNEL, "DEMO-2")
    edit(linked, "DEMO-2", summary="We are being sued", **LEVEL)
    answer = await linked.teams.press(BOB, CHANNEL, card.id, actions(card.card, "issue.vote")[0])
    assert "Vote added." in words(answer.card)
    assert "Vote added." not in words(card.card)
    assert "We are being sued" not in shown_to_all(linked, CHANNEL)


async def test_t22_a_form_submitted_in_a_channel_shows_all_the_key_alone(linked: World) -> None:
    card = await typed(linked, ALICE, CHANNEL, "DEMO-2")
    edit(linked, "DEMO-2", summary="We are being sued", **LEVEL)
    form = await linked.teams.press(ALICE, CHANNEL, card.id, actions(card.card, "issue.edit")[0])
    submit = actions(form.card, "form.submit")[0]
    answer = await linked.teams.press(ALICE, CHANNEL, card.id, submit, {"f_summary": "We are being sued twice"})
    assert "We are being sued twice" in words(answer.card)
    assert "sued" not in shown_to_all(linked, CHANNEL)


async def test_t25_a_level_that_is_set_takes_the_content_off_the_channels_card(linked: World) -> None:
    await typed(linked, ALICE, CHANNEL, "subscribe DEMO all")
    async with linked.teams.expecting(CHANNEL) as told:
        key = linked.create_issue("DEMO", "Redundancies in spring")
    assert "Redundancies" in words(told[0].card)
    edit(linked, key, summary="Redundancies in May", **LEVEL)
    await linked.teams.next(CHANNEL, lambda p: p.id == told[0].id and "restricted" in words(p.card))
    assert "Redundancies" not in json.dumps(told[0].activity)
    assert "Redundancies in May" not in shown_to_all(linked, CHANNEL)


# Typed keys and lists ----------------------------------------------------------------------------------------


TYPED = ("DEMO-6", "watch DEMO-6", "comment DEMO-6 checked", "move DEMO-6 to In Progress", "priority DEMO-6 Low")


@pytest.mark.parametrize("chat", SHARED, ids=lambda c: c.kind)
async def test_t25_who_types_a_key_in_a_channel_reads_the_card_alone(linked: World, chat: Chat, row: Row) -> None:
    for text in TYPED:
        with row(text):
            await typist_reads_alone(linked, text, chat)


async def typist_reads_alone(linked: World, text: str, chat: Chat) -> None:
    card = await typed(linked, ALICE, chat, text)
    assert "DEMO-6" in words(card.card)
    assert "restricted" in words(card.card)
    seen = shown_to_all(linked, chat)
    assert SECRET not in seen
    assert "In Progress" not in seen
    hers = await linked.teams.look(ALICE, chat, card)
    assert hers is not None
    assert SECRET in words(hers.card)
    assert SECRET not in shown_to_all(linked, chat)


async def test_t25_a_step_that_is_not_clear_is_asked_of_the_asker_alone(linked: World) -> None:
    card = await typed(linked, ALICE, CHANNEL, "move DEMO-6")
    assert "restricted" in words(card.card)
    assert "In Progress" not in json.dumps(card.activity)
    assert "Choose a status" in words((await typed(linked, ALICE, CHANNEL, "move DEMO-2")).card)


SENTENCES = [
    ("unassign DEMO-6 from Zed", "Alice"),
    ("unassign DEMO-5 DEMO-6 from Zed", "Alice"),
    ("unlink DEMO-6 DEMO-2", "no link"),
    ("unlink DEMO-6 foo DEMO-3", "blocks"),
    ("assign DEMO-2 DEMO-6 to Bob", "**DEMO-6**: Assigned"),
    ("move DEMO-6 DEMO-4 to in progress", "**DEMO-6**: Moved"),
]


async def test_t25_a_sentence_in_a_channel_says_nothing_of_it(linked: World, row: Row) -> None:
    for text, secret in SENTENCES:
        with row(text):
            await sentence_says_nothing(linked, text, secret)


async def sentence_says_nothing(linked: World, text: str, secret: str) -> None:
    edit(linked, "DEMO-6", assignee={"accountId": account(ALICE).account_id})
    await typed(linked, ALICE, personal(ALICE), "link DEMO-6 blocks DEMO-3")
    await typed(linked, ALICE, personal(ALICE), "link DEMO-6 relates to DEMO-3")
    answer = await typed(linked, ALICE, CHANNEL, text)
    assert "DEMO-6" in answer.text + words(answer.card)
    assert secret not in shown_to_all(linked, CHANNEL)


async def test_t24_each_reader_of_a_restricted_card_gets_their_own_answer(linked: World) -> None:
    await linked.link(CAROL)
    card = await typed(linked, ALICE, CHANNEL, "DEMO-6")
    [show] = [a for a in actions(card.card, "issue.show") if a["title"] == "Show DEMO-6"]
    his = await linked.teams.press(BOB, CHANNEL, card.id, show)
    assert SECRET in words(his.card)
    hers = await linked.teams.press(CAROL, CHANNEL, card.id, show)
    assert SECRET not in json.dumps(hers.body)
    assert "you may not see it" in words(hers.card)
    assert card.versions == []


async def test_t25_a_list_in_a_channel_has_the_key_alone(linked: World) -> None:
    card = await typed(linked, ALICE, CHANNEL, "jql project = DEMO and type = Bug order by key")
    assert "Login fails after password reset" in words(card.card)
    assert "DEMO-6 · restricted" in words(card.card).replace("  ", " ")
    assert SECRET not in shown_to_all(linked, CHANNEL)
    row = next(a for a in actions(card.card, "issue.show") if "DEMO-6" in str(a["title"]))
    assert SECRET in words((await linked.teams.press(ALICE, CHANNEL, card.id, row)).card)
    assert SECRET not in shown_to_all(linked, CHANNEL)


async def test_in_ones_own_chat_a_restricted_issue_is_shown_whole(linked: World) -> None:
    assert SECRET in words((await typed(linked, ALICE, personal(ALICE), "DEMO-6")).card)
    listed = await typed(linked, ALICE, personal(ALICE), "jql key = DEMO-6")
    assert SECRET in words(listed.card)


# Links and the compose box -----------------------------------------------------------------------------------


@pytest.mark.parametrize("chat", [*SHARED, personal(ALICE)], ids=lambda c: c.kind)
async def test_t37_a_link_to_a_restricted_issue_unfolds_to_its_key(linked: World, chat: Chat) -> None:
    url = f"{linked.sandbox.site.url}/browse/DEMO-6"
    answer = await linked.teams.invoke(ALICE, chat, "composeExtension/queryLink", {"url": url})
    [attachment] = at(answer.body, "composeExtension", "attachments")
    assert "DEMO-6" in words(attachment["content"])
    assert "restricted" in words(attachment["content"])
    assert SECRET not in json.dumps(answer.body)


@pytest.mark.parametrize("query", ["DEMO-6", "tokens debug"])
async def test_t37_a_search_result_put_into_a_message_is_the_key(linked: World, query: str) -> None:
    parameters = [{"name": "query", "value": query}]
    value = {"commandId": "searchIssues", "parameters": parameters}
    answer = await linked.teams.invoke(ALICE, GROUP, "composeExtension/query", value)
    contents = [words(each["content"]) for each in at(answer.body, "composeExtension", "attachments")]
    assert any("DEMO-6" in content and "restricted" in content for content in contents)
    assert SECRET not in json.dumps(answer.body)


# Including restricted ----------------------------------------------------------------------------------------


async def test_t25_including_restricted_shows_it_to_the_channel_that_asked_for_it(linked: World) -> None:
    await typed(linked, ALICE, CHANNEL, "subscribe DEMO including restricted")
    card = await typed(linked, BOB, CHANNEL, "DEMO-6")
    assert SECRET in words(card.card)
    answer = await linked.teams.press(BOB, CHANNEL, card.id, actions(card.card, "issue.watch")[0])
    assert SECRET in words(answer.card)
    assert SECRET in words(card.card)
    assert SECRET not in words((await typed(linked, BOB, GROUP, "DEMO-6")).card)


@pytest.mark.parametrize(
    "subscription",
    [
        "subscribe DEMO",
        "subscribe OPS including restricted",
        "subscribe DEMO including restricted where type = Task",
    ],
)
async def test_t25_a_subscription_that_does_not_cover_it_shows_nothing(linked: World, subscription: str) -> None:
    await typed(linked, ALICE, CHANNEL, subscription)
    assert SECRET not in words((await typed(linked, BOB, CHANNEL, "DEMO-6")).card)


async def test_t25_including_restricted_is_what_its_owner_may_see_and_only_while_it_runs(linked: World) -> None:
    await linked.link(CAROL)
    await typed(linked, CAROL, CHANNEL, "subscribe DEMO including restricted")
    assert SECRET not in words((await typed(linked, ALICE, CHANNEL, "DEMO-6")).card)
    await typed(linked, ALICE, CHANNEL, "subscribe DEMO including restricted")
    assert SECRET in words((await typed(linked, ALICE, CHANNEL, "DEMO-6")).card)
    await typed(linked, ALICE, CHANNEL, "pause all")
    assert SECRET not in words((await typed(linked, ALICE, CHANNEL, "DEMO-6")).card)
