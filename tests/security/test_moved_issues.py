"""T25: an issue that is moved out of a subscribed project is no longer the channel's matter."""

from __future__ import annotations

import json

import pytest

from sandbox.teams import ALICE, CHANNEL, GROUP, Chat
from sandbox.teams_cards import actions, words
from tests.support.conversations import shown_to_all, typed
from tests.support.jira_site import comment, edit, move_to_project
from tests.support.world import World


async def the_end(world: World, chat: Chat) -> None:
    """Wait until what was to be told has been: later things come after it."""
    await world.sandbox.webhooks_settled()
    async with world.teams.expecting(chat, lambda p: "The end" in words(p.card)):
        world.create_issue("DEMO", "The end")


@pytest.mark.parametrize("chat", [CHANNEL, GROUP], ids=lambda c: c.kind)
@pytest.mark.parametrize("topics", ["all", "created"])
async def test_t25_what_left_the_project_is_one_line_and_its_card_is_closed(
    world: World, topics: str, chat: Chat
) -> None:
    await world.link(ALICE)
    await typed(world, ALICE, chat, f"subscribe DEMO {topics}")
    async with world.teams.expecting(chat) as told:
        key = world.create_issue("DEMO", "Who may be laid off")
    card, before = told[0], len(world.teams.messages(chat))
    async with world.teams.expecting(chat) as lines:
        moved = move_to_project(world, key, "HR")
    edit(world, moved, summary="Whom we lay off in May")
    comment(world, moved, "The list is attached")
    await the_end(world, chat)
    line = f"{key} moved to {moved}"
    assert lines[0].text == line
    assert card.activity["text"] == line
    assert card.card == {}
    assert actions(card.activity, "") == []
    assert len(world.teams.messages(chat)) == before + 2
    assert "in May" not in shown_to_all(world, chat)
    assert "The list" not in shown_to_all(world, chat)
    assert "Who may be" not in json.dumps([p.activity for p in world.teams.messages(chat)])


async def test_t25_where_the_subscriber_does_not_see_it_any_more_not_even_its_new_key_is_told(
    world: World,
) -> None:
    await world.link(ALICE)
    await typed(world, ALICE, CHANNEL, "subscribe DEMO all")
    async with world.teams.expecting(CHANNEL) as told:
        key = world.create_issue("DEMO", "Who may be laid off")
    world.sandbox.site.projects["HR"].permissions["BROWSE_PROJECTS"] = frozenset()
    issue = world.sandbox.site.issues[key]
    async with world.teams.expecting(CHANNEL) as lines:
        move_to_project(world, key, "HR")
    assert lines[0].text == f"{key} moved to another project"
    await the_end(world, CHANNEL)
    assert told[0].activity["text"] == lines[0].text
    assert issue.key not in shown_to_all(world, CHANNEL)


@pytest.mark.parametrize("chat", [CHANNEL, GROUP], ids=lambda c: c.kind)
async def test_t22_a_press_does_not_show_all_what_was_moved_to_another_project(world: World, chat: Chat) -> None:
    await world.link(ALICE)
    card = await typed(world, ALICE, chat, "DEMO-2")
    buttons = [actions(card.card, verb)[0] for verb in ("issue.edit", "issue.watch")]
    moved = move_to_project(world, "DEMO-2", "HR")
    edit(world, moved, summary="Whom we lay off in May")
    form = await world.teams.press(ALICE, chat, card.id, buttons[0])
    own = await world.teams.press(ALICE, chat, card.id, buttons[1])
    assert "Whom we lay off" in words(own.card)
    assert f"{moved} · in another project" in words(card.card).replace("  ", " ")
    again = actions(own.card, "issue.unwatch")[0]
    submit = actions(form.card, "form.submit")[0]
    await world.teams.press(ALICE, chat, card.id, again)
    saved = await world.teams.press(ALICE, chat, card.id, submit, {"f_summary": "Whom we lay off in June"})
    assert "in June" in words(saved.card)
    assert "Whom we lay off" not in shown_to_all(world, chat)


async def test_an_issue_that_moves_between_two_subscribed_projects_stays_on_its_card(world: World) -> None:
    await world.link(ALICE)
    await typed(world, ALICE, CHANNEL, "subscribe DEMO all")
    await typed(world, ALICE, CHANNEL, "subscribe OPS all")
    async with world.teams.expecting(CHANNEL) as told:
        key = world.create_issue("DEMO", "The queue is stuck")
    async with world.teams.expecting(CHANNEL) as lines:
        moved = move_to_project(world, key, "OPS")
    assert f"moved it from {key} to {moved}" in lines[0].text
    assert moved in words(told[0].card)


async def test_an_issue_that_was_never_shown_leaves_a_queried_project_in_silence(world: World) -> None:
    await world.link(ALICE)
    await typed(world, ALICE, CHANNEL, "subscribe DEMO all where labels = shown")
    move_to_project(world, world.create_issue("DEMO", "Not for the channel"), "OPS")
    async with world.teams.expecting(CHANNEL) as told:
        world.create_issue("DEMO", "For the channel", labels=["shown"])
    assert "For the channel" in words(told[0].card)
    assert "moved" not in shown_to_all(world, CHANNEL)
