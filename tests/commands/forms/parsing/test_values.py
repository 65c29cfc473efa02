"""Each kind of field: what is filled in, or typed, and what Jira gets; and what is refused, in words."""

from __future__ import annotations

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.forms.parsing.errors import BadValueError
from bot.commands.forms.parsing.form_values import parse_input
from bot.commands.forms.parsing.typed_values import ChooseValueError, parse_typed
from bot.jira.adf.from_markdown import markdown_to_adf
from bot.jira.fields.kinds import Changes, Kind, Picked, is_valid_label, kind_of
from bot.jira.fields.values import changes_update, encode
from bot.jira.models import FieldOption
from bot.jira.parse import parse_field
from bot.language import use_language
from tests.support.samples.fields import ACCOUNT, BERLIN, FIELDS, TEAM, field

TODAY = date(2026, 11, 23)

KINDS = {
    "summary": Kind.TEXT,
    "description": Kind.PARAGRAPH,
    "priority": Kind.OPTION,
    "assignee": Kind.USER,
    "labels": Kind.LABELS,
    "duedate": Kind.DATE,
    "components": Kind.OPTIONS,
    "fixVersions": Kind.OPTIONS,
    "parent": Kind.ISSUE,
    "comment": Kind.COMMENT,
    "attachment": Kind.UNKNOWN,
    "cf_text": Kind.TEXT,
    "cf_area": Kind.PARAGRAPH,
    "cf_number": Kind.NUMBER,
    "cf_moment": Kind.MOMENT,
    "cf_select": Kind.OPTION,
    "cf_radio": Kind.RADIO,
    "cf_checks": Kind.CHECKS,
    "cf_multi": Kind.OPTIONS,
    "cf_cascade": Kind.CASCADE,
    "cf_user": Kind.USER,
    "cf_users": Kind.USERS,
    "cf_url": Kind.URL,
    "cf_sprint": Kind.SPRINT,
    "cf_epic": Kind.EPIC,
    "cf_tags": Kind.LABELS,
    "cf_squad": Kind.TEAM,
    "cf_group": Kind.GROUP,
    "cf_groups": Kind.GROUPS,
    "cf_team": Kind.TEAM,
    "cf_asset": Kind.UNKNOWN,
}


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_kinds(name: str, kind: Kind) -> None:
    assert kind_of(FIELDS[name]) is kind


FORM = [
    ("summary", " two\nlines ", "two lines"),
    ("description", "a **b**", markdown_to_adf("a **b**")),
    ("priority", "2", {"id": "2"}),
    ("assignee", ACCOUNT, {"accountId": ACCOUNT}),
    ("labels", "a,b;c, a", ["a", "b;c"]),
    ("cf_squad", TEAM, TEAM),
    ("cf_group", "jira admins", {"name": "jira admins"}),
    ("cf_groups", "a,b c", [{"name": "a"}, {"name": "b c"}]),
    ("cf_groups", "", []),
    ("cf_squad", "", None),
    ("duedate", "2026-05-11", "2026-05-11"),
    ("components", "1,3", [{"id": "1"}, {"id": "3"}]),
    ("parent", " demo-7 ", {"key": "DEMO-7"}),
    ("cf_number", "2.5", 2.5),
    ("cf_number", "3,0", 3),
    ("cf_select", "1", {"id": "1"}),
    ("cf_radio", "3", {"id": "3"}),
    ("cf_checks", "1, 2", [{"id": "1"}, {"id": "2"}]),
    ("cf_cascade", "10>11", {"id": "10", "child": {"id": "11"}}),
    ("cf_cascade", "20", {"id": "20"}),
    ("cf_users", f"{ACCOUNT},x1", [{"accountId": ACCOUNT}, {"accountId": "x1"}]),
    ("cf_url", "https://example.com/a?b=c", "https://example.com/a?b=c"),
    ("cf_sprint", "12", 12),
    ("cf_epic", "DEMO-1", "DEMO-1"),
    ("cf_area", "", None),
    ("labels", "", []),
    ("components", "", []),
]


@pytest.mark.parametrize(("name", "text", "expected"), FORM)
async def test_from_a_form_to_jira(name: str, text: str, expected: object) -> None:
    field, kind = FIELDS[name], kind_of(FIELDS[name])
    assert await encode(kind, parse_input(field, kind, {f"f_{name}": text}, BERLIN)) == expected


NUMBERS = [
    ("en-US", "3,500", None),
    ("en-US", "3.500", 3.5),
    ("en-US", "-1,000", None),
    ("de-DE", "3.500", None),
    ("de-DE", "3,500", 3.5),
    ("de-DE", "0.125", 0.125),
    ("de-DE", "3,5", 3.5),
    ("en-US", "3,5", 3.5),
    ("en-US", "1234,500", 1234.5),
]


