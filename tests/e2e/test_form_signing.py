"""Whose a form is: it opens for one person, works wherever they get it, and for nobody else (T21, T22)."""

from __future__ import annotations

import asyncio

from sandbox.faults import Fault
from sandbox.teams import ALICE, BOB, CAROL, CHANNEL, GROUP, Posted, personal
from sandbox.teams_cards import actions, words
from tests.support.commands.form_player import CHAT, ask, filled, inputs, newest, send, writes
from tests.support.world import World


async def late_form(world: World, text: str, verb: str, slow: str) -> Posted:
    """Open a form in a group while Jira is slow; the form as it arrives in the own chat."""
    opener = await ask(world, text, GROUP)
    waiting = asyncio.Event()
    world.sandbox.faults.add(Fault("GET", slow, until=waiting))
    async with world.teams.expecting(CHAT) as got:
        pressed = await world.teams.press(ALICE, GROUP, opener.id, actions(opener.card, verb)[0])
        assert "Jira is slow" in str(pressed.body)
        waiting.set()
    assert not inputs(opener.card)
    return got[0]


def requests_of_issues(world: World) -> list[str]:
    """Return what Jira was asked about issues and their fields; the bridge searches in the background, too."""
    return [each.path for each in world.sandbox.requests if "/issue/" in each.path or "suggestions" in each.path]


async def test_t22_form_that_comes_late_comes_into_the_own_chat_and_works_there(world: World) -> None:
    await world.link()
    form = await late_form(world, "edit DEMO-2", "issue.edit", "/issue/DEMO-2/editmeta$")
    saved = await send(world, form.card, form, f_summary="Login fails")
    assert "Saved." in words(saved.card)
    assert world.sandbox.site.issues["DEMO-2"].values["summary"] == "Login fails"
    assert "Login fails" in words(form.card)


async def test_t22_late_form_is_cancelled_where_it_came(world: World) -> None:
    await world.link()
    form = await late_form(world, "create incident OPS Mail is down", "form.open", "/user/assignable/search$")
    cancelled = await world.teams.press(ALICE, CHAT, form.id, actions(form.card, "form.cancel")[0])
    assert "Nothing was created." in words(cancelled.card)
    assert writes(world) == []


async def test_t22_late_form_asks_for_choices_where_it_came(world: World) -> None:
    await world.link()
    form = await late_form(world, "edit DEMO-2", "issue.edit", "/issue/DEMO-2/editmeta$")
    query = inputs(form.card)["f_labels"]["choices.data"]
    assert isinstance(query, dict)
    value = {"queryText": "rep", "queryOptions": {"skip": 0, "top": 15}, "dataset": query["dataset"]}
    mine = await world.teams.invoke(ALICE, CHAT, "application/search", value)
    assert mine.body["value"] == {"results": [{"title": "report", "value": "report"}]}
    await world.link(BOB)
    before = requests_of_issues(world)
    for chat in (GROUP, personal(BOB)):
        theirs = await world.teams.invoke(BOB, chat, "application/search", value)
        assert theirs.body["value"] == {"results": []}
    assert requests_of_issues(world) == before


async def test_t21_form_of_somebody_else_is_refused_wherever_it_is_sent(world: World) -> None:
    await world.link()
    await world.link(BOB)
    opener = await ask(world, "edit DEMO-2", GROUP)
    mine = await world.teams.press(ALICE, GROUP, opener.id, actions(opener.card, "issue.edit")[0])
    before = requests_of_issues(world)
    for chat in (GROUP, CHANNEL, personal(BOB)):
        for verb in ("form.submit", "issue.show"):
            button = actions(mine.card, verb)[0]
            given = filled(mine.card, f_summary="Not mine")
            refused = await world.teams.press(BOB, chat, opener.id, button, given)
            assert "out of date" in words(refused.card)
        data = {**actions(mine.card, "form.submit")[0]["data"], "verb": "form.submit"}  # type: ignore[dict-item]
        dialog = await world.teams.invoke(BOB, chat, "task/submit", {"data": {**data, "f_summary": "Not mine"}})
        assert "out of date" in words(dialog.body)
    assert requests_of_issues(world) == before
    saved = await world.teams.press(
        ALICE, GROUP, opener.id, actions(mine.card, "form.submit")[0], filled(mine.card, f_summary="Mine")
    )
    assert "Saved." in words(saved.card)


async def test_t21_opener_is_everybodys_and_each_gets_a_form_of_their_own(world: World) -> None:
    await world.link()
    await world.link(CAROL)
    opener = await ask(world, "create task DEMO", GROUP)
    mine = await world.teams.press(ALICE, GROUP, opener.id, actions(opener.card, "form.open")[0])
    theirs = await world.teams.press(CAROL, GROUP, opener.id, actions(opener.card, "form.open")[0])
    button = actions(theirs.card, "form.submit")[0]
    refused = await world.teams.press(ALICE, GROUP, opener.id, button, filled(mine.card, f_summary="No"))
    assert "out of date" in words(refused.card)
    made = await world.teams.press(CAROL, GROUP, opener.id, button, filled(theirs.card, f_summary="Carol's"))
    assert newest(world).key in words(made.card)
    assert world.sandbox.site.name_of(newest(world).creator) == "Carol C"
