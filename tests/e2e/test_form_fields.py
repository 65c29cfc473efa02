"""Fields whose values Jira has to be asked for, and those that it fills in itself, on forms over sockets."""

from __future__ import annotations

import pytest

from sandbox.fields import FieldDef, Kind
from sandbox.model import NamedItem, ScreenField, Sprint
from sandbox.teams import ALICE
from sandbox.teams_cards import words
from tests.support.commands.form_player import CHAT, ask, inputs, newest, send
from tests.support.world import World

PLATFORM = "com.atlassian.jira.plugin.system.customfieldtypes"
RED, BLUE = "36885b3c-1bf0-4f85-a357-c5b858c31de4", "0c1b3b1a-8e1e-4a56-9d9e-0d3d6f7c1a11"


def add_field(world: World, number: int, name: str, kind: Kind, custom: str, *, required: bool = False) -> str:
    """Put a custom field on every screen of DEMO; its id."""
    site = world.sandbox.site
    key = custom if ":" in custom else f"{PLATFORM}:{custom}"
    field = FieldDef(f"customfield_{number}", name, kind, key, (), (f"cf[{number}]",))
    site.fields[field.id] = field
    demo = site.projects["DEMO"]
    demo.screens = {k: (*screen, ScreenField(field.id, required)) for k, screen in demo.screens.items()}
    return field.id


def default(world: World, field_id: str, value: object, *, required: bool = False) -> None:
    """Jira puts `value` there in new tasks of DEMO."""
    demo = world.sandbox.site.projects["DEMO"]
    kept = (e for e in demo.screens["10002"] if e.field_id != field_id)
    demo.screens["10002"] = (*kept, ScreenField(field_id, required, value))


def field_named(world: World, name: str) -> str:
    return next(f.id for f in world.sandbox.site.fields.values() if f.name == name)


def values(card: object, name: str) -> list[str]:
    """List what a choice offers."""
    listed = inputs(card)[name]["choices"]
    assert isinstance(listed, list)
    return [str(c["value"]) for c in listed]


async def typeahead(world: World, card: object, name: str, text: str) -> list[str]:
    """Ask as a client does while somebody types into a choice."""
    query = inputs(card)[name]["choices.data"]
    assert isinstance(query, dict)
    value = {"queryText": text, "queryOptions": {"skip": 0, "top": 15}, "dataset": query["dataset"]}
    answer = await world.teams.invoke(ALICE, CHAT, "application/search", value)
    found = answer.body["value"]
    assert isinstance(found, dict)
    return [str(row["value"]) for row in found["results"]]


def puts(world: World) -> list[object]:
    return [r.body for r in world.sandbox.requests if r.method == "PUT"]


# Labels ------------------------------------------------------------------------------------------------------


async def test_labels_are_offered_found_by_typing_and_new_ones_typed(world: World) -> None:
    await world.link()
    for n in range(30):
        world.create_issue("DEMO", f"Issue {n}", labels=[f"area-{n:02}"])
    posted = await ask(world, "edit DEMO-2")
    assert inputs(posted.card)["f_labels"]["value"] == "login,customer"
    assert {"login", "customer", "area-00"} <= set(values(posted.card, "f_labels"))
    assert "area-29" not in values(posted.card, "f_labels")
    assert await typeahead(world, posted.card, "f_labels", "AREA-2") == [f"area-{n}" for n in range(20, 30)]
    saved = await send(world, posted.card, posted, f_labels="login,area-29", f_labels_new="brand new, x")
    assert "Saved." in words(saved.card)
    issue = world.sandbox.site.issues["DEMO-2"]
    assert issue.values["labels"] == ["login", "area-29", "brand", "new", "x"]
    added = [{"add": label} for label in ("area-29", "brand", "new", "x")]
    assert puts(world) == [{"update": {"labels": [*added, {"remove": "customer"}]}}]


