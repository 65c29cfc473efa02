"""Creating issues by words and by forms, over sockets."""

from __future__ import annotations

import asyncio
import dataclasses
import json

from sandbox.faults import Fault
from sandbox.fields import Kind
from sandbox.teams import ALICE, BOB, personal
from sandbox.teams_cards import actions, words
from tests.support.commands.form_player import CHAT, ask, inputs, newest, send
from tests.support.json_path import at
from tests.support.world import World


async def test_create_at_once(world: World) -> None:
    await world.link()
    before = len(world.sandbox.site.issues)
    posted = await ask(world, "create bug DEMO The login page is **empty**\nSteps:\n- open it")
    assert len(world.sandbox.site.issues) == before + 1
    made = newest(world)
    assert made.values["summary"] == "The login page is **empty**"
    assert made.values["issuetype"] == "10003"
    assert "bulletList" in str(made.values["description"])
    assert made.key in words(posted.card)
    assert "Created." in words(posted.card)


async def test_create_asks_for_project_then_type_then_creates(world: World) -> None:
    await world.link()
    posted = await ask(world, "create")
    first = inputs(posted.card)
    assert {"DEMO", "OPS"} <= {c["value"] for c in at(first, "f_project", "choices")}
    second = await send(world, posted.card, posted, "form.start", f_project="DEMO", f_summary="Printer on fire")
    assert inputs(second.card)["f_type"]["value"] == "10002"
    assert inputs(second.card)["f_summary"]["value"] == "Printer on fire"
    third = await send(world, second.card, posted, "form.start", f_type="10003")
    made = newest(world)
    assert (made.values["summary"], made.values["issuetype"]) == ("Printer on fire", "10003")
    assert made.key in words(third.card)
    assert made.key in words(posted.card)


async def test_create_by_form_with_required_custom_field(world: World) -> None:
    await world.link()
    before = len(world.sandbox.site.issues)
    posted = await ask(world, "create incident OPS Mail is down")
    severity = next(f.id for f in world.sandbox.site.fields.values() if f.name == "Severity")
    form = inputs(posted.card)
    assert form[f"f_{severity}"]["isRequired"] is True
    assert form["f_summary"]["value"] == "Mail is down"
    assert len(world.sandbox.site.issues) == before

    empty = await send(world, posted.card, posted, f_description="*hello*", f_labels_new="mail, queue")
    assert "Enter a value for Severity." in words(empty.card)
    assert inputs(empty.card)["f_description"]["value"] == "*hello*"
    assert len(world.sandbox.site.issues) == before

    made = await send(world, empty.card, posted, **{f"f_{severity}": "10102"})
    issue = newest(world)
    assert issue.values[severity] == "10102"
    assert issue.values["labels"] == ["mail", "queue"]
    assert issue.key in words(made.card)
    assert len(world.sandbox.site.issues) == before + 1


async def test_what_jira_refuses_stands_next_to_its_field(world: World) -> None:
    await world.link()
    posted = await ask(world, "create subtask DEMO Write the footer")
    hr = next(k for k in world.sandbox.site.issues if k.startswith("HR-"))
    answer = await send(world, posted.card, posted, f_parent=hr, f_labels="footer", f_labels_new="new one")
    texts = words(answer.card)
    assert "Could not find issue by id or key." in texts
    assert texts.index("Could not find issue") < texts.index("DEMO-1 ")
    assert inputs(answer.card)["f_labels"]["value"] == "footer"
    assert inputs(answer.card)["f_labels_new"]["value"] == "new one"
    assert inputs(answer.card)["f_summary"]["value"] == "Write the footer"
    done = await send(world, answer.card, posted, f_parent="DEMO-3")
    assert newest(world).values["parent"] == world.sandbox.site.issues["DEMO-3"].id
    assert newest(world).values["labels"] == ["footer", "new", "one"]
    assert newest(world).key in words(done.card)


async def test_what_jira_refuses_of_a_field_that_the_form_has_not_is_told_without_its_id(world: World) -> None:
    await world.link()
    posted = await ask(world, "move DEMO-2 close")
    body = json.dumps({"errorMessages": [], "errors": {"customfield_10077": "Root cause is required."}})
    world.sandbox.faults.add(Fault("POST", "/transitions$", status=400, body=body))
    answer = await send(world, posted.card, posted, f_resolution="10001", f_comment="typed")
    assert "Root cause is required." in words(answer.card)
    assert "customfield_10077" not in words(answer.card)
    assert inputs(answer.card)["f_comment"]["value"] == "typed"


async def test_t50_sending_twice_creates_once(world: World) -> None:
    await world.link()
    before = len(world.sandbox.site.issues)
    posted = await ask(world, "create task DEMO")
    await asyncio.gather(*(send(world, posted.card, posted, f_summary="Once") for _ in range(5)))
    assert len(world.sandbox.site.issues) == before + 1