@pytest.mark.parametrize(("tongue", "text", "number"), NUMBERS)
def test_number_that_half_of_the_world_reads_otherwise_is_asked_for_again(
    tongue: str, text: str, number: float | None
) -> None:
    field = FIELDS["cf_number"]
    with use_language(tongue):
        if number is not None:
            assert parse_input(field, Kind.NUMBER, {"f_cf_number": text}, BERLIN) == number
            return
        with pytest.raises(BadValueError) as caught:
            parse_input(field, Kind.NUMBER, {"f_cf_number": text}, BERLIN)
    assert text.replace(",", "").replace(".", "") in str(caught.value)


NEW_LABELS = [
    ("a,b", "c", ["a", "b", "c"]),
    ("", "a, b c;a\nd", ["a", "b", "c", "d"]),
    ("a", "a b", ["a", "b"]),
    ("", " ,; ", []),
]


@pytest.mark.parametrize(("picked", "new", "expected"), NEW_LABELS)
async def test_labels_that_were_picked_and_new_ones(picked: str, new: str, expected: list[str]) -> None:
    given_ = {"f_labels": picked, "f_labels_new": new}
    assert await encode(Kind.LABELS, parse_input(FIELDS["labels"], Kind.LABELS, given_, BERLIN)) == expected


@given(st.text(max_size=40), st.text(max_size=40))
def test_t49_no_label_with_a_comma_or_a_space_is_made(picked: str, new: str) -> None:
    with contextlib.suppress(BadValueError):
        value = parse_input(FIELDS["labels"], Kind.LABELS, {"f_labels": picked, "f_labels_new": new}, BERLIN)
        assert value is None or (isinstance(value, Picked) and all(map(is_valid_label, value.ids)))


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("14:30", "2026-07-01T14:30:00.000+0200"), ("", "2026-07-01T00:00:00.000+0200")],
)
async def test_point_in_time_has_the_persons_zone(clock: str, expected: str) -> None:
    given_ = {"f_cf_moment": "2026-07-01", "f_cf_moment_time": clock}
    assert await encode(Kind.MOMENT, parse_input(FIELDS["cf_moment"], Kind.MOMENT, given_, BERLIN)) == expected


BAD = [
    ("summary", "x" * 256, "255"),
    ("description", "x" * 32_768, "32,767"),
    ("priority", "99", "no longer available for Priority"),
    ("components", "1,99", "no longer available for Components"),
    ("cf_cascade", "10>21", "no longer available for Region"),
    ("cf_number", "many", "number"),
    ("cf_number", "1e999", "number"),
    ("cf_url", "javascript:alert(1)", "full address"),
    ("parent", "../../myself", "issue key"),
    ("cf_sprint", "-1", "number"),
    ("duedate", "someday", "isn't a date"),
    ("duedate", "0026-05-11", "isn't a date"),
    ("labels", "x" * 256, "can't be a label in Labels"),
    ("labels", "ok,two words", "Use “two-words” instead"),
    ("cf_group", "x" * 256, "255"),
    ("assignee", "no such person", "no one"),
    ("cf_asset", "x", "only be set in Jira"),
]


@pytest.mark.parametrize(("name", "text", "said"), BAD)
def test_bad_input_is_refused_in_words(name: str, text: str, said: str) -> None:
    field, kind = FIELDS[name], kind_of(FIELDS[name])
    with pytest.raises(BadValueError, match=said):
        parse_input(field, kind, {f"f_{name}": text}, BERLIN)


TYPED = [
    ("priority", "crit", {"id": "3"}),
    ("priority", "majro", {"id": "2"}),
    ("priority", "none", None),
    ("components", "Minor, major", [{"id": "1"}, {"id": "2"}]),
    ("components", "minor major", [{"id": "1"}, {"id": "2"}]),
    ("components", "critical issue", [{"id": "3"}]),
    ("cf_cascade", "Europe > Germany", {"id": "10", "child": {"id": "11"}}),
    ("cf_cascade", "japan", {"id": "20", "child": {"id": "21"}}),
    ("cf_cascade", "asia", {"id": "20"}),
    ("duedate", "in 3 days", "2026-11-26"),
    ("cf_moment", "tomorrow 09:15", "2026-11-24T09:15:00.000+0100"),
    ("labels", "one two", ["one", "two"]),
    ("labels", "none", []),
    ("description", "# Title", markdown_to_adf("# Title")),
    ("summary", "none", "none"),
]