async def test_labels_that_the_form_does_not_show_survive_it(world: World) -> None:
    await world.link()
    issue = world.sandbox.site.issues["DEMO-2"]
    issue.values["labels"] = ["login", "a,b", "x" * 200, *(f"l{n}" for n in range(40))]
    posted = await ask(world, "edit DEMO-2")
    shown = str(inputs(posted.card)["f_labels"]["value"]).split(",")
    assert set(shown) == {"login", *(f"l{n}" for n in range(29))}
    issue.values["labels"] = [*issue.ids("labels"), "meanwhile"]
    await send(world, posted.card, posted, f_labels=",".join({*shown} - {"login"}), f_labels_new="later")
    assert issue.values["labels"] == [
        "a,b",
        "x" * 200,
        *(f"l{n}" for n in range(40)),
        "meanwhile",
        "later",
    ]


async def test_form_without_a_change_of_labels_writes_none(world: World) -> None:
    await world.link()
    posted = await ask(world, "edit DEMO-2")
    await send(world, posted.card, posted, f_labels="customer,login", f_summary="Login fails")
    assert puts(world) == [{"fields": {"summary": "Login fails"}}]


async def test_last_label_is_taken_away_by_a_client_that_leaves_empty_lists_out(world: World) -> None:
    await world.link()
    posted = await ask(world, "edit DEMO-3")
    await send(world, posted.card, posted, f_labels="")
    assert world.sandbox.site.issues["DEMO-3"].values["labels"] == []


@pytest.mark.parametrize("label", ["two words", "tab\tbed"])
async def test_no_label_with_a_space_is_made_of_what_was_picked(world: World, label: str) -> None:
    await world.link()
    posted = await ask(world, "edit DEMO-2")
    answer = await send(world, posted.card, posted, f_labels=f"login,{label}")
    assert "Labels can't have spaces" in words(answer.card)
    assert puts(world) == []


async def test_labels_field_of_ones_own(world: World) -> None:
    await world.link()
    tags = add_field(world, 40_000, "Tags", Kind.LABELS, "labels")
    world.sandbox.site.issues["DEMO-3"].values[tags] = ["tagged"]
    posted = await ask(world, "edit DEMO-2")
    assert values(posted.card, f"f_{tags}") == ["tagged"]
    await send(world, posted.card, posted, **{f"f_{tags}": "tagged", f"f_{tags}_new": "fresh"})
    assert world.sandbox.site.issues["DEMO-2"].values[tags] == ["tagged", "fresh"]


# People and issues ------------------------------------------------------------------------------------------


async def test_who_cannot_be_assigned_is_found_for_other_fields_all_the_same(world: World) -> None:
    await world.link()
    customer = field_named(world, "Customer")
    fay = next(p.account_id for p in world.sandbox.site.people if p.email == "f@example.com")
    posted = await ask(world, "edit DEMO-2")
    assert fay not in values(posted.card, f"f_{customer}")
    assert fay in await typeahead(world, posted.card, f"f_{customer}", "f")
    assert "choices.data" not in inputs(posted.card)["f_assignee"]
    await send(world, posted.card, posted, **{f"f_{customer}": fay})
    assert world.sandbox.site.issues["DEMO-2"].values[customer] == fay


async def test_people_found_by_typing_still_stand_in_a_refused_form(world: World) -> None:
    await world.link()
    customer = field_named(world, "Customer")
    fay = next(p.account_id for p in world.sandbox.site.people if p.email == "f@example.com")
    posted = await ask(world, "edit DEMO-2")
    refused = await send(world, posted.card, posted, f_summary="x" * 300, **{f"f_{customer}": fay})
    made = inputs(refused.card)[f"f_{customer}"]
    assert made["value"] == fay
    assert {"title": "Fay F", "value": fay} in made["choices"]  # type: ignore[operator]


async def test_sprint_found_by_typing_still_stands_in_a_refused_form(world: World) -> None:
    await world.link()
    sprint = field_named(world, "Sprint")
    world.sandbox.site.sprints = [
        *world.sandbox.site.sprints,
        *(Sprint(n, f"S {n}", "future") for n in range(10, 40)),
    ]
    posted = await ask(world, "edit DEMO-3")
    refused = await send(world, posted.card, posted, f_summary="x" * 300, **{f"f_{sprint}": "39"})
    assert inputs(refused.card)[f"f_{sprint}"]["value"] == "39"