async def test_t21_altered_form_writes_nothing(world: World) -> None:
    await world.link()
    posted = await ask(world, "edit DEMO-2")
    button = actions(posted.card, "form.submit")[0]
    before = len(world.sandbox.requests)
    altered = {**button, "data": {**button["data"], "issue": "DEMO-3"}}  # type: ignore[dict-item]
    answer = await world.teams.press(ALICE, CHAT, posted.id, altered, {"f_summary": "x"})
    assert "out of date" in words(answer.card)
    assert len(world.sandbox.requests) == before


async def test_create_says_which_type_it_takes_the_first_word_for(world: World) -> None:
    await world.link()
    posted = await ask(world, "create bug Printer on fire")
    answer = await send(world, posted.card, posted, "form.start", f_project="DEMO")
    form = inputs(answer.card)
    assert (form["f_type"]["value"], form["f_summary"]["value"]) == ("10003", "Printer on fire")
    more = await send(world, answer.card, posted, "form.open")
    assert inputs(more.card)["f_summary"]["value"] == "Printer on fire"
    assert "New Bug in DEMO" in words(more.card)


async def test_cancelled_form_creates_nothing(world: World) -> None:
    await world.link()
    before = len(world.sandbox.site.issues)
    posted = await ask(world, "create incident OPS Mail is down")
    answer = await world.teams.press(ALICE, CHAT, posted.id, actions(posted.card, "form.cancel")[0])
    assert "Nothing was created." in words(answer.card)
    assert len(world.sandbox.site.issues) == before


async def test_required_field_of_an_unknown_kind_blocks_with_a_link(world: World) -> None:
    await world.link()
    site = world.sandbox.site
    region = next(f for f in site.fields.values() if f.name == "Region")
    site.fields[region.id] = dataclasses.replace(region, custom="com.example:team", kind=Kind.SECURITY, options=())
    demo = site.projects["DEMO"]
    demo.security_levels = ()
    demo.screens["10003"] = tuple(
        dataclasses.replace(e, required=True) if e.field_id == region.id else e for e in demo.screens["10003"]
    )
    posted = await ask(world, "create bug DEMO Printer on fire")
    assert "Region" in posted.text
    assert f"{site.url}/browse/DEMO" in posted.text.replace("\\", "")


async def test_f09_jira_fails_while_a_form_is_sent(world: World) -> None:
    await world.link()
    posted = await ask(world, "create task DEMO")
    world.sandbox.faults.add(Fault("POST", "/rest/api/3/issue$", status=503))
    answer = await send(world, posted.card, posted, f_summary="Keep me")
    assert "Jira isn't responding properly" in words(answer.card)
    assert inputs(answer.card)["f_summary"]["value"] == "Keep me"
    again = await send(world, answer.card, posted)
    assert newest(world).values["summary"] == "Keep me"
    assert newest(world).key in words(again.card)


async def test_created_although_the_answer_was_lost(world: World) -> None:
    await world.link()
    before = len(world.sandbox.site.issues)
    world.sandbox.faults.add(Fault("POST", "/rest/api/3/issue$", drop=True))
    posted = await ask(world, "create task DEMO Once and only once")
    assert len(world.sandbox.site.issues) == before + 1
    assert newest(world).key in words(posted.card)


async def test_no_right_to_create_is_said(world: World) -> None:
    await world.link()
    world.sandbox.site.projects["OPS"].permissions["CREATE_ISSUES"] = frozenset()
    posted = await ask(world, "create incident OPS Mail is down")
    assert "f_project" in inputs(posted.card)
    assert "OPS" not in {c["value"] for c in at(inputs(posted.card), "f_project", "choices")}


async def test_form_goes_to_the_site_that_it_was_opened_on(world: World) -> None:
    await world.link()
    posted = await ask(world, "create DEMO Printer on fire")
    started = actions(posted.card, "form.start")[0]
    assert at(started, "data", "site") == world.sandbox.site.cloud_id
    await send(world, posted.card, posted, "form.start")
    made = [r for r in world.sandbox.requests if (r.method, r.path) == ("POST", "/rest/api/3/issue")]
    assert [r.cloud_id for r in made] == [world.sandbox.site.cloud_id]


async def test_what_can_be_created_is_asked_once_in_five_minutes_for_each_person(world: World) -> None:
    await world.link()
    await world.link(BOB)
    for _ in range(2):
        await ask(world, "create task DEMO")
        await ask(world, "create task DEMO", personal(BOB), BOB)
    screens = [
        r.account_id for r in world.sandbox.requests if r.path.endswith("/createmeta/DEMO/issuetypes/10002")
    ]
    assert len(screens) == len(set(screens)) == 2
