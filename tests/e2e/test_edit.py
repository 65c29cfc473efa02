"""Editing and moving issues by words, forms and dialogs, over sockets."""

from __future__ import annotations

import dataclasses

from sandbox import changes
from sandbox.faults import Fault
from sandbox.fields import FieldDef, Kind, Option
from sandbox.model import ScreenField
from sandbox.teams import ALICE, CHANNEL
from sandbox.teams_cards import actions, words
from tests.support.commands.form_player import CHAT, ask, filled, inputs, newest, send, writes
from tests.support.json_path import at
from tests.support.rows import Row
from tests.support.world import World

CHECKBOXES = "com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes"

EDITS = [
    ("priority DEMO-2 low", "priority", "4"),
    ("edit DEMO-2 prio highest", "priority", "1"),
    ("summary DEMO-2 A better summary", "summary", "A better summary"),
    ("labels DEMO-2 +urgent -login", "labels", ["customer", "urgent"]),
    ("labels DEMO-2 one two", "labels", ["one", "two"]),
    ("labels DEMO-2 none", "labels", []),
    ("due DEMO-2 2031-05-11", "duedate", "2031-05-11"),
    ("edit DEMO-2 due date 11.05.2031", "duedate", "2031-05-11"),
    ("type DEMO-2 task", "issuetype", "10002"),
    ("parent DEMO-2 none", "parent", None),
    ("DEMO-2 fix version 2.0", "fixVersions", ["1002"]),
    ("components DEMO-2 backend, front", "components", ["2001", "2002"]),
    ("edit DEMO-2 severity crit", "Severity", "10102"),
    ("edit DEMO-2 region europe > germany", "Region", "10200>10201"),
    ("edit DEMO-2 assignee bob", "assignee", "712020:5f000000-0000-4000-8000-0000000000b1"),
    ("edit DEMO-2 customer me", "Customer", "712020:5f000000-0000-4000-8000-0000000000a1"),
    ("story points DEMO-2 8", "Story point estimate", 8),
    ("sprint DEMO-2 2", "Sprint", ["2"]),
    ("sprint DEMO-3 DEMO Sprint 1", "Sprint", ["1"]),
    ("parent DEMO-3 sign-in that people trust", "parent", "DEMO-1"),
]


async def test_edit_by_words(world: World, row: Row) -> None:
    await world.link()
    site = world.sandbox.site
    for text, name, value in EDITS:
        with row(text):
            field = next(f.id for f in site.fields.values() if name in (f.id, f.name))
            expected = site.issues[str(value)].id if name == "parent" and value else value
            posted = await ask(world, text)
            key = "DEMO-3" if "DEMO-3" in text else "DEMO-2"
            assert site.issues[key].values[field] == expected, words(posted.card) + posted.text
            assert "Login fails" in words(posted.card) or key in words(posted.card)


async def test_description_is_markdown(world: World) -> None:
    await world.link()
    await ask(world, "description DEMO-2 # Steps\n1. open **it**")
    assert "orderedList" in str(world.sandbox.site.issues["DEMO-2"].values["description"])


async def test_value_that_does_not_fit_offers_those_that_do(world: World) -> None:
    await world.link()
    posted = await ask(world, "priority DEMO-2 blocker")
    assert "Highest" in words(posted.card)
    assert "edit DEMO-2 Priority Highest" in str(posted.card)
    assert not [w for w in writes(world) if w.startswith("PUT")]


async def test_field_that_is_not_there_offers_those_that_are(world: World) -> None:
    await world.link()
    posted = await ask(world, "edit DEMO-2 flavour vanilla")
    assert "no editable field" in words(posted.card)
    assert "edit DEMO-2 Summary" in str(posted.card)


async def test_edit_form_writes_what_was_changed_and_nothing_else(world: World) -> None:
    await world.link()
    shown = await ask(world, "DEMO-2")
    opened = await world.teams.press(ALICE, CHAT, shown.id, actions(shown.card, "issue.edit")[0])
    form = inputs(opened.card)
    assert form["f_summary"]["value"] == "Login fails after password reset"
    assert form["f_priority"]["value"] == "2"
    saved = await send(world, opened.card, shown, f_summary="Login fails", f_priority="1")
    assert "Saved." in words(saved.card)
    put = [r for r in world.sandbox.requests if r.method == "PUT"]
    assert [r.body for r in put] == [{"fields": {"summary": "Login fails", "priority": {"id": "1"}}}]
    assert "Login fails" in words(shown.card)