async def test_parent_of_another_project_is_found_by_its_key(world: World) -> None:
    await world.link()
    ops = next(key for key in world.sandbox.site.issues if key.startswith("OPS-"))
    posted = await ask(world, "edit DEMO-3")
    assert ops not in values(posted.card, "f_parent")
    assert await typeahead(world, posted.card, "f_parent", ops.lower()) == [ops]


# Defaults ----------------------------------------------------------------------------------------------------


async def test_new_issue_starts_with_the_defaults_of_jira(world: World) -> None:
    await world.link()
    severity, services = field_named(world, "Severity"), field_named(world, "Affected services")
    default(world, severity, "10101", required=True)
    default(world, services, ["10110", "10112"])
    default(world, "labels", ["triage"])
    posted = await ask(world, "create task DEMO")
    form = inputs(posted.card)
    assert form["f_priority"]["value"] == "3"
    assert (form[f"f_{severity}"]["value"], form[f"f_{services}"]["value"]) == ("10101", "10110,10112")
    assert form["f_labels"]["value"] == "triage"
    await send(world, posted.card, posted, f_summary="As Jira likes it")
    made = newest(world)
    assert (made.values["priority"], made.values[severity]) == ("3", "10101")
    assert (made.values[services], made.values["labels"]) == (["10110", "10112"], ["triage"])
    body = next(r.body for r in world.sandbox.requests if (r.method, r.path) == ("POST", "/rest/api/3/issue"))
    assert isinstance(body, dict)
    assert set(body["fields"]) == {"project", "issuetype", "summary"}


async def test_default_is_changed_and_cleared(world: World) -> None:
    await world.link()
    severity, services = field_named(world, "Severity"), field_named(world, "Affected services")
    default(world, severity, "10101")
    default(world, services, ["10110"])
    default(world, "labels", ["triage"])
    posted = await ask(world, "create task DEMO")
    cleared = {f"f_{severity}": "~", f"f_{services}": "", "f_labels": "", "f_labels_new": "mine"}
    await send(world, posted.card, posted, f_summary="Otherwise", f_priority="1", **cleared)
    made = newest(world)
    assert made.values["priority"] == "1"
    assert (made.values[severity], made.values[services], made.values["labels"]) == (None, [], ["mine"])


async def test_default_of_a_required_field_is_changed_and_never_cleared(world: World) -> None:
    await world.link()
    severity = field_named(world, "Severity")
    default(world, severity, "10101", required=True)
    posted = await ask(world, "create task DEMO")
    assert "~" not in values(posted.card, f"f_{severity}")
    refused = await send(world, posted.card, posted, f_summary="No", **{f"f_{severity}": "~"})
    assert "Enter a value for Severity." in words(refused.card)
    await send(world, refused.card, posted, **{f"f_{severity}": "10102"})
    assert newest(world).values[severity] == "10102"


# Teams and groups --------------------------------------------------------------------------------------------


def with_team(world: World, custom: str = "atlassian-team", *, required: bool = False) -> str:
    world.sandbox.site.teams = (NamedItem(RED, "Red, or so"), NamedItem(BLUE, "Blue"))
    return add_field(world, 40_001, "Team", Kind.TEAM, custom, required=required)


@pytest.mark.parametrize("custom", ["atlassian-team", "com.atlassian.teams:rm-teams-custom-field-team"])
async def test_teams_of_the_projects_issues_are_offered(world: World, custom: str) -> None:
    await world.link()
    team = with_team(world, custom)
    world.sandbox.site.issues["DEMO-3"].values[team] = RED
    posted = await ask(world, "edit DEMO-2")
    assert values(posted.card, f"f_{team}") == ["~", RED]
    saved = await send(world, posted.card, posted, **{f"f_{team}": RED})
    assert "Saved." in words(saved.card)
    assert puts(world) == [{"fields": {team: RED}}]
    again = await ask(world, "edit DEMO-2")
    assert inputs(again.card)[f"f_{team}"]["value"] == RED
    assert "Red, or so" in words(again.card)
    await ask(world, "edit DEMO-3 team none")
    await ask(world, "edit DEMO-3 team red")
    assert world.sandbox.site.issues["DEMO-3"].values[team] == RED