@pytest.mark.parametrize(("name", "text", "expected"), TYPED)
async def test_from_words_to_jira(name: str, text: str, expected: object) -> None:
    field, kind = FIELDS[name], kind_of(FIELDS[name])
    value = parse_typed(field, kind, text, BERLIN, TODAY)
    assert not isinstance(value, Changes)
    assert await encode(kind, value) == expected


CHANGES = [
    ("labels", "+x -y", [{"add": "x"}, {"remove": "y"}]),
    ("labels", "+ x, −y +z", [{"add": "x"}, {"add": "z"}, {"remove": "y"}]),
    ("components", "+critical issue -minor", [{"add": {"id": "3"}}, {"remove": {"id": "1"}}]),
    ("cf_tags", "+x", [{"add": "x"}]),
]


@pytest.mark.parametrize(("name", "text", "expected"), CHANGES)
def test_additions_and_removals(name: str, text: str, expected: object) -> None:
    field, kind = FIELDS[name], kind_of(FIELDS[name])
    value = parse_typed(field, kind, text, BERLIN, TODAY)
    assert isinstance(value, Changes)
    assert changes_update(kind, value) == expected


def test_what_fits_nothing_offers_what_is_allowed() -> None:
    with pytest.raises(ChooseValueError) as caught:
        parse_typed(FIELDS["priority"], Kind.OPTION, "blocker", BERLIN, TODAY)
    assert [o.name for o in caught.value.options] == ["Minor", "Major", "Critical issue"]


def test_what_fits_several_offers_those() -> None:
    with pytest.raises(ChooseValueError) as caught:
        parse_typed(FIELDS["priority"], Kind.OPTION, "m", BERLIN, TODAY)
    assert [o.name for o in caught.value.options] == ["Minor", "Major"]


@given(st.sampled_from(sorted(KINDS)), st.text(max_size=60), st.text(max_size=8))
async def test_t49_any_input_is_a_value_or_a_sentence(name: str, text: str, clock: str) -> None:
    field, kind = FIELDS[name], kind_of(FIELDS[name])
    given_ = {f"f_{name}": text, f"f_{name}_time": clock}
    with contextlib.suppress(BadValueError):
        await encode(kind, parse_input(field, kind, given_, BERLIN))
    with contextlib.suppress(BadValueError):
        value = parse_typed(field, kind, text, BERLIN, TODAY)
        if not isinstance(value, Changes):
            await encode(kind, value)


APPROVED = field(
    "cf_approved", "Approved", "option", custom="select", allowed=(FieldOption("1", "Yes"), FieldOption("2", "No"))
)


@pytest.mark.parametrize(("text", "ids"), [("no", ("2",)), ("No", ("2",)), ("yes", ("1",)), ("none", None)])
def test_value_that_is_called_like_nothing_is_a_value(text: str, ids: tuple[str, ...] | None) -> None:
    value = parse_typed(APPROVED, kind_of(APPROVED), text, BERLIN, TODAY)
    assert value == (Picked(ids) if ids else None)


WHERE = tuple(FieldOption(str(n), name) for n, name in enumerate(("Dev", "Prod, EU", "Prod,US", "EU")))
PLACES = field("cf_where", "Environments", "array", items="option", custom="multiselect", allowed=WHERE)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Prod, EU", ("1",)),
        ("prod,us", ("2",)),
        ("Dev, Prod, EU", ("0", "1")),
        ("Prod, EU, EU, Dev", ("1", "3", "0")),
    ],
)
def test_comma_in_the_name_of_a_value_parts_nothing(text: str, ids: tuple[str, ...]) -> None:
    assert parse_typed(PLACES, kind_of(PLACES), text, BERLIN, TODAY) == Picked(ids)
    assert parse_typed(PLACES, kind_of(PLACES), f"+{text}", BERLIN, TODAY) == Changes(add=ids)


def test_type_can_be_set_although_jira_names_no_operation_for_it() -> None:
    described = {
        "required": True,
        "schema": {"type": "issuetype", "system": "issuetype"},
        "name": "Issue Type",
        "operations": [],
        "allowedValues": [{"id": "10002", "name": "Task"}, {"id": "10004", "name": "Bug"}],
    }
    issue_type = parse_field("issuetype", described)
    assert kind_of(issue_type) is Kind.OPTION
    assert parse_typed(issue_type, Kind.OPTION, "bug", BERLIN, TODAY) == Picked(("10004",))
    assert kind_of(parse_field("attachment", {**described, "schema": {"system": "attachment"}})) is Kind.HIDDEN