async def test_fields_that_found_no_room_keep_their_values(world: World) -> None:
    await world.link()
    site = world.sandbox.site
    screen = site.projects["DEMO"].screens
    for n in range(60):
        options = (Option(f"{n}1", "One"), Option(f"{n}2", "Two"))
        field = FieldDef(f"customfield_{30_000 + n}", f"Choice {n}", Kind.OPTIONS, CHECKBOXES, options)
        site.fields[field.id] = field
        site.issues["DEMO-2"].values[field.id] = [f"{n}2"]
        screen["10003"] = (*screen["10003"], ScreenField(field.id))
    posted = await ask(world, "edit DEMO-2")
    assert "Not on this form" in words(posted.card)
    saved = await send(world, posted.card, posted, f_summary="Login fails")
    assert "Saved." in words(saved.card)
    assert [r.body for r in world.sandbox.requests if r.method == "PUT"] == [
        {"fields": {"summary": "Login fails"}}
    ]


async def test_step_that_has_vanished_leaves_a_fresh_card(world: World) -> None:
    await world.link()
    posted = await ask(world, "move DEMO-2 close")
    changes.move(
        world.sandbox.site,
        world.sandbox.site.projects["DEMO"].lead,
        world.sandbox.site.issues["DEMO-2"],
        {"transition": {"id": "61"}, "fields": {"resolution": {"id": "10000"}}},
    )
    answer = await send(world, posted.card, posted, f_resolution="10001")
    assert "no longer available" in words(answer.card)
    assert "Reopen" in words(answer.card)


async def test_without_the_right_to_edit(world: World) -> None:
    await world.link(ALICE, jira="f@example.com")
    for text in ("edit DEMO-2", "priority DEMO-2 high"):
        assert "You don't have permission to edit DEMO-2." in (await ask(world, text)).text
    assert not [w for w in writes(world) if w.startswith("PUT")]


async def test_lost_answer_to_an_edit_is_settled_by_writing_again(world: World) -> None:
    await world.link()
    world.sandbox.faults.add(Fault("PUT", "/rest/api/3/issue/DEMO-2$", drop=True))
    posted = await ask(world, "labels DEMO-2 +urgent")
    assert "Labels changed." in words(posted.card)
    assert world.sandbox.site.issues["DEMO-2"].values["labels"] == ["login", "customer", "urgent"]


async def test_t22_edit_and_move_in_a_channel_open_for_the_presser_alone(world: World) -> None:
    await world.link()
    for text, verb, name in (
        ("edit DEMO-2", "issue.edit", "f_summary"),
        ("move DEMO-2 close", "issue.move", "f_resolution"),
    ):
        posted = await ask(world, text, CHANNEL)
        assert not inputs(posted.card)
        mine = await world.teams.press(ALICE, CHANNEL, posted.id, actions(posted.card, verb)[0])
        assert name in inputs(mine.card)
        assert not inputs(posted.card)


async def test_cancel_shows_the_issue_again(world: World) -> None:
    await world.link()
    posted = await ask(world, "edit DEMO-2")
    answer = await world.teams.press(ALICE, CHAT, posted.id, actions(posted.card, "issue.show")[0])
    assert "Login fails after password reset" in words(answer.card)
    assert not inputs(answer.card).get("f_summary")


async def test_transition_that_requires_a_resolution_opens_its_form(world: World) -> None:
    await world.link()
    posted = await ask(world, "move DEMO-2 close")
    assert inputs(posted.card)["f_resolution"]["isRequired"] is True
    assert world.sandbox.site.issues["DEMO-2"].values["status"] == "10000"
    without = await send(world, posted.card, posted, f_comment="so **long**")
    assert "Enter a value for Resolution." in words(without.card)
    done = await send(world, without.card, posted, f_resolution="10001")
    issue = world.sandbox.site.issues["DEMO-2"]
    assert (issue.values["status"], issue.values["resolution"]) == ("10002", "10001")
    assert "strong" in str(issue.comments[-1].body)
    assert "Moved to Done." in words(done.card)


async def test_transition_button_opens_the_form_in_place(world: World) -> None:
    await world.link()
    shown = await ask(world, "DEMO-2")
    close = next(a for a in actions(shown.card, "issue.move") if "Close" in str(a["title"]))
    form = await world.teams.press(ALICE, CHAT, shown.id, close)
    assert "f_resolution" in inputs(form.card)
    assert not [w for w in writes(world) if "transitions" in w]


