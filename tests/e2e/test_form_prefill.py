"""What a field holds already: it stands in the form, stays if it is left alone, and outlives its being offered."""

from __future__ import annotations

import dataclasses

import pytest

from sandbox import workflow
from sandbox.fields import FieldDef, Kind
from sandbox.model import ScreenField
from sandbox.teams_cards import words
from tests.e2e.test_form_fields import PLATFORM, field_named, puts, values
from tests.support.commands.form_player import ask, inputs, newest, send
from tests.support.world import World

ALICE = "712020:5f000000-0000-4000-8000-0000000000a1"


def closing_asks_for(monkeypatch: pytest.MonkeyPatch, *fields: ScreenField) -> None:
    """Put these fields on the screens of transitions too."""
    steps = workflow.TRANSITIONS
    screened = tuple(dataclasses.replace(t, screen=(*t.screen, *fields)) if t.screen else t for t in steps)
    monkeypatch.setattr(workflow, "TRANSITIONS", screened)


def moves(world: World) -> list[object]:
    """List the bodies of the transitions that were made."""
    return [r.body for r in world.sandbox.requests if r.method == "POST" and r.path.endswith("/transitions")]


# Steps -------------------------------------------------------------------------------------------------------


async def test_step_shows_what_the_issue_holds_and_leaves_it_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.link()
    closing_asks_for(monkeypatch, ScreenField("fixVersions"), ScreenField("assignee", True), ScreenField("labels"))
    issue = world.sandbox.site.issues["DEMO-2"]
    issue.values["fixVersions"] = ["1001"]
    posted = await ask(world, "move DEMO-2 close")
    form = inputs(posted.card)
    assert (form["f_fixVersions"]["value"], form["f_assignee"]["value"]) == ("1001", ALICE)
    assert form["f_labels"]["value"] == "customer,login"
    await send(world, posted.card, posted, f_resolution="10001")
    assert moves(world) == [{"transition": {"id": "61"}, "fields": {"resolution": {"id": "10001"}}}]
    assert (issue.values["fixVersions"], issue.values["labels"]) == (["1001"], ["login", "customer"])


async def test_step_changes_what_was_changed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.link()
    closing_asks_for(monkeypatch, ScreenField("fixVersions"), ScreenField("labels"))
    issue = world.sandbox.site.issues["DEMO-2"]
    issue.values["fixVersions"] = ["1001"]
    posted = await ask(world, "move DEMO-2 close")
    given = {"f_fixVersions": "1001,1002", "f_labels": "customer", "f_labels_new": "closed"}
    await send(world, posted.card, posted, f_resolution="10001", **given)
    assert (issue.values["fixVersions"], issue.values["labels"]) == (["1001", "1002"], ["customer", "closed"])


async def test_required_field_of_a_step_is_not_emptied(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.link()
    closing_asks_for(monkeypatch, ScreenField("assignee", True))
    posted = await ask(world, "move DEMO-2 close")
    assert "~" not in values(posted.card, "f_assignee")
    refused = await send(world, posted.card, posted, f_resolution="10001", f_assignee="~")
    assert "Enter a value for Assignee." in words(refused.card)
    assert moves(world) == []


# Values that are offered no more -----------------------------------------------------------------------------


def without_mail(world: World) -> str:
    """Withdraw the choice "Mail" (10112) of a field; the field."""
    site, services = world.sandbox.site, field_named(world, "Affected services")
    field = site.fields[services]
    options = (*field.options[:2], dataclasses.replace(field.options[2], disabled=True))
    site.fields[services] = dataclasses.replace(field, options=options)
    return services


async def test_choice_that_was_given_up_is_not_offered_and_stays_where_it_is(world: World) -> None:
    await world.link()
    services = without_mail(world)
    world.sandbox.site.issues["DEMO-2"].values[services] = ["10112"]
    posted = await ask(world, "edit DEMO-3")
    assert values(posted.card, f"f_{services}") == ["10110", "10111"]
    posted = await ask(world, "edit DEMO-2")
    assert values(posted.card, f"f_{services}") == ["10110", "10111", "10112"]
    saved = await send(world, posted.card, posted, **{f"f_{services}": "10112,10110"})
    assert "Saved." in words(saved.card)
    assert puts(world) == [{"fields": {services: [{"id": "10112"}, {"id": "10110"}]}}]


async def test_choice_that_was_given_up_is_not_taken(world: World) -> None:
    await world.link()
    services = without_mail(world)
    posted = await ask(world, "edit DEMO-3")
    refused = await send(world, posted.card, posted, **{f"f_{services}": "10112"})
    assert "no longer available for Affected services" in words(refused.card)
    assert puts(world) == []


async def test_field_that_the_screen_only_shows_is_not_asked_for(world: World) -> None:
    await world.link()
    demo = world.sandbox.site.projects["DEMO"]
    demo.screens = {
        kind: tuple(dataclasses.replace(e, fixed=e.field_id in ("duedate", "priority")) for e in screen)
        for kind, screen in demo.screens.items()
    }
    posted = await ask(world, "edit DEMO-2")
    assert {"f_duedate", "f_priority"}.isdisjoint(inputs(posted.card))
    refused = await ask(world, "priority DEMO-2 high")
    assert "DEMO-2 has no editable priority." in refused.text
    assert puts(world) == []


# Points in time ----------------------------------------------------------------------------------------------


def with_start(world: World) -> str:
    """Put a point in time on every screen of DEMO."""
    site = world.sandbox.site
    field = FieldDef("customfield_40009", "Starts", Kind.TEXT, f"{PLATFORM}:datetime")
    site.fields[field.id] = field
    demo = site.projects["DEMO"]
    demo.screens = {kind: (*screen, ScreenField(field.id)) for kind, screen in demo.screens.items()}
    return field.id


async def test_time_without_its_day_is_not_dropped_in_silence(world: World) -> None:
    await world.link()
    start = with_start(world)
    posted = await ask(world, "create task DEMO")
    refused = await send(world, posted.card, posted, f_summary="Deploy", **{f"f_{start}_time": "14:30"})
    assert "Enter a date for Starts, not only a time." in words(refused.card)
    assert inputs(refused.card)[f"f_{start}_time"]["value"] == "14:30"
    await send(world, refused.card, posted, **{f"f_{start}": "2031-05-11"})
    assert newest(world).values[start] == "2031-05-11T14:30:00.000+0200"


async def test_point_in_time_is_cleared_by_its_day(world: World) -> None:
    await world.link()
    start = with_start(world)
    world.sandbox.site.issues["DEMO-2"].values[start] = "2031-05-11T14:30:00.000+0200"
    posted = await ask(world, "edit DEMO-2")
    await send(world, posted.card, posted, **{f"f_{start}": ""})
    assert puts(world) == [{"fields": {start: None}}]
