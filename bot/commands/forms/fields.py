"""Turns fields into the entries of a form: kinds to shapes, with present values and choices filled in. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo

from bot.commands.forms.parsing.form_values import input_name, new_name, time_name, to_inputs
from bot.commands.forms.state import Purpose, fingerprint
from bot.commands.namesakes import Named, option_titles, titles
from bot.jira.fields.choices import MAX_GROUPS, MAX_PEOPLE
from bot.jira.fields.kinds import MULTI_VALUED, Kind, Picked, Unshowable, is_valid_label, kind_of
from bot.jira.fields.screens import CurrentValue
from bot.jira.models import Field, FieldOption
from bot.language import mark, tr
from cards.forms import FormEntry, Shape, is_choosable
from cards.sendable import strip_unsendable

MAX_PREFILLED_BYTES = 4_000
"""Bytes of present long texts that a form carries; a longer one is left as it is unless something is typed."""
MAX_SELECTED = 15
"""Selected values that a form shows; a field with more is edited in Jira."""
MAX_LABELS = 30
"""Present labels that a form shows; those that it does not show stay as they are."""
KEEP_TEXT = mark("Leave blank to keep the current text")

FILLED_BY_JIRA = frozenset({"project", "issuetype", "reporter"})
"""Required fields that nobody has to be asked for: the form's own subject, and who creates."""

_ORDER = (
    "summary",
    "description",
    "priority",
    "assignee",
    "labels",
    "duedate",
    "parent",
    "components",
    "fixVersions",
)
_UNFOLDED = frozenset({"summary", "description", "priority", "assignee", "labels", "duedate"})
"""What an edit form shows unfolded."""
_NOT_ASKED: Mapping[Purpose, tuple[str, ...]] = {
    Purpose.CREATE: ("project", "issuetype"),
    Purpose.EDIT: ("project",),
    Purpose.MOVE: ("project", "issuetype"),
}

_SHAPES: Mapping[Kind, Shape] = {
    Kind.PARAGRAPH: Shape.PARAGRAPH,
    Kind.COMMENT: Shape.PARAGRAPH,
    Kind.DATE: Shape.DATE,
    Kind.MOMENT: Shape.MOMENT,
    Kind.OPTION: Shape.CHOICE,
    Kind.CASCADE: Shape.CHOICE,
    Kind.USER: Shape.CHOICE,
    Kind.ISSUE: Shape.CHOICE,
    Kind.EPIC: Shape.CHOICE,
    Kind.SPRINT: Shape.CHOICE,
    Kind.TEAM: Shape.CHOICE,
    Kind.GROUP: Shape.CHOICE,
    Kind.GROUPS: Shape.CHOICES,
    Kind.LABELS: Shape.WORDS,
    Kind.RADIO: Shape.RADIO,
    Kind.OPTIONS: Shape.CHOICES,
    Kind.USERS: Shape.CHOICES,
    Kind.CHECKS: Shape.CHECKS,
}
_LISTED_KINDS = frozenset({Kind.OPTION, Kind.RADIO, Kind.OPTIONS, Kind.CHECKS, Kind.CASCADE})
"""Kinds whose values the metadata lists."""
NAMED_KINDS = frozenset(
    {Kind.USER, Kind.USERS, Kind.ISSUE, Kind.EPIC, Kind.SPRINT, Kind.TEAM, Kind.GROUP, Kind.GROUPS}
)
"""Kinds whose values people call by names, and Jira by ids that only it knows."""
SEARCHED_KINDS = NAMED_KINDS | {Kind.LABELS}
"""Kinds whose values no metadata lists, so that Jira is asked for some."""
_CHOICE_ONLY_KINDS = frozenset({Kind.TEAM, Kind.GROUP, Kind.GROUPS})
"""Kinds that cannot be filled in at all if Jira offers no values."""
_ENDLESS_FROM: Mapping[Kind, int] = {
    Kind.USER: 0,
    Kind.USERS: 0,
    Kind.ISSUE: 0,
    Kind.EPIC: 0,
    Kind.GROUP: MAX_GROUPS,
    Kind.GROUPS: MAX_GROUPS,
    Kind.SPRINT: 1,
    Kind.LABELS: 0,
}
"""Number of offered values from which on there may be more: people who can be assigned are not all people of the
site, nor a project's issues all issues."""
_KINDS_NAMED_BY_ID = frozenset({Kind.LABELS, Kind.GROUP, Kind.GROUPS, Kind.ISSUE, Kind.EPIC, Kind.SPRINT})
_CHOICE_SHAPES = frozenset({Shape.CHOICE, Shape.CHOICES, Shape.RADIO, Shape.CHECKS, Shape.WORDS})
_KIND_NAMES: Mapping[Kind, str] = {
    Kind.TEXT: mark("text"),
    Kind.PARAGRAPH: mark("long text"),
    Kind.URL: mark("link"),
    Kind.NUMBER: mark("number"),
    Kind.DATE: mark("date"),
    Kind.MOMENT: mark("date and time"),
    Kind.LABELS: mark("labels"),
    Kind.USER: mark("person"),
    Kind.USERS: mark("people"),
    Kind.TEAM: mark("team"),
    Kind.SPRINT: mark("sprint"),
    Kind.GROUP: mark("group"),
    Kind.GROUPS: mark("groups"),
    **dict.fromkeys((Kind.OPTION, Kind.RADIO, Kind.CASCADE), mark("choice")),
    **dict.fromkeys((Kind.OPTIONS, Kind.CHECKS), mark("choices")),
}
"""What tells fields of one name apart."""
_HINTS: Mapping[Kind, str] = {
    Kind.PARAGRAPH: mark("Markdown supported"),
    Kind.COMMENT: mark("Markdown supported"),
    Kind.LABELS: mark("words separated by spaces"),
    Kind.URL: "https://…",
    Kind.NUMBER: mark("a number"),
    Kind.SPRINT: mark("the sprint's number"),
}