async def test_team_field_is_named_where_no_team_has_been_seen(world: World) -> None:
    await world.link()
    team = with_team(world)
    posted = await ask(world, "edit DEMO-2")
    assert f"f_{team}" not in inputs(posted.card)
    assert "Not on this form: Team." in words(posted.card)
    assert f"{world.sandbox.site.url}/browse/DEMO-2" in str(posted.card)


async def test_required_team_that_cannot_be_chosen_is_said_with_a_link(world: World) -> None:
    await world.link()
    with_team(world, required=True)
    posted = await ask(world, "create bug DEMO Printer on fire")
    assert "requires Team, which can only be set in Jira" in posted.text.replace("\\", "")
    assert f"{world.sandbox.site.url}/browse/DEMO" in posted.text.replace("\\", "")


async def test_groups_are_offered_found_by_typing_and_written_by_name(world: World) -> None:
    await world.link()
    site = world.sandbox.site
    site.groups |= {f"crew {n:02}": frozenset() for n in range(30)}
    owner = add_field(world, 40_002, "Owning group", Kind.GROUP, "grouppicker")
    helpers = add_field(world, 40_003, "Helpers", Kind.GROUPS, "multigrouppicker")
    site.issues["DEMO-2"].values[helpers] = ["crew 01"]
    posted = await ask(world, "edit DEMO-2")
    assert inputs(posted.card)[f"f_{helpers}"]["value"] == "crew 01"
    assert await typeahead(world, posted.card, f"f_{owner}", "CREW 2") == [f"crew {n}" for n in range(20, 30)]
    await send(world, posted.card, posted, **{f"f_{owner}": "crew 29", f"f_{helpers}": "crew 01,jira-users"})
    values_ = site.issues["DEMO-2"].values
    assert (values_[owner], values_[helpers]) == ("crew 29", ["crew 01", "jira-users"])
    await ask(world, "edit DEMO-3 owning group crew 07")
    assert site.issues["DEMO-3"].values[owner] == "crew 07"


async def test_group_whose_name_a_list_cannot_hold_is_not_lost(world: World) -> None:
    await world.link()
    site = world.sandbox.site
    helpers = add_field(world, 40_003, "Helpers", Kind.GROUPS, "multigrouppicker")
    site.issues["DEMO-2"].values[helpers] = ["red, blue", "jira-users"]
    posted = await ask(world, "edit DEMO-2")
    assert "Not on this form: Helpers." in words(posted.card)
    await send(world, posted.card, posted, f_summary="Login fails")
    assert site.issues["DEMO-2"].values[helpers] == ["red, blue", "jira-users"]


# Sprints -----------------------------------------------------------------------------------------------------


async def test_empty_future_sprints_are_offered_and_closed_ones_are_not(world: World) -> None:
    await world.link()
    site = world.sandbox.site
    sprint = field_named(world, "Sprint")
    site.sprints = [*site.sprints, *(Sprint(n, f"Later {n}", "future") for n in range(10, 40))]
    site.issues["DEMO-4"].values[sprint] = ["3"]
    posted = await ask(world, "edit DEMO-3")
    offered = values(posted.card, f"f_{sprint}")
    assert offered[:2] == ["~", "1"]
    assert "2" in offered
    assert "3" not in offered
    assert await typeahead(world, posted.card, f"f_{sprint}", "later 3") == [str(n) for n in range(30, 40)]
    assert await typeahead(world, posted.card, f"f_{sprint}", "sprint 0") == []
    await send(world, posted.card, posted, **{f"f_{sprint}": "39"})
    assert site.issues["DEMO-3"].values[sprint] == ["39"]
    await ask(world, "sprint DEMO-3 DEMO Sprint 2")
    assert site.issues["DEMO-3"].values[sprint] == ["2"]
