"""Whatever Jira's metadata holds, a form is a valid card of at most 28 KB, and loses nothing in silence (T48)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.commands.forms.fields import FormContent, FormEntries, build_entries, missing_fields
from bot.commands.forms.parsing.form_values import input_name
from bot.commands.forms.state import Form, Purpose, fingerprint, label_mark
from bot.jira.adf.from_markdown import markdown_to_adf
from bot.jira.fields.kinds import Kind, kind_of
from bot.jira.fields.screens import CurrentValue
from bot.jira.fields.values import decode
from bot.jira.models import Field, FieldOption
from bot.security.card_signing import SignedData
from cards.base import Card
from cards.forms import (
    NOT_SET,
    Button,
    FormEntry,
    FormView,
    Shape,
    form_card,
    opener_card,
    typeahead_card,
    typeahead_choices,
)
from cards.size import MAX_CARD_BYTES, size
from tests.support.card_schema import assert_valid
from tests.support.json_path import at
from tests.support.samples.fields import FIELDS

EVIL = [
    "<at>CEO</at>",
    "\u202eevil\u2066",
    "**bold** [x](http://evil.example)",
    "{{DATE(2026-01-01T00:00:00Z, SHORT)}}",
    "\x00\x1b\ud800",
    "漢" * 20_000,
    '"\\' * 15_000,
    "e" + "\u0301" * 3_000,
    "",
]
MAX_OPTION = 255
"""Letters that Jira allows in the name of an option. Longer ones are tried in short lists."""
DATA = {"issue": "DEMO-1", "site": "c10d0000-0000-4000-8000-000000000001", "sig": "x" * 120}


def parts(node: object) -> Iterator[dict[str, object]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from parts(value)
    elif isinstance(node, list):
        for value in node:
            yield from parts(value)


def inputs(card: Card) -> dict[str, dict[str, object]]:
    return {str(p["id"]): p for p in parts(card) if str(p.get("type", "")).startswith("Input.")}


def without_typeahead(card: Card) -> Card:
    """Remove what Teams takes in a 1.5 card although the 1.5 schema does not know it; nothing else."""

    def strip(node: object) -> object:
        if isinstance(node, dict):
            query = node.get("choices.data")
            assert query is None or (isinstance(query, dict) and query["type"] == "Data.Query")
            barred = ("choices.data", "style") if query else ()
            return {k: strip(v) for k, v in node.items() if k not in barred}
        return [strip(v) for v in node] if isinstance(node, list) else node

    stripped = strip(card)
    assert isinstance(stripped, dict)
    return stripped


def drawn(
    fields: list[Field], purpose: Purpose = Purpose.CREATE, filling: FormContent | None = None
) -> tuple[FormEntries, Card]:
    made = build_entries(
        fields, purpose, filling or FormContent(), UTC, lambda field: f"field={field.id[:60]}&{'x' * 250}"
    )
    button = Button("Create", "form.submit", {**DATA, **Form(purpose, "site", was=made.was).to_data()})
    view = FormView("New Bug in DEMO", made.entries, [button], left_out=made.left_out, link="https://x.example")
    return made, form_card(view)


def test_required_first_the_others_folded() -> None:
    fields = [replace(f, required=f.id in ("summary", "cf_select")) for f in FIELDS.values()]
    made, card = drawn(fields)
    assert_valid(without_typeahead(card))
    visible = [p["id"] for p in at(card, "body") if str(p["type"]).startswith("Input.")]
    assert visible == ["f_summary", "f_cf_select"]
    folded = next(p for p in parts(card) if p.get("id") == "more-fields")
    assert folded["isVisible"] is False
    assert "f_description" in inputs(folded)
    assert set(made.left_out) == {"Attachment", "Squad", "Owning group", "Working groups", "Team", "Asset"}
    assert "Attachment, Squad, Owning group, Working groups, Team" in str(card)


def test_unknown_field_blocks_only_when_it_is_required() -> None:
    fields = list(FIELDS.values())
    assert [f.id for f in missing_fields(fields, ["summary"])] == []
    fields = [replace(f, required=f.id in ("cf_asset", "summary")) for f in fields]
    assert [f.id for f in missing_fields(fields, ["summary"])] == ["cf_asset"]


def test_after_a_refusal_what_was_typed_is_there_and_the_reason_above_it() -> None:
    typed = {"f_cf_text": "half a", "f_summary": "My summary"}
    _, card = drawn(
        list(FIELDS.values()), filling=FormContent(typed=typed, errors={"cf_text": "Cost center: no."})
    )
    assert inputs(card)["f_cf_text"]["value"] == "half a"
    items = card["body"]
    assert isinstance(items, list)
    place = next(n for n, item in enumerate(items) if item.get("id") == "f_cf_text")
    assert "Cost center: no." in str(items[place - 1])


SHAPES = [
    ("summary", "Input.Text", {}),
    ("description", "Input.Text", {"isMultiline": True}),
    ("duedate", "Input.Date", {}),
    ("cf_moment", "Input.Date", {}),
    ("cf_number", "Input.Text", {}),
    ("cf_select", "Input.ChoiceSet", {"style": "compact"}),
    ("cf_radio", "Input.ChoiceSet", {"style": "expanded"}),
    ("cf_checks", "Input.ChoiceSet", {"style": "expanded", "isMultiSelect": True}),
    ("cf_multi", "Input.ChoiceSet", {"style": "compact", "isMultiSelect": True}),
    ("assignee", "Input.ChoiceSet", {"style": "compact"}),
    ("cf_user", "Input.ChoiceSet", {"style": "filtered"}),
    ("cf_users", "Input.ChoiceSet", {"style": "filtered", "isMultiSelect": True}),
    ("parent", "Input.ChoiceSet", {"style": "filtered"}),
    ("cf_sprint", "Input.Text", {}),
    ("labels", "Input.ChoiceSet", {"style": "filtered", "isMultiSelect": True}),
    ("cf_tags", "Input.ChoiceSet", {"style": "filtered", "isMultiSelect": True}),
]


@pytest.mark.parametrize(("name", "kind", "looks"), SHAPES)
def test_shape_of_each_kind(name: str, kind: str, looks: Mapping[str, object]) -> None:
    made = inputs(drawn([FIELDS[name]])[1])[f"f_{name}"]
    assert made["type"] == kind
    assert looks.items() <= made.items()


def test_more_than_a_hundred_values_are_asked_for_by_typing() -> None:
    many = tuple(FieldOption(str(n), f"Value {n}") for n in range(1, 301))
    made = inputs(drawn([replace(FIELDS["cf_select"], allowed=many)])[1])["f_cf_select"]
    assert made["choices.data"] == {"type": "Data.Query", "dataset": f"field=cf_select&{'x' * 250}"}
    assert len(made["choices"]) <= 101  # type: ignore[arg-type]


def test_chosen_value_stays_among_the_few_that_are_listed() -> None:
    many = tuple(FieldOption(str(n), f"Value {n}") for n in range(1, 301))
    field = replace(FIELDS["cf_select"], allowed=many)
    current = {"cf_select": CurrentValue(*decode(kind_of(field), {"id": "299", "value": "Value 299"}))}
    made = inputs(drawn([field], Purpose.EDIT, FormContent(current))[1])["f_cf_select"]
    assert made["value"] == "299"
    assert {"title": "Value 299", "value": "299"} in made["choices"]  # type: ignore[operator]
    assert {"title": "None", "value": NOT_SET} in made["choices"]  # type: ignore[operator]


def test_long_present_text_is_left_out_of_an_edit_form_rather_than_cut() -> None:
    current = {"description": CurrentValue(*decode(kind_of(FIELDS["description"]), markdown_to_adf("x " * 9_000)))}
    made = inputs(drawn([FIELDS["description"]], Purpose.EDIT, FormContent(current))[1])["f_description"]
    assert "value" not in made
    assert "keep" in str(made["placeholder"])


@pytest.mark.parametrize(
    ("name", "found", "typeahead"), [("assignee", 5, False), ("assignee", 20, True), ("cf_user", 5, True)]
)
def test_people_are_asked_for_by_typing_where_those_offered_are_not_all(
    name: str, found: int, typeahead: bool
) -> None:
    offers = {name: tuple(FieldOption(f"a{n}", f"Person {n}") for n in range(found))}
    made = inputs(drawn([FIELDS[name]], filling=FormContent(offers=offers))[1])[f"f_{name}"]
    assert ("choices.data" in made) is typeahead


def test_labels_are_chosen_and_new_ones_typed_beneath() -> None:
    field = replace(FIELDS["labels"], required=True)
    offers = {"labels": (FieldOption("old", "old"),)}
    current = {"labels": CurrentValue(*decode(kind_of(field), ["mine", "a,b", "x" * 101, "\u202eevil", "\ud800"]))}
    made, card = drawn([field], Purpose.EDIT, FormContent(current, offers))
    assert_valid(without_typeahead(card))
    assert [c["value"] for c in at(inputs(card), "f_labels", "choices")] == ["old", "mine"]
    assert inputs(card)["f_labels"]["value"] == "mine"
    assert inputs(card)["f_labels"]["label"] == "Labels *"
    assert inputs(card)["f_labels_new"]["label"] == "Labels (new)"
    assert not any("isRequired" in made for made in inputs(card).values())
    assert made.was["labels"] == fingerprint(Kind.LABELS, "mine")


def test_labels_are_still_picked_after_a_refusal() -> None:
    typed = {"f_labels": "rare,old", "f_labels_new": "half a"}
    offers = {"labels": (FieldOption("old", "old"),)}
    _, card = drawn([FIELDS["labels"]], filling=FormContent(offers=offers, typed=typed, errors={"labels": "No."}))
    assert set(str(inputs(card)["f_labels"]["value"]).split(",")) == {"rare", "old"}
    assert inputs(card)["f_labels_new"]["value"] == "half a"


def test_marks_of_labels_survive_the_button() -> None:
    was = {"labels": fingerprint(Kind.LABELS, "b,a"), "cf_tags": fingerprint(Kind.LABELS, "")}
    form = Form(Purpose.EDIT, "s", "DEMO-1", was=was)
    assert Form.from_data(SignedData({"issue": "DEMO-1", "site": "s", **form.to_data()})) == form
    assert was == {"labels": ".".join(sorted(map(label_mark, "ab"))), "cf_tags": ""}


def test_default_of_a_required_field_leaves_no_choice_of_none() -> None:
    field = replace(FIELDS["cf_select"], required=True, has_default=True)
    current = {"cf_select": CurrentValue(*decode(kind_of(field), {"id": "2", "value": "Major"}))}
    made = inputs(drawn([field], filling=FormContent(current))[1])["f_cf_select"]
    assert made["value"] == "2"
    assert NOT_SET not in [c["value"] for c in at(made, "choices")]
    without = inputs(drawn([field])[1])["f_cf_select"]
    assert NOT_SET in [c["value"] for c in at(without, "choices")]


@pytest.mark.parametrize("name", ["cf_squad", "cf_group", "cf_groups"])
def test_field_with_nothing_to_choose_from_is_named(name: str) -> None:
    made, card = drawn([FIELDS[name]])
    assert made.left_out == (FIELDS[name].name,)
    assert "https://x.example" in str(card)
    offered, _ = drawn([FIELDS[name]], filling=FormContent(offers={name: (FieldOption("1", "One"),)}))
    assert offered.left_out == ()


@pytest.mark.parametrize("name", ["a,b", "x" * 101, "\u202eevil"])
def test_what_a_list_cannot_hold_is_not_put_into_one(name: str) -> None:
    current = {"cf_groups": CurrentValue(*decode(kind_of(FIELDS["cf_groups"]), [{"name": name}, {"name": "c"}]))}
    made, _ = drawn([FIELDS["cf_groups"]], Purpose.EDIT, FormContent(current))
    assert (made.entries, made.left_out) == ((), ("Working groups",))


def test_choices_travel_to_the_typeahead_and_back() -> None:
    assert typeahead_choices(typeahead_card([("Bob", "1"), ("", "2")])) == [("Bob", "1"), ("2", "2")]
    assert typeahead_choices(form_card(FormView("x", [], []))) == []


def test_form_survives_its_button() -> None:
    form = Form(Purpose.EDIT, "s", "DEMO-1", transition="5", card="17", was={"summary": "ab", "cf:1": "cd"})
    assert Form.from_data(SignedData({"issue": "DEMO-1", "site": "s", **form.to_data()})) == form


class Words(str):
    """A text that a failure does not print in full."""

    def __repr__(self) -> str:
        return f"{self[:30]!s:.30}… ({len(self)})"


class Fields(list[Field]):
    """Fields that a failure does not print in full: they can be hundreds of megabytes."""

    def __repr__(self) -> str:
        return str([(field.id, Words(field.name), len(field.allowed)) for field in self[:5]])


words = st.one_of(st.sampled_from(EVIL), st.text(max_size=30)).map(Words)
count = st.sampled_from([0, 1, 5, 150])


@st.composite
def hostile_fields(draw_: st.DrawFn) -> Fields:
    fields = Fields()
    for n in range(draw_(st.sampled_from([1, 4, 40, 150]))):
        base = FIELDS[draw_(st.sampled_from(sorted(FIELDS)))]
        options = base.allowed
        if options:
            name = draw_(words)
            total = draw_(count if len(name) <= MAX_OPTION else st.just(5))
            children = (FieldOption("7", name),) * draw_(st.sampled_from([0, 30]))
            options = tuple(FieldOption(str(i), name, children) for i in range(total))
        field_id = f"{base.id}{n}" if n else base.id
        required, name = draw_(st.booleans()), draw_(words)
        fields.append(replace(base, id=field_id, name=name, required=required, allowed=options))
    return fields


@pytest.mark.slow
@settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
@given(hostile_fields(), st.sampled_from(Purpose), words, words, st.booleans())
def test_t48_any_form(fields: Fields, purpose: Purpose, text: str, error: str, after: bool) -> None:
    names = [f.id for f in fields]
    typed = {input_name(n): text for n in names} if after else {}
    errors = dict.fromkeys(names, error) if after else {}
    current = {f.id: CurrentValue(*decode(kind_of(f), text)) for f in fields}
    offers = {n: tuple(FieldOption(f"a{i}", text) for i in range(20)) for n in names}
    made, card = drawn(fields, purpose, FormContent(current, offers, typed, errors))
    assert size(card) <= MAX_CARD_BYTES
    assert_valid(without_typeahead(card))
    shown = inputs(card)
    dropped = [e for e in made.entries if e.name not in shown]
    assert not dropped or "Not on this form" in str(card)


@settings(deadline=None, max_examples=30)
@given(words, words, st.sampled_from(Shape))
def test_t48_opener_and_choices(title: str, text: str, shape: Shape) -> None:
    entry = FormEntry("f_x", title, shape, text, [(text, "1")], typed=True)
    for card in (
        opener_card(title, [text], Button(title, "form.open", DATA)),
        typeahead_card([(title, "1"), (text, "2")]),
        form_card(FormView(title, [entry], [], text, [text])),
    ):
        assert size(card) <= MAX_CARD_BYTES
        assert_valid(without_typeahead(card))
