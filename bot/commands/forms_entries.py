"""From fields to what is drawn: kinds to shapes, present values and choices filled in. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo

from bot.commands.forms_spec import Purpose, mark
from bot.forms.inputs import input_name, shown, time_name
from bot.jira.field_kinds import Kind, Picked, Unshowable, kind_of
from bot.jira.metadata import ISSUES, PEOPLE, Current
from bot.jira.models import Field, FieldOption
from cards.forms import Entry, Shape, sendable

PREFILLED = 4_000
"""Bytes of present long texts that a form carries; a longer one is left as it is unless something is typed."""
MANY = 15
"""Chosen values that a form shows; a field with more is edited in Jira."""
KEEP = "Leave empty to keep the present text"

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
_EDITED = frozenset({"summary", "description", "priority", "assignee", "labels", "duedate"})
"""What an edit form shows unfolded."""
_NOT_ASKED = {Purpose.CREATE: ("project", "issuetype"), Purpose.EDIT: ("project",), Purpose.MOVE: ("project",)}

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
    Kind.RADIO: Shape.RADIO,
    Kind.OPTIONS: Shape.CHOICES,
    Kind.USERS: Shape.CHOICES,
    Kind.CHECKS: Shape.CHECKS,
}
_LISTED = frozenset({Kind.OPTION, Kind.RADIO, Kind.OPTIONS, Kind.CHECKS, Kind.CASCADE})
ASKED_FOR = frozenset({Kind.USER, Kind.USERS, Kind.ISSUE, Kind.EPIC, Kind.SPRINT})
"""Kinds whose values no metadata lists, so that Jira is asked for some."""
_ENOUGH: Mapping[Kind, int] = {
    Kind.USER: PEOPLE,
    Kind.USERS: PEOPLE,
    Kind.ISSUE: ISSUES - 1,
    Kind.EPIC: ISSUES - 1,
}
"""So many offers that there may be more; the issue itself is not offered as its own parent."""
_HINTS: Mapping[Kind, str] = {
    Kind.PARAGRAPH: "Markdown works",
    Kind.COMMENT: "Markdown works",
    Kind.LABELS: "words, separated by spaces",
    Kind.URL: "https://…",
    Kind.NUMBER: "a number",
}


@dataclass(frozen=True, slots=True)
class Filling:
    """What stands in a form: present values, offers by field id; after a refusal what was typed, and why not."""

    current: Mapping[str, Current] = field(default_factory=dict)
    offers: Mapping[str, tuple[FieldOption, ...]] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Entries, the names of fields that cannot be filled in here, and the marks of what was filled in."""

    entries: tuple[Entry, ...]
    left_out: tuple[str, ...]
    was: Mapping[str, str]


def askable(fields: Sequence[Field], purpose: Purpose) -> tuple[Field, ...]:
    """The fields of a screen that a person fills in, in the order in which they are shown."""
    asked = [f for f in fields if kind_of(f) is not Kind.HIDDEN and f.id not in _NOT_ASKED[purpose]]
    rank = {name: n for n, name in enumerate(_ORDER)}
    return tuple(sorted(asked, key=lambda f: rank.get(f.id, len(rank))))


def fillable(field: Field) -> bool:
    """Whether the bridge has an input for a field."""
    kind = kind_of(field)
    return kind is not Kind.UNKNOWN and (kind not in _LISTED or bool(field.allowed))


def missing(fields: Sequence[Field], given: Sequence[str] = ()) -> tuple[Field, ...]:
    """The fields that still have to be filled in before Jira accepts the screen."""
    return tuple(f for f in fields if f.must_ask and f.id not in FILLED_BY_JIRA and f.id not in given)


def flat(options: Sequence[FieldOption]) -> tuple[FieldOption, ...]:
    """The choices of a cascading select as one list: `Europe`, `Europe › Germany`."""
    return tuple(
        each
        for parent in options
        for each in (
            parent,
            *(FieldOption(f"{parent.id}>{c.id}", f"{parent.name} › {c.name}") for c in parent.children),
        )
    )


def draw(
    fields: Sequence[Field],
    purpose: Purpose,
    filling: Filling,
    zone: tzinfo,
    dataset: Callable[[Field], str],
) -> Drawn:
    """The entries of a form."""
    entries, left_out, was = [], [], {}
    room = PREFILLED
    for each in askable(fields, purpose):
        current = filling.current.get(each.id, Current(None))
        kind = kind_of(each)
        crowded = isinstance(current.value, Picked) and len(current.value.ids) > MANY and kind is not Kind.LABELS
        if not fillable(each) or crowded:
            if kind not in _LISTED or each.must_ask or crowded:
                left_out.append(each.name)
            continue
        value, clock = shown(kind, current.value, zone)
        value = sendable(value)
        long = len(value.encode()) > room
        value = "" if long else value
        room -= len(value.encode())
        kept = long or isinstance(current.value, Unshowable)
        was[each.id] = mark(kind, value, clock)
        entry = _entry(each, kind, (value, clock), filling, dataset)
        if kept:
            entry = replace(entry, hint=KEEP, required=False)
        main = purpose is Purpose.MOVE or (purpose is Purpose.EDIT and each.id in _EDITED)
        entries.append(replace(entry, main=main))
    return Drawn(tuple(entries), tuple(left_out), was)


def _entry(
    each: Field, kind: Kind, present: tuple[str, str], filling: Filling, dataset: Callable[[Field], str]
) -> Entry:
    name, clock_name = input_name(each.id), time_name(each.id)
    typed = name in filling.typed
    offered = filling.offers.get(each.id, ())
    shape = _SHAPES.get(kind, Shape.LINE)
    if kind is Kind.SPRINT and not offered:
        shape = Shape.LINE  # a sprint's number is all that is left to ask for
    options = flat(each.allowed) if kind is Kind.CASCADE else each.allowed if kind in _LISTED else offered
    current = filling.current.get(each.id)
    known = {o.id for o in options}
    options = (*options, *(o for o in (current.names if current else ()) if o.id not in known))
    choosing = shape in (Shape.CHOICE, Shape.CHOICES, Shape.RADIO, Shape.CHECKS)
    return Entry(
        name=name,
        label=each.name or each.id,
        shape=shape,
        value=filling.typed.get(name, "") if typed else present[0],
        choices=[(o.name or o.id, o.id) for o in options] if choosing else (),
        required=each.must_ask and each.id not in FILLED_BY_JIRA,
        hint=_HINTS.get(kind, "the sprint's number" if kind is Kind.SPRINT else ""),
        error=filling.errors.get(each.id, ""),
        dataset=dataset(each) if choosing else "",
        endless=len(offered) >= _ENOUGH.get(kind, len(offered) + 1),
        clock_name=clock_name,
        clock=filling.typed.get(clock_name, "") if typed else present[1],
        typed=typed and filling.typed[name] != present[0],
    )
