"""What a person means by a name, and what they want to create."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.forms.parsing.creation import (
    find_possible_keys,
    find_project,
    split_summary,
    split_type,
    suggest_type,
)
from bot.commands.forms.parsing.matching import (
    fields_named,
    match_options,
    match_priority,
    reference,
    system_field,
    take_field,
)
from bot.jira.fields.screens import ProjectRow, TypeRow
from bot.jira.models import Field, FieldOption
from tests.support.samples.fields import FIELDS, field

PROJECTS = (ProjectRow("DEMO", "Demo"), ProjectRow("OPS", "Operations"), ProjectRow("IN", "Input"))
TYPES = (
    TypeRow("1", "Epic"),
    TypeRow("2", "Story"),
    TypeRow("3", "Task"),
    TypeRow("4", "Bug"),
    TypeRow("5", "New Feature"),
    TypeRow("6", "Sub-task", subtask=True),
)

CREATE = [
    ("bug DEMO The login fails", "DEMO", "Bug", "The login fails"),
    ("bug demo The login fails", "DEMO", "Bug", "The login fails"),
    ("DEMO bug The login fails", "DEMO", "Bug", "The login fails"),
    ("DEMO Bug: The login fails", "DEMO", "Bug", "The login fails"),
    ("demo The login fails", "DEMO", None, "The login fails"),
    ("OPS", "OPS", None, ""),
    ("a new bug in DEMO: The login fails", "DEMO", "Bug", "The login fails"),
    ("new feature DEMO Export", "DEMO", "New Feature", "Export"),
    ("subtask DEMO Export", "DEMO", "Sub-task", "Export"),
    ("sub task DEMO Export", "DEMO", "Sub-task", "Export"),
    ("stroy DEMO Export", "DEMO", "Story", "Export"),
    ("bug Fix the API in DEMO", "DEMO", "Bug", "Fix the API"),
    ("broken link in DEMO", "DEMO", None, "broken link"),
    ("bug The login fails", None, None, ""),
    ("", None, None, ""),
    ("fix the thing in the demo", None, None, ""),
]


@pytest.mark.parametrize(("text", "project", "type_", "summary"), CREATE)
def test_create_in_any_sensible_order(text: str, project: str | None, type_: str | None, summary: str) -> None:
    named = find_project(text, PROJECTS)
    assert (named.project.key if named else None) == project
    if named:
        chosen, rest = split_type(named, TYPES)
        assert (chosen.name if chosen else None, rest) == (type_, summary)


def test_first_line_is_the_summary() -> None:
    assert split_summary("One  two\n\nSteps:\n- a") == ("One  two", "Steps:\n- a")
    assert split_summary("") == ("", "")


def test_suggested_type() -> None:
    assert suggest_type(TYPES) == TYPES[2]
    assert suggest_type(TYPES[:2]) == TYPES[0]
    assert suggest_type(TYPES[5:]) is None


def test_only_capitals_are_looked_up_as_keys_of_projects() -> None:
    assert find_possible_keys("bug ABC ../X it's A-1 XYZ") == ("ABC", "XYZ")


FIELD = [
    ("due friday", "duedate", "friday"),
    ("due date friday", "duedate", "friday"),
    ("Due: friday", "duedate", "friday"),
    ("prio high", "priority", "high"),
    ("fix version 2.0", "fixVersions", "2.0"),
    ("fixVersions 2.0", "fixVersions", "2.0"),
    ("story points 5", "cf_number", "5"),
    ("points 5", "cf_number", "5"),
    ("sevrity major", "cf_select", "major"),
    ("release notes some text", "cf_area", "some text"),
    ("summary of changes", "summary", "of changes"),
    ("epic link DEMO-1", "cf_epic", "DEMO-1"),
    ("epic DEMO-1", "parent", "DEMO-1"),
    ("sprint 12", "cf_sprint", "12"),
]


@pytest.mark.parametrize(("text", "name", "rest"), FIELD)
def test_field_by_name(text: str, name: str, rest: str) -> None:
    found, left = take_field(text, list(FIELDS.values()))
    assert ([f.id for f in found], left) == ([name], rest)


@pytest.mark.parametrize("text", ["flavour vanilla", "", "   ", "§"])
def test_no_field_of_that_name(text: str) -> None:
    assert take_field(text, list(FIELDS.values()))[0] == ()


def test_several_fields_fit() -> None:
    found, _ = take_field("re x", list(FIELDS.values()))
    assert {f.name for f in found} == {"Release notes", "Region", "Reviewers", "Fix versions"}


@given(st.text(max_size=200))
def test_t49_any_text(text: str) -> None:
    take_field(text, list(FIELDS.values()))
    match_options(text, [FieldOption("1", "Major"), FieldOption("2", text)])
    named = find_project(text, PROJECTS)
    if named:
        split_type(named, TYPES)
    split_summary(text)


def test_short_form_names_its_own_field_and_none_that_is_similar() -> None:
    screen = [FIELDS["summary"], field("cf_change", "Change type", "string", custom="textfield")]
    assert fields_named("type", screen) == ()
    assert fields_named("title", screen) == (FIELDS["summary"],)
    points = replace(field("cf_points", "Aufwand", "number"), custom="com.pyxis.greenhopper.jira:jsw-story-points")
    assert fields_named("story points", [*screen, points]) == (points,)


@pytest.mark.parametrize(
    ("typed", "names", "matched"),
    [
        ("hoch", ("Highest", "High", "Low"), ["High"]),
        ("hohe Priorität", ("Highest", "High", "Low"), ["High"]),
        ("niedrigste", ("Low", "Lowest"), ["Lowest"]),
        ("high", ("Höchste", "Hoch", "Niedrig"), ["Hoch"]),
        ("High", ("Highest", "High"), ["High"]),
        ("blocker", ("Highest", "High"), []),
        ("hoch", ("Hoch", "High"), ["Hoch"]),
    ],
)
def test_priority_in_the_other_language(typed: str, names: tuple[str, ...], matched: list[str]) -> None:
    options = [FieldOption(name, name) for name in names]
    assert [option.name for option in match_priority(typed, options)] == matched


def custom(number: int, name: str) -> Field:
    kind = "com.atlassian.jira.plugin.system.customfieldtypes:textfield"
    return Field(f"customfield_{number}", name, required=False, has_default=False, type="string", custom=kind)


OWNER, FIRST, SECOND = custom(1, "Owner"), custom(2, "Stage"), custom(3, "Stage")
ASSIGNEE = Field("assignee", "Assignee", required=False, has_default=False, type="user", system="assignee")
DUE = Field("duedate", "Due date", required=False, has_default=False, type="date", system="duedate")


def test_a_fields_own_name_goes_before_the_alias_of_another() -> None:
    assert take_field("owner me", [ASSIGNEE, OWNER]) == ((OWNER,), "me")
    assert take_field("owner me", [ASSIGNEE]) == ((ASSIGNEE,), "me")


def test_a_command_is_about_jiras_own_field_though_another_has_its_name() -> None:
    other = custom(4, "Due")
    assert system_field("due", [other, DUE]) is DUE
    assert system_field("due", [other]) is other
    assert system_field("due", [ASSIGNEE]) is None
    assert take_field("due soon", [DUE, other]) == ((other,), "soon")


def test_every_field_of_one_name_is_returned_and_can_be_named() -> None:
    screen = [FIRST, OWNER, SECOND]
    assert take_field("stage one", screen) == ((FIRST, SECOND), "one")
    assert [reference(field, screen) for field in screen] == ["customfield_2", "Owner", "customfield_3"]
    assert take_field("customfield_3 one", screen) == ((SECOND,), "one")


def test_a_name_that_goes_on_like_another_is_not_used_in_front_of_a_value() -> None:
    screen = [FIRST, custom(5, "Stage two")]
    assert reference(FIRST, screen, "two") == "customfield_2"
    assert reference(FIRST, screen, "one") == "Stage"


@pytest.mark.parametrize(
    ("typed", "matches"), [("1", True), ("-1", False), ("release 1", True), ("release-1", True)]
)
def test_a_minus_before_a_number_is_a_part_of_it(typed: str, matches: bool) -> None:
    options = [FieldOption("a", "1"), FieldOption("b", "Release 1")]
    assert any(option.name.casefold().endswith("1") for option in match_options(typed, options)) is matches