async def test_t22_in_a_channel_the_form_opens_for_the_presser_alone(world: World) -> None:
    await world.link()
    posted = await ask(world, "create incident OPS Mail is down", CHANNEL)
    assert not inputs(posted.card)
    mine = await world.teams.press(ALICE, CHANNEL, posted.id, actions(posted.card, "form.open")[0])
    assert inputs(mine.card)["f_summary"]["value"] == "Mail is down"
    assert not inputs(posted.card)
    severity = next(n for n, made in inputs(mine.card).items() if made["label"] == "Severity")
    made = await send(world, mine.card, posted, **{severity: "10101"})
    assert newest(world).key in words(made.card)
    assert newest(world).key in words(posted.card)


async def test_dialog_edits_and_the_shared_card_follows(world: World) -> None:
    await world.link()
    shown = await ask(world, "DEMO-2")
    button = actions(shown.card, "issue.edit")[0]
    data = {**button["data"], "verb": "issue.edit", "msteams": {"type": "task/fetch"}}  # type: ignore[dict-item]
    opened = await world.teams.invoke(ALICE, CHAT, "task/fetch", {"data": data}, reply_to=shown.id)
    task = opened.body["task"]
    assert isinstance(task, dict)
    assert task["type"] == "continue"
    card = task["value"]["card"]["content"]
    assert "Action.Execute" not in str(card)
    assert "Cancel" not in words(card)
    submit = card["actions"][0]["data"]

    bad = {**submit, **filled(card, f_summary="x" * 300)}
    again = await world.teams.invoke(ALICE, CHAT, "task/submit", {"data": bad})
    assert at(again.body, "task", "type") == "continue"
    assert "255" in words(again.body)

    good = {**submit, **filled(card, f_summary="Login fails")}
    saved = await world.teams.invoke(ALICE, CHAT, "task/submit", {"data": good})
    assert saved.body == {"task": {"type": "message", "value": "Saved DEMO-2."}}
    assert "Login fails" in words(shown.card)
    assert "password reset" not in words(shown.card)


async def test_t21_altered_dialog_writes_nothing(world: World) -> None:
    await world.link()
    shown = await ask(world, "DEMO-2")
    data = {**actions(shown.card, "issue.edit")[0]["data"], "verb": "issue.edit", "issue": "DEMO-3"}  # type: ignore[dict-item]
    before = len(world.sandbox.requests)
    answer = await world.teams.invoke(ALICE, CHAT, "task/fetch", {"data": data})
    assert "out of date" in words(answer.body)
    assert len(world.sandbox.requests) == before


async def test_choices_beyond_the_card_are_found_by_typing(world: World) -> None:
    await world.link()
    site = world.sandbox.site
    severity = next(f for f in site.fields.values() if f.name == "Severity")
    many = tuple(Option(str(n), f"Level {n}") for n in range(20_000, 20_150))
    site.fields[severity.id] = dataclasses.replace(severity, options=many)
    posted = await ask(world, "edit DEMO-2")
    query = inputs(posted.card)[f"f_{severity.id}"]["choices.data"]
    assert isinstance(query, dict)
    assert query["type"] == "Data.Query"
    value = {"queryText": "level 20149", "queryOptions": {"skip": 0, "top": 15}, "dataset": query["dataset"]}
    answer = await world.teams.invoke(ALICE, CHAT, "application/search", value)
    assert answer.body == {
        "statusCode": 200,
        "type": "application/vnd.microsoft.search.searchResponse",
        "value": {"results": [{"title": "Level 20149", "value": "20149"}]},
    }
    for skip, first in (
        (15, "Level 20015"),
        (149, "Level 20149"),
        (150, None),
        (-1, "Level 20000"),
        ("x", "Level 20000"),
    ):
        further = {**value, "queryText": "", "queryOptions": {"skip": skip, "top": 15}}
        found = at((await world.teams.invoke(ALICE, CHAT, "application/search", further)).body, "value", "results")
        assert [row["title"] for row in found[:1]] == ([first] if first else [])
    forged = {**value, "dataset": str(query["dataset"]).replace("DEMO-2", "DEMO-3")}
    before = len(world.sandbox.requests)
    refused = await world.teams.invoke(ALICE, CHAT, "application/search", forged)
    assert refused.body["value"] == {"results": []}
    assert len(world.sandbox.requests) == before
    saved = await send(world, posted.card, posted, **{f"f_{severity.id}": "20149"})
    assert "Saved." in words(saved.card)
    assert site.issues["DEMO-2"].values[severity.id] == "20149"