@dataclass(frozen=True, slots=True)
class FormContent:
    """What a form is filled with, by field id: present values and offered choices.

    After a refusal also what was `typed`, by the name of the input, and the `errors`.
    """

    current: Mapping[str, CurrentValue] = field(default_factory=dict)
    offers: Mapping[str, tuple[FieldOption, ...]] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormEntries:
    """The entries of a form, the names of fields without one, and fingerprints of the values filled in."""

    entries: tuple[FormEntry, ...]
    left_out: tuple[str, ...]
    was: Mapping[str, str]


def fields_to_ask(fields: Sequence[Field], purpose: Purpose) -> tuple[Field, ...]:
    """Return the fields of a screen that a person fills in, in the order in which they are shown."""
    asked = [each for each in fields if kind_of(each) is not Kind.HIDDEN and each.id not in _NOT_ASKED[purpose]]
    rank = {name: number for number, name in enumerate(_ORDER)}
    return tuple(sorted(asked, key=lambda each: rank.get(each.id, len(rank))))


def can_fill_in(field: Field) -> bool:
    """Return whether the bridge has an input for a field."""
    kind = kind_of(field)
    return kind is not Kind.UNKNOWN and (kind not in _LISTED_KINDS or bool(field.allowed))


def field_titles(fields: Sequence[Field]) -> list[str]:
    """Return what fields are called; those of one name are told apart by their kinds, or else by their ids."""
    kinds = [tr(_KIND_NAMES.get(kind_of(each), "")) for each in fields]
    return titles(
        [
            Named(each.id.removeprefix("customfield_"), each.name or each.id, kind)
            for each, kind in zip(fields, kinds, strict=True)
        ]
    )


def lacks_choices(field: Field, offers: Mapping[str, Sequence[FieldOption]]) -> bool:
    """Return whether a field can only be filled in in Jira, because no choices are offered for it here."""
    return kind_of(field) in _CHOICE_ONLY_KINDS and not offers.get(field.id)


def missing_fields(fields: Sequence[Field], filled_in: Sequence[str] = ()) -> tuple[Field, ...]:
    """Return the fields that Jira requires and that are not filled in."""
    return tuple(
        each for each in fields if each.must_ask and each.id not in FILLED_BY_JIRA and each.id not in filled_in
    )


def flatten(options: Sequence[FieldOption]) -> tuple[FieldOption, ...]:
    """Return the choices of a cascading select as one list: `Europe`, `Europe › Germany`."""
    return tuple(
        each
        for parent in options
        for each in (
            parent,
            *(
                FieldOption(f"{parent.id}>{child.id}", f"{parent.name} › {child.name}")
                for child in parent.children
            ),
        )
    )


def build_entries(
    fields: Sequence[Field],
    purpose: Purpose,
    content: FormContent,
    zone: tzinfo,
    dataset: Callable[[Field], str],
) -> FormEntries:
    """Build the entries of a form. `dataset` names what clients ask for more choices of a field by."""
    entries: list[FormEntry] = []
    left_out: list[str] = []
    was: dict[str, str] = {}
    bytes_left = MAX_PREFILLED_BYTES
    asked = fields_to_ask(fields, purpose)
    for each, label in zip(asked, field_titles(asked), strict=True):
        kind = kind_of(each)
        current = _current_value(each, kind, content)
        if current is None or not can_fill_in(each):
            if kind not in _LISTED_KINDS or each.must_ask or current is None:
                left_out.append(each.name)
            continue
        value, clock = to_inputs(current.value, zone)
        value = strip_unsendable(value)
        too_long = len(value.encode()) > bytes_left
        value = "" if too_long else value
        bytes_left -= len(value.encode())
        was[each.id] = fingerprint(kind, value, clock)
        entry = replace(_entry(each, kind, (value, clock), content, dataset), label=label)
        if too_long or isinstance(current.value, Unshowable):
            entry = replace(entry, hint=tr(KEEP_TEXT), required=False)
        main = purpose is Purpose.MOVE or (purpose is Purpose.EDIT and each.id in _UNFOLDED)
        entries.append(replace(entry, main=main))
    return FormEntries(tuple(entries), tuple(left_out), was)


def _current_value(field: Field, kind: Kind, content: FormContent) -> CurrentValue | None:
    """Return the value that a field is drawn with; None if the form cannot show the field with it."""
    current = content.current.get(field.id, CurrentValue(None))
    if kind is Kind.LABELS:
        return _showable_labels(current)
    if kind in MULTI_VALUED and isinstance(current.value, Picked) and not _fits_in_list(current.value):
        return None
    return None if current.value is None and lacks_choices(field, content.offers) else current


def _showable_labels(current: CurrentValue) -> CurrentValue:
    """Return the labels that a form can show; it does not touch the others."""
    ids = current.value.ids if isinstance(current.value, Picked) else ()
    shown = tuple(label for label in ids if is_valid_label(label) and is_choosable(label))[:MAX_LABELS]
    names = tuple(option for option in current.names if option.id in shown)
    return CurrentValue(Picked(shown) if shown else None, names)


def _fits_in_list(picked: Picked) -> bool:
    """Return whether a list can show all selected values: saving it would remove those that it cannot."""
    return len(picked.ids) <= MAX_SELECTED and all("," not in id_ and is_choosable(id_) for id_ in picked.ids)


def _entry(
    each: Field, kind: Kind, present: tuple[str, str], content: FormContent, dataset: Callable[[Field], str]
) -> FormEntry:
    name = input_name(each.id)
    beside_name = new_name(each.id) if kind is Kind.LABELS else time_name(each.id)
    typed = name in content.typed or beside_name in content.typed
    value, beside = present
    if typed:
        value, beside = content.typed.get(name, ""), content.typed.get(beside_name, "")
    offered = content.offers.get(each.id, ())
    shape = _SHAPES.get(kind, Shape.LINE)
    if kind is Kind.SPRINT and not offered:
        shape = Shape.LINE  # without choices, a sprint can only be given by its number
    choosing = shape in _CHOICE_SHAPES
    return FormEntry(
        name=name,
        label=each.name or each.id,
        shape=shape,
        value=value,
        choices=_choices(each, kind, content, value if typed else "") if choosing else (),
        required=each.must_ask and each.id not in FILLED_BY_JIRA,
        hint=tr(_HINTS.get(kind, "")),
        error=content.errors.get(each.id, ""),
        dataset=dataset(each) if choosing else "",
        has_more=_may_have_more(each, kind, len(offered)),
        companion_name=beside_name,
        companion=beside,
        clearable=not (each.required and present[0]),
        typed=typed and (value, beside) != present,
    )


def _choices(each: Field, kind: Kind, content: FormContent, typed: str) -> list[tuple[str, str]]:
    """Return the choices of a field: those on offer, the present ones, and those that were picked before."""
    options: Sequence[FieldOption] = content.offers.get(each.id, ())
    if kind in _LISTED_KINDS:
        options = flatten(each.allowed) if kind is Kind.CASCADE else each.allowed
    known = {option.id for option in options}
    current = content.current.get(each.id)
    others = dict.fromkeys([*(current.names if current else ()), *_options_named_by_id(typed, kind)])
    added = [option for option in others if option.id not in known]
    shown = (*options, *added)
    return [(title, option.id) for title, option in zip(option_titles(shown), shown, strict=True)]


def _options_named_by_id(typed: str, kind: Kind) -> list[FieldOption]:
    """Return what was picked of things whose name is their id, so that a refused form still shows it."""
    if kind not in _KINDS_NAMED_BY_ID:
        return []
    picked = typed.split(",") if kind in MULTI_VALUED else [typed]
    return [FieldOption(each, each) for each in picked if each.strip()]


def _may_have_more(field: Field, kind: Kind, offered: int) -> bool:
    """Return whether Jira may have more values than were offered."""
    threshold = MAX_PEOPLE if field.id == "assignee" else _ENDLESS_FROM.get(kind)
    return threshold is not None and offered >= threshold
